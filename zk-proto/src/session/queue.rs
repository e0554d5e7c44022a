//! Requests that wait to be sent, encoded.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::removal::Removal;
use super::watches::Registration;
use crate::Instant;

/// What a request is for, and who waits for it.
#[derive(Debug)]
pub(super) enum Purpose<T, W> {
    /// Somebody asked.
    Request(T),
    /// Somebody asked, and wants a watch.
    Watch(T, Box<Registration<W>>),
    /// Nobody waits any more; a watch that comes of it is nobody's.
    Abandoned(Option<Box<Registration<()>>>),
    /// The identity with this number, in the order in which they were added.
    Auth(usize),
    /// Watches set again after a reconnect.
    SetWatches,
    /// A persistent watch set again, beside another one.
    AddWatch,
    /// A watch that nobody wants any more.
    Removal(Box<Removal>),
    /// The end of the session.
    Close,
}

/// A request between its caller and the server.
#[derive(Debug)]
pub(super) struct Entry<T, W> {
    /// When it was submitted, among the others.
    pub(super) id: u64,
    /// Its length in bytes, the frame's own length included.
    pub(super) len: u32,
    pub(super) deadline: Option<Instant>,
    pub(super) purpose: Purpose<T, W>,
}

/// First come, first sent. The bytes of all lie in one buffer; what is cancelled stays in its
/// place until it would be sent, or until there is more of it than of the rest.
#[derive(Debug)]
pub(super) struct Queue<T, W> {
    entries: VecDeque<Slot<T, W>>,
    bytes: Vec<u8>,
    /// Where the oldest begins in `bytes`.
    start: usize,
    cancelled: usize,
    cancelled_bytes: usize,
}

#[derive(Debug)]
enum Slot<T, W> {
    Waiting(Entry<T, W>),
    Cancelled { id: u64, len: u32 },
}

impl<T, W> Slot<T, W> {
    fn id(&self) -> u64 {
        match self {
            Self::Waiting(entry) => entry.id,
            Self::Cancelled { id, .. } => *id,
        }
    }

    fn len(&self) -> u32 {
        match self {
            Self::Waiting(entry) => entry.len,
            Self::Cancelled { len, .. } => *len,
        }
    }
}

impl<T, W> Queue<T, W> {
    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.entries.len().saturating_sub(self.cancelled)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes they have.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len().saturating_sub(self.start).saturating_sub(self.cancelled_bytes)
    }

    /// Where to append the next frame; see [`push`](Self::push) and [`undo`](Self::undo).
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// What was appended since the buffer had this length is not to be sent.
    pub(super) fn undo(&mut self, len: usize) {
        self.bytes.truncate(len);
    }

    /// What was appended last is this request.
    pub(super) fn push(&mut self, entry: Entry<T, W>) {
        self.entries.push_back(Slot::Waiting(entry));
    }

    /// The length of the next one.
    pub(super) fn next_len(&mut self) -> Option<usize> {
        self.skip_cancelled();
        self.entries.front().map(|slot| slot.len() as usize)
    }

    /// Takes the next one; its bytes are appended to `out`, with this xid.
    pub(super) fn pop(&mut self, xid: i32, out: &mut Vec<u8>) -> Option<Entry<T, W>> {
        self.skip_cancelled();
        let Some(Slot::Waiting(entry)) = self.entries.pop_front() else { return None };
        let end = self.start.saturating_add(entry.len as usize);
        let field = out.len().saturating_add(4);
        out.extend_from_slice(self.bytes.get(self.start..end).unwrap_or_default());
        if let Some(field) = out.get_mut(field..).and_then(<[u8]>::first_chunk_mut::<4>) {
            *field = xid.to_be_bytes();
        }
        self.start = end;
        self.tidy();
        Some(entry)
    }

    /// Takes one out of the middle. Its bytes are never sent.
    pub(super) fn cancel(&mut self, id: u64) -> Option<Entry<T, W>> {
        let at = self.entries.binary_search_by_key(&id, Slot::id).ok()?;
        let slot = self.entries.get_mut(at)?;
        let len = slot.len();
        match core::mem::replace(slot, Slot::Cancelled { id, len }) {
            Slot::Waiting(entry) => {
                self.cancelled = self.cancelled.saturating_add(1);
                self.cancelled_bytes = self.cancelled_bytes.saturating_add(len as usize);
                self.compact();
                Some(entry)
            }
            Slot::Cancelled { .. } => None,
        }
    }

    /// Takes all that wait, oldest first.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Entry<T, W>> + use<T, W> {
        let all = core::mem::take(self);
        all.entries.into_iter().filter_map(|slot| match slot {
            Slot::Waiting(entry) => Some(entry),
            Slot::Cancelled { .. } => None,
        })
    }

    /// Gives back memory that is not in use.
    pub(super) fn release(&mut self) {
        if self.entries.is_empty() {
            *self = Self::default();
        }
    }

    fn skip_cancelled(&mut self) {
        while let Some(Slot::Cancelled { len, .. }) = self.entries.front() {
            let len = *len as usize;
            self.entries.pop_front();
            self.start = self.start.saturating_add(len);
            self.cancelled = self.cancelled.saturating_sub(1);
            self.cancelled_bytes = self.cancelled_bytes.saturating_sub(len);
            self.tidy();
        }
    }

    /// Moves the bytes to the front of their buffer, when that moves less than it frees.
    fn tidy(&mut self) {
        if self.entries.is_empty() {
            self.bytes.clear();
            self.start = 0;
            if self.bytes.capacity() > 256 << 10 {
                self.bytes = Vec::new();
            }
        } else if self.start > self.bytes.len() / 2 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
    }

    /// Drops what is cancelled, when it is more than the rest, by number or by bytes.
    fn compact(&mut self) {
        let is_rare = self.cancelled.saturating_mul(2) <= self.entries.len();
        if is_rare && self.cancelled_bytes <= self.bytes() {
            return;
        }
        let (mut entries, mut bytes) = (VecDeque::new(), Vec::new());
        let mut at = self.start;
        for slot in core::mem::take(&mut self.entries) {
            let end = at.saturating_add(slot.len() as usize);
            if let Slot::Waiting(_) = slot {
                bytes.extend_from_slice(self.bytes.get(at..end).unwrap_or_default());
                entries.push_back(slot);
            }
            at = end;
        }
        *self = Self { entries, bytes, ..Self::default() };
    }
}

impl<T, W> Default for Queue<T, W> {
    fn default() -> Self {
        let (entries, bytes) = (VecDeque::new(), Vec::new());
        Self { entries, bytes, start: 0, cancelled: 0, cancelled_bytes: 0 }
    }
}
