//! What has come from the peer.

use core::fmt;

use bytes::{Buf, Bytes, BytesMut};

use crate::error::Fault;

/// Bytes that were read and are not understood yet. It belongs to whoever reads.
///
/// Frames are slices of its buffer, so that a value which is kept pins no more than the buffer it
/// came in. The buffer follows the traffic: 1 KiB when there is little, 64 KiB at most. A frame that
/// is longer gets a buffer of its own, which grows as its bytes arrive, never by its claim alone.
///
/// ```
/// use zk_proto::wire::Inbox;
///
/// let mut inbox = Inbox::default();
/// inbox.space()[..6].copy_from_slice(&[0, 0, 0, 2, b'h', b'i']);
/// inbox.commit(6);
/// assert_eq!(inbox.take_frame(1024)?.as_deref(), Some(&b"hi"[..]));
/// # Ok::<(), zk_proto::Fault>(())
/// ```
pub struct Inbox {
    /// All of it initialised; the first `filled` bytes have been read.
    buffer: BytesMut,
    filled: usize,
    /// How long a fresh buffer is to be.
    size: usize,
    /// How long the buffer was when it was fresh.
    allocated: usize,
}

impl Inbox {
    /// The size of the buffer while little comes.
    pub const LEAST: usize = 1 << 10;
    /// The size of the buffer while much comes.
    pub const MOST: usize = 64 << 10;
    /// A read into less than this is not worth it.
    const LEAST_ROOM: usize = Self::LEAST / 4;

    /// Where to read into: never empty. Tell [`commit`](Self::commit) how much came.
    pub fn space(&mut self) -> &mut [u8] {
        let wanted = self.wanted();
        let room = self.buffer.len().saturating_sub(self.filled);
        let is_short = room < Self::LEAST_ROOM && self.buffer.len() < wanted;
        if is_short || self.is_oversized(wanted) {
            self.renew(wanted);
        }
        self.buffer.get_mut(self.filled..).unwrap_or_default()
    }

    /// The first `count` bytes of [`space`](Self::space) have been read into.
    pub fn commit(&mut self, count: usize) {
        let room = self.buffer.len().saturating_sub(self.filled);
        let count = count.min(room);
        self.filled = self.filled.saturating_add(count);
        self.adapt(count, room);
    }

    /// Where to append what is read: the same room as [`space`](Self::space), for a reader that
    /// does not need it to be initialised. Tell [`commit_spare`](Self::commit_spare) when
    /// something was appended.
    pub fn spare(&mut self) -> &mut BytesMut {
        let wanted = self.wanted();
        self.buffer.truncate(self.filled);
        let room = self.buffer.capacity().saturating_sub(self.filled);
        let is_short = room < Self::LEAST_ROOM && self.buffer.capacity() < wanted;
        if is_short || self.is_oversized(wanted) {
            self.make_room(wanted);
        }
        &mut self.buffer
    }

    /// Something may have been appended to [`spare`](Self::spare).
    pub fn commit_spare(&mut self) {
        let count = self.buffer.len().saturating_sub(self.filled);
        let room = self.buffer.capacity().saturating_sub(self.filled);
        self.filled = self.buffer.len();
        self.adapt(count, room);
    }

    /// Lets the size follow the traffic: so much was read where there was so much room.
    fn adapt(&mut self, count: usize, room: usize) {
        self.size = if count == room {
            self.size.saturating_mul(4).min(Self::MOST)
        } else if count.saturating_mul(4) < self.size {
            (self.size >> 1).max(Self::LEAST)
        } else {
            self.size
        };
    }

    /// Takes one whole frame off the front, without its length; `None` if it has not arrived yet.
    ///
    /// # Errors
    ///
    /// Its length is negative or above `limit` bytes.
    pub fn take_frame(&mut self, limit: usize) -> Result<Option<Bytes>, Fault> {
        let Some(prefix) = self.filled().first_chunk::<4>() else { return Ok(None) };
        let len = usize::try_from(i32::from_be_bytes(*prefix)).map_err(|_| Fault::FrameTooLong)?;
        if len > limit {
            return Err(Fault::FrameTooLong);
        }
        let end = len.saturating_add(4);
        if self.filled < end {
            return Ok(None);
        }
        self.filled = self.filled.saturating_sub(end);
        let mut frame = self.buffer.split_to(end).freeze();
        frame.advance(4);
        Ok(Some(frame))
    }

