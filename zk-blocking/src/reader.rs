//! Reading: by one thread at a time, whichever it is.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustix::io::Errno;
use zk_client::Driver;
use zk_client::wire::Inbox;

use crate::stream::Stream;

/// What belongs to the thread that reads.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    connection: Connection,
    inbox: Inbox,
}

#[derive(Debug, Default)]
enum Connection {
    #[default]
    None,
    Open {
        stream: Arc<Stream>,
        timeout: Timeout,
    },
    /// Why it broke, until the session's own thread has taken note of it.
    Broken(io::Error),
}

/// How long the socket lets a read wait. It is set coarsely, so that it need not be for each read.
#[derive(Debug)]
struct Timeout {
    set: Duration,
    /// Whether the last read took that long.
    passed: bool,
}

impl Reader {
    pub(crate) fn new(stream: Arc<Stream>) -> Self {
        let timeout = Timeout { set: Duration::MAX, passed: false };
        let connection = Connection::Open { stream, timeout };
        Self { connection, inbox: Inbox::default() }
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(self.connection, Connection::Open { .. })
    }

    /// Why the connection broke; told once.
    pub(crate) fn take_loss(&mut self) -> Option<io::Error> {
        match std::mem::take(&mut self.connection) {
            Connection::Broken(error) => Some(error),
            connection @ (Connection::None | Connection::Open { .. }) => {
                self.connection = connection;
                None
            }
        }
    }

    /// Waits for bytes, about that long at most, and hands them in.
    pub(crate) fn wait(&mut self, driver: &Driver, at_most: Duration) {
        let Connection::Open { stream, timeout } = &mut self.connection else { return };
        let result = match timeout.adapt(stream, at_most) {
            Ok(()) => stream.read(self.inbox.space()),
            Err(error) => return self.connection = Connection::Broken(error),
        };
        timeout.passed = result == Err(Errno::WOULDBLOCK);
        self.take_in(driver, result);
    }

    /// Hands in what has come. Says whether there was something.
    pub(crate) fn read_now(&mut self, driver: &Driver) -> bool {
        let Connection::Open { stream, .. } = &self.connection else { return false };
        let result = stream.read_now(self.inbox.space());
        self.take_in(driver, result)
    }

    fn take_in(&mut self, driver: &Driver, result: Result<usize, Errno>) -> bool {
        let error = match result {
            Ok(0) => io::ErrorKind::UnexpectedEof.into(),
            Ok(count) => {
                self.inbox.commit(count);
                driver.handle_input(&mut self.inbox);
                return true;
            }
            Err(Errno::WOULDBLOCK | Errno::INTR) => return false,
            Err(error) => error.into(),
        };
        self.connection = Connection::Broken(error);
        false
    }
}

impl Timeout {
    const LEAST: Duration = Duration::from_millis(1);

    /// Sees to it that a read does not wait longer than that, nor always far less.
    fn adapt(&mut self, stream: &Stream, at_most: Duration) -> io::Result<()> {
        let at_most = at_most.max(Self::LEAST);
        let is_short = self.passed && self.set.saturating_mul(4) < at_most;
        if self.set > at_most || is_short {
            self.set = coarse(at_most);
            stream.set_read_timeout(self.set)?;
        }
        Ok(())
    }
}

/// The largest power of two of milliseconds that is not longer.
fn coarse(duration: Duration) -> Duration {
    let millis = u32::try_from(duration.as_millis()).unwrap_or(u32::MAX);
    Duration::from_millis(1 << millis.max(1).ilog2())
}
