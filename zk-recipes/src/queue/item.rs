//! An item that is being worked on.

use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use zk_client::Mode;
use zk_client::machine::Task;

use super::take::{Given, Settled};

/// An item of an [`AcknowledgedQueue`](super::AcknowledgedQueue) that is claimed: nobody else gets
/// it as long as this session lives.
///
/// Dropping it gives it back, to its place in the queue. So does the end of the session, of which
/// the holder may not know yet: whoever works on an item has to bear that it is worked on twice.
#[must_use = "dropping it gives it back"]
pub struct Item<M: Mode> {
    given: Given,
    settled: Settled,
    task: Task,
    mode: PhantomData<fn() -> M>,
}

impl<M: Mode> Item<M> {
    pub(super) fn new(given: Given, task: Task, settled: Settled) -> Self {
        Self { given, settled, task, mode: PhantomData }
    }

    /// What was put.
    #[must_use]
    pub fn data(&self) -> &Bytes {
        &self.given.item
    }

    /// The path of its node.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.given.path
    }

    /// The item is done with: takes it out of the queue.
    ///
    /// It goes on, through losses of the connection as well, also when its reply is dropped.
    ///
    /// # Errors
    ///
    /// [`NoNode`](zk_client::ErrorCode::NoNode): it was not ours any more, since somebody has
    /// deleted its claim or itself. [`BadVersion`](zk_client::ErrorCode::BadVersion): somebody has
    /// written to it, and it stays in the queue. The session is over: it may have been taken out,
    /// or somebody else gets it.
    pub fn acknowledge(self) -> M::Output<()> {
        self.settled.store(true, Ordering::Release);
        self.task.stop::<M>()
    }
}

impl<M: Mode> fmt::Debug for Item<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Item").field("path", &self.given.path).finish_non_exhaustive()
    }
}
