//! What is to happen when.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use zk_client::Instant;

use crate::network::{Direction, LinkId};

/// Something that is to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    /// A driver that was woken comes.
    Wake(usize),
    /// The timer of a driver goes off, if it was not set again.
    Timer(usize),
    /// A process can read, or write, again.
    Ready(usize),
    /// A task that was woken comes.
    Task(u64),
    /// A connection is asked for at a server.
    Knock(LinkId),
    /// The server's kernel has accepted it.
    Accepted(LinkId),
    /// Nobody listens there.
    Refused(LinkId),
    /// Bytes, or the end of them, arrive.
    Arrive(LinkId, Direction),
    /// A name has been looked up.
    Resolved(usize, u64),
    /// A probe takes too long.
    GiveUp(LinkId),
    /// A fault begins: the one with this number.
    Strike(usize),
    /// It ends.
    Heal(usize),
    /// The servers have something to do.
    Ensemble,
}

/// What is to happen, in its order; what is to happen at once, in the order in which it was noted.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    heap: BinaryHeap<Reverse<(Instant, u64, Event)>>,
    count: u64,
}

impl Agenda {
    pub(crate) fn note(&mut self, at: Instant, event: Event) {
        self.count += 1;
        self.heap.push(Reverse((at, self.count, event)));
    }

    pub(crate) fn next_at(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, ..))| *at)
    }

    pub(crate) fn take(&mut self) -> Option<(Instant, Event)> {
        self.heap.pop().map(|Reverse((at, _, event))| (at, event))
    }
}
