//! What is on its way to the peer.

use alloc::vec::Vec;
use core::fmt;

/// Bytes to write, and how many of them have been written. It belongs to whoever writes.
///
/// ```
/// use zk_proto::wire::Outbox;
///
/// let mut outbox = Outbox::default();
/// outbox.buffer().extend_from_slice(b"ping");
/// outbox.consume(1);
/// assert_eq!(outbox.pending(), b"ing");
/// ```
#[derive(Default)]
pub struct Outbox {
    buffer: Vec<u8>,
    written: usize,
}

impl Outbox {
    /// More than this is given back once it has been written.
    const KEPT: usize = 128 << 10;

    /// What is still to be written.
    #[must_use]
    pub fn pending(&self) -> &[u8] {
        self.buffer.get(self.written..).unwrap_or_default()
    }

    /// Whether everything has been written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pending().is_empty()
    }

    /// The first `count` bytes of [`pending`](Self::pending) were written.
    pub fn consume(&mut self, count: usize) {
        self.written = self.written.saturating_add(count);
        if self.written >= self.buffer.len() {
            self.clear();
        }
    }

    /// Forgets what has not been written: the connection it was for is gone.
    pub fn clear(&mut self) {
        self.written = 0;
        self.buffer.clear();
        if self.buffer.capacity() > Self::KEPT {
            self.buffer = Vec::new();
        }
    }

    /// Gives back the memory, if there is nothing to write.
    pub fn release(&mut self) {
        if self.is_empty() {
            *self = Self::default();
        }
    }

    /// Where to append.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }
}

impl fmt::Debug for Outbox {
    /// Without the bytes: there can be secrets among them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox").field("pending", &self.pending().len()).finish_non_exhaustive()
    }
}
