//! A connection on which there is always something to read.

use std::io;
use std::net::TcpStream;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use async_io::Async;
use futures_io::{AsyncRead, AsyncWrite};
use zk_client::Target;

use crate::{Connector, Pending, Stream};

/// Connects to the server; once it has said hello, there are events without end.
#[derive(Debug)]
pub(super) struct Flood;

impl Connector for Flood {
    fn connect<'a>(&'a self, target: &'a Target) -> Pending<'a, Box<dyn Stream>> {
        Box::pin(async {
            let server = Async::<TcpStream>::connect(target.address).await?;
            Ok(Box::new(Flooded { server, events: None }) as Box<dyn Stream>)
        })
    }
}

struct Flooded {
    server: Async<TcpStream>,
    /// Once the server has said hello.
    events: Option<Box<dyn Iterator<Item = u8> + Send>>,
}

/// That the data of `/a` changed: a length, -1 as a number and as a transaction, no error; what, in
/// which state, where.
const EVENT: [u8; 34] = [
    0, 0, 0, 30, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0,
    3, 0, 0, 0, 3, 0, 0, 0, 2, b'/', b'a',
];

impl AsyncRead for Flooded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if let Some(events) = &mut self.events {
            buffer.iter_mut().zip(events).for_each(|(room, byte)| *room = byte);
            return Poll::Ready(Ok(buffer.len()));
        }
        let hello = ready!(Pin::new(&mut self.server).poll_read(cx, buffer));
        self.events = Some(Box::new(EVENT.into_iter().cycle()));
        Poll::Ready(hello)
    }
}

impl AsyncWrite for Flooded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.server).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.server).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.server).poll_close(cx)
    }
}
