//! Requests that were sent and are not answered.

use alloc::collections::VecDeque;
use alloc::collections::vec_deque::Drain;

use super::queue::{Entry, Purpose};

/// Sent, oldest first: the server answers in this order.
#[derive(Debug)]
pub(super) struct Flight<T, W> {
    sent: VecDeque<Sent<T, W>>,
    bytes: usize,
}

/// A request that was sent, under this xid.
#[derive(Debug)]
pub(super) struct Sent<T, W> {
    pub(super) xid: i32,
    pub(super) entry: Entry<T, W>,
}

impl<T, W> Flight<T, W> {
    pub(super) fn len(&self) -> usize {
        self.sent.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sent.is_empty()
    }

    /// How many bytes they have.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn push(&mut self, xid: i32, mut entry: Entry<T, W>) {
        self.bytes = self.bytes.saturating_add(entry.len as usize);
        // The session's own requests come between those of callers: they take the place, and so
        // the number, of the one before them.
        if !matches!(entry.purpose, Purpose::Request(_) | Purpose::Watch(..)) {
            entry.id = self.sent.back().map_or(0, |last| last.entry.id);
        }
        self.sent.push_back(Sent { xid, entry });
    }

    /// Takes the oldest, if this is its xid.
    pub(super) fn pop(&mut self, xid: i32) -> Option<Entry<T, W>> {
        let sent =
            if self.sent.front()?.xid == xid { self.sent.pop_front()? } else { return None };
        self.bytes = self.bytes.saturating_sub(sent.entry.len as usize);
        Some(sent.entry)
    }

    /// The request of this number, if somebody still waits for it.
    pub(super) fn find(&mut self, id: u64) -> Option<&mut Entry<T, W>> {
        let at = self.sent.partition_point(|sent| sent.entry.id < id);
        let entry = &mut self.sent.get_mut(at)?.entry;
        let is_waited_for = matches!(entry.purpose, Purpose::Request(_) | Purpose::Watch(..));
        (entry.id == id && is_waited_for).then_some(entry)
    }

    /// Takes all, oldest first.
    pub(super) fn drain(&mut self) -> Drain<'_, Sent<T, W>> {
        self.bytes = 0;
        self.sent.drain(..)
    }

    /// Gives back memory that is not in use.
    pub(super) fn release(&mut self) {
        if self.sent.is_empty() {
            self.sent = VecDeque::new();
        }
    }
}

impl<T, W> Default for Flight<T, W> {
    fn default() -> Self {
        Self { sent: VecDeque::new(), bytes: 0 }
    }
}
