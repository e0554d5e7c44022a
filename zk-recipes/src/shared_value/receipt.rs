//! How a writer finds out what became of a write whose answer was lost.

use zk_client::machine::{Cx, Input, Machine, ProtectedCreate, Step};
use zk_client::{CreateMode, Error};

const CREATE: u64 = 0;

/// An ephemeral node below the value, which nobody else writes. It is written in the transaction
/// that writes the value, so its version tells whether that was applied.
#[derive(Debug)]
pub(super) enum Receipt {
    /// There are to be none.
    Never,
    /// There is none yet.
    Wanted,
    Creating(ProtectedCreate),
    Kept {
        node: ProtectedCreate,
        path: String,
        version: i32,
    },
    /// It goes, and the machine ends with it.
    Leaving(ProtectedCreate),
}

impl Receipt {
    pub(super) fn create(&mut self, cx: &mut Cx<'_>, parent: &str) {
        let create = ProtectedCreate::new(parent, "receipt", "", CreateMode::Ephemeral);
        let mut node = create.without_parents();
        let _started = node.step(&mut cx.nested(CREATE), Input::Start);
        *self = Self::Creating(node);
    }

    /// Whether it is created, or cannot be.
    pub(super) fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Result<(), Error>> {
        let (Self::Creating(node) | Self::Leaving(node)) = self else { return Step::Wait };
        match node.step(&mut cx.nested(CREATE), input) {
            Step::Wait => Step::Wait,
            Step::Ready(result) | Step::Done(result) => Step::Done(self.is_created(result)),
            Step::End(result) => Step::End(result),
        }
    }

    fn is_created(
        &mut self,
        result: Result<zk_client::machine::Owned, Error>,
    ) -> Result<(), Error> {
        let before = std::mem::replace(self, Self::Wanted);
        if let (Self::Creating(node), Ok(owned)) = (before, &result) {
            *self = Self::Kept { node, path: owned.path.clone(), version: 0 };
        }
        result.map(drop)
    }

    /// Deletes it.
    pub(super) fn leave(&mut self, cx: &mut Cx<'_>) -> Step<Result<(), Error>> {
        let (Self::Creating(mut node) | Self::Kept { mut node, .. }) =
            std::mem::replace(self, Self::Never)
        else {
            return Step::End(Ok(()));
        };
        let step = node.step(&mut cx.nested(CREATE), Input::Cancel);
        *self = Self::Leaving(node);
        match step {
            Step::Wait | Step::Ready(_) | Step::Done(_) => Step::Wait,
            Step::End(result) => Step::End(result),
        }
    }
}