    /// What has been read and not been taken.
    #[must_use]
    pub fn pending(&self) -> &[u8] {
        self.filled()
    }

    /// Whether a frame has begun that has not arrived whole.
    #[must_use]
    pub fn has_begun_frame(&self) -> bool {
        self.filled > 0
    }

    /// Forgets what has been read, which was taken by way of [`pending`](Self::pending), and keeps
    /// the buffer.
    pub fn discard(&mut self) {
        self.filled = 0;
        if self.allocated < self.size {
            self.buffer = BytesMut::new(); // there is more traffic than room
            self.allocated = 0;
        }
    }

    /// Forgets what has been read: the connection it came from is gone.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether little has come of late. Then its memory need not be kept while there is nothing to
    /// read: it is had again in no time.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.size == Self::LEAST
    }

    /// Gives back the memory, if nothing waits to be taken.
    pub fn release(&mut self) {
        if self.filled == 0 {
            *self = Self::default();
        }
    }

    fn filled(&self) -> &[u8] {
        self.buffer.get(..self.filled).unwrap_or_default()
    }

    /// How long a new buffer would have to be: room for the rest of the frame that has begun, as
    /// far as what has come of it warrants that. Where whole frames lie untaken, as much again.
    fn wanted(&self) -> usize {
        let frame = match self.filled().first_chunk::<4>() {
            Some(prefix) => {
                usize::try_from(i32::from_be_bytes(*prefix)).unwrap_or(0).saturating_add(4)
            }
            None => 0,
        };
        if (1..=self.filled).contains(&frame) {
            self.filled.saturating_add(self.filled.max(Self::LEAST_ROOM))
        } else if frame <= self.size {
            self.filled.saturating_add(Self::LEAST_ROOM)
        } else if frame <= self.filled.saturating_mul(6) {
            frame
        } else {
            frame.min(self.size.max(self.filled.saturating_mul(4)))
        }
    }

    /// Whether the buffer is far more than the traffic needs.
    fn is_oversized(&self, wanted: usize) -> bool {
        self.allocated >= wanted.max(self.size).saturating_mul(4)
    }

    fn renew(&mut self, wanted: usize) {
        self.buffer.truncate(self.filled);
        let len = self.make_room(wanted);
        self.buffer.resize(len, 0);
    }

    /// Capacity behind what has been read; returns how much in all. Memory that no frame holds any
    /// more is used again, unless it is far more than the traffic needs.
    fn make_room(&mut self, wanted: usize) -> usize {
        let len = wanted.max(self.size);
        if self.allocated < len || self.is_oversized(wanted) {
            let mut fresh = BytesMut::with_capacity(len);
            fresh.extend_from_slice(&self.buffer);
            self.buffer = fresh;
            self.allocated = len;
        }
        self.buffer.reserve(len.saturating_sub(self.filled));
        len
    }
}

impl fmt::Debug for Inbox {
    /// Without the bytes: there can be secrets among them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").field("filled", &self.filled).finish_non_exhaustive()
    }
}

impl Default for Inbox {
    fn default() -> Self {
        Self { buffer: BytesMut::new(), filled: 0, size: Self::LEAST, allocated: 0 }
    }
}

impl From<&[u8]> for Inbox {
    /// An inbox into which these bytes have been read.
    fn from(bytes: &[u8]) -> Self {
        Self { buffer: bytes.into(), filled: bytes.len(), ..Self::default() }
    }
}

impl Extend<u8> for Inbox {
    fn extend<I: IntoIterator<Item = u8>>(&mut self, bytes: I) {
        self.buffer.truncate(self.filled);
        self.buffer.extend(bytes);
        self.filled = self.buffer.len();
    }
}
