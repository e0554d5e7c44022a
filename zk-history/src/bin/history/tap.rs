//! Records what goes over the connections of a client.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use zk_history::{ConnectionId, History, Recorder};
use zk_tokio::{Connector, Pending, Stream, Target, Tcp};

/// Makes connections by TCP, and records what goes over them. Clones record the same history.
#[derive(Clone)]
pub(crate) struct Tap {
    recorder: Arc<Mutex<Recorder>>,
    start: Instant,
}

/// A connection that is recorded.
struct Tapped {
    stream: Box<dyn Stream>,
    tap: Tap,
    connection: ConnectionId,
}

impl Tap {
    pub(crate) fn new() -> Self {
        Self { recorder: Arc::default(), start: Instant::now() }
    }

    /// What was recorded so far; it begins anew.
    pub(crate) fn finish(&self) -> History {
        std::mem::take(&mut *self.recorder()).finish()
    }

    fn recorder(&self) -> MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connector for Tap {
    fn connect<'a>(&'a self, target: &'a Target) -> Pending<'a, Box<dyn Stream>> {
        Box::pin(async {
            let stream = Tcp.connect(target).await?;
            let connection = self.recorder().opened();
            Ok(Box::new(Tapped { stream, tap: self.clone(), connection }) as Box<dyn Stream>)
        })
    }
}

impl AsyncRead for Tapped {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        let at = self.tap.start.elapsed();
        self.tap.recorder().received(self.connection, at, &buffer.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tapped {
    /// Nobody else records meanwhile: no answer can be noted before its request.
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Self { stream, tap, connection } = self.get_mut();
        let mut recorder = tap.recorder();
        let count = ready!(Pin::new(stream).poll_write(cx, bytes))?;
        recorder.sent(*connection, tap.start.elapsed(), &bytes[..count]);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl Drop for Tapped {
    fn drop(&mut self) {
        self.tap.recorder().lost(self.connection, self.tap.start.elapsed());
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tap").finish_non_exhaustive()
    }
}
