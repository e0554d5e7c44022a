//! Writing: by one thread at a time, without waiting.

use std::sync::Arc;

use rustix::io::Errno;
use zk_client::Driver;
use zk_client::wire::Outbox;

use crate::stream::Stream;

/// What belongs to the thread that writes.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    stream: Option<Arc<Stream>>,
    outbox: Outbox,
}

/// What became of an attempt to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// All that was taken is written; there may be more to take.
    Written,
    /// There was nothing to take.
    Nothing,
    /// The rest has no room.
    NoRoom,
    /// There is no connection.
    Closed,
}

impl Writer {
    pub(crate) fn new(stream: Arc<Stream>) -> Self {
        Self { stream: Some(stream), outbox: Outbox::default() }
    }

    /// Writes a portion of what there is to write.
    pub(crate) fn write(&mut self, driver: &Driver) -> Progress {
        let Some(stream) = &self.stream else { return Progress::Closed };
        if self.outbox.is_empty() && !driver.take_transmit(&mut self.outbox) {
            return Progress::Nothing;
        }
        while !self.outbox.is_empty() {
            match stream.write(self.outbox.pending()) {
                Ok(count) => self.outbox.consume(count),
                Err(Errno::WOULDBLOCK) => return Progress::NoRoom,
                Err(Errno::INTR) => {}
                // Whoever reads will learn why; there may be answers before it.
                Err(_) => {
                    *self = Self::default();
                    return Progress::Closed;
                }
            }
        }
        Progress::Written
    }
}
