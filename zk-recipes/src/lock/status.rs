//! Whether a lock is held.

use zk_client::machine::{Publisher, Topic};

use crate::Loss;
use crate::contender::Standing;

/// Whether a lock is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LockStatus {
    /// It is.
    Held,
    /// The connection is lost, and nobody can tell: the session may have ended meanwhile, and
    /// somebody else have it. To be safe, take it for lost until it is held again.
    Suspended,
    /// It is not, and will not be again.
    Lost(Loss),
}

/// What the owner of a lock can see of it.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    pub(crate) status: Topic<LockStatus>,
    pub(crate) revocation: Topic<bool>,
}

/// Where the machine of a lock shows it.
#[derive(Debug)]
pub(crate) struct Board {
    status: Publisher<LockStatus>,
    revocation: Publisher<bool>,
}

impl Board {
    pub(crate) fn new() -> (Self, Window) {
        let (status, status_topic) = Topic::new(LockStatus::Held); // seen only once it is
        let (revocation, revocation_topic) = Topic::new(false);
        let window = Window { status: status_topic, revocation: revocation_topic };
        (Self { status, revocation }, window)
    }

    pub(crate) fn show(&self, standing: Standing, is_revocation_requested: bool) {
        match standing {
            Standing::Waiting => {}
            Standing::Held => self.status.set(LockStatus::Held),
            Standing::Suspended => self.status.set(LockStatus::Suspended),
            Standing::Lost(loss) => self.status.set(LockStatus::Lost(loss)),
        }
        self.revocation.set(is_revocation_requested);
    }
}
