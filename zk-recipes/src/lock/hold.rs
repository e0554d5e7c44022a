//! What guards of all kinds hold.

use zk_client::machine::{Task, Updates};
use zk_client::{Check, Client, Mode, Multi, MultiResult, State};

use super::LockStatus;
use super::status::Window;

/// A contender that has what it wants, as its owner sees it. Dropped, it gives that up.
#[derive(Debug)]
pub(crate) struct Hold<M: Mode> {
    pub(super) window: Window,
    pub(super) task: Task,
    pub(super) client: Client<M>,
}

impl<M: Mode> Hold<M> {
    pub(crate) fn is_held(&self) -> bool {
        self.client.state() == State::Connected && self.status() == LockStatus::Held
    }

    pub(crate) fn status(&self) -> LockStatus {
        self.window.status.value()
    }

    pub(crate) fn statuses(&self) -> Updates<M, LockStatus> {
        self.window.status.updates(&self.client)
    }

    pub(crate) fn is_revocation_requested(&self) -> bool {
        self.window.revocation.value()
    }

    pub(crate) fn revocation_requests(&self) -> Updates<M, bool> {
        self.window.revocation.updates(&self.client)
    }

    /// Applies the operations if these nodes are there.
    pub(crate) fn fenced<'a>(
        &self,
        nodes: impl IntoIterator<Item = &'a str>,
        operations: &Multi<'a>,
    ) -> M::Output<Vec<MultiResult>> {
        let fence = nodes.into_iter().map(Check::exists).fold(Multi::new(), Multi::add);
        let operations = operations.operations().iter().cloned();
        self.client.call(operations.fold(fence, Multi::add))
    }

    pub(crate) fn release(self) -> M::Output<()> {
        self.task.stop::<M>()
    }
}
