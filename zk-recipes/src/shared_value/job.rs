//! A wish that is being fulfilled, and how far it is.

use zk_client::Error;

use super::attempt::Attempt;
use super::letter::Letter;

/// A wish that is being fulfilled.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) letter: Letter,
    /// Whether the value was read, as the leader knew it, since this began.
    pub(super) is_fresh: bool,
    pub(super) stage: Stage,
}

#[derive(Debug)]
pub(super) enum Stage {
    /// Until there is a receipt.
    Signing,
    Writing(Attempt),
    /// Reads what the leader knows.
    Reading {
        then: Then,
        sync: Result<(), Error>,
    },
    /// The receipt tells whether this was applied.
    Looking(Attempt),
    /// Until the node is there again. Then its owner is told this, or it is tried again.
    Missing(Option<Error>),
}

/// What to do once it is known what is there.
#[derive(Debug)]
pub(super) enum Then {
    TryAgain,
    Refuse(Error),
    /// Somebody wrote, perhaps us.
    Judge(Attempt),
}

impl Job {
    pub(super) fn new(letter: Letter) -> Self {
        Self { letter, is_fresh: false, stage: Stage::Signing }
    }

    /// What was written, or may have been. Another stage follows.
    pub(super) fn take_attempt(&mut self) -> Option<Attempt> {
        match std::mem::replace(&mut self.stage, Stage::Signing) {
            Stage::Writing(attempt)
            | Stage::Looking(attempt)
            | Stage::Reading { then: Then::Judge(attempt), .. } => Some(attempt),
            Stage::Reading { .. } | Stage::Signing | Stage::Missing(_) => None,
        }
    }

    /// What to do with what was read. Another stage follows.
    pub(super) fn take_then(&mut self) -> Option<Then> {
        match std::mem::replace(&mut self.stage, Stage::Signing) {
            Stage::Reading { then, .. } => Some(then),
            Stage::Writing(_) | Stage::Looking(_) | Stage::Signing | Stage::Missing(_) => None,
        }
    }
}
