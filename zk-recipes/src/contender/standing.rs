//! Whether a contender has what it wants.

use std::fmt;

use zk_client::machine::Machine;
use zk_client::{Error, State};

/// A machine that contends for something: [ready](zk_client::machine::Step::Ready) when it has it,
/// [done](zk_client::machine::Step::Done) with `None` if it was not to wait.
pub(crate) trait Stands: Machine<Output = Result<Option<Self::Own>, Error>> {
    /// What it has it by.
    type Own: Send + 'static;

    /// Where it stands.
    fn standing(&self) -> Standing;

    /// Whether somebody has asked for what it has, or is going to have.
    fn is_revocation_requested(&self) -> bool;
}

/// Whether a contender has what it wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Not yet.
    Waiting,
    Held,
    /// It is not known: the connection is lost.
    Suspended,
    /// Not any more.
    Lost(Loss),
}

/// Why a lock, or whatever somebody held by a node of theirs, was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loss {
    /// Its node was deleted: by somebody, or by the servers, for which the session is over.
    Deleted,
    /// The session ended, in this state.
    SessionOver(State),
    /// Its node could not be looked at any more: somebody has changed its access control list,
    /// perhaps. The node was deleted.
    Unreadable(Error),
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deleted => f.write_str("its node was deleted"),
            Self::SessionOver(state) => write!(f, "the session is over: {state}"),
            Self::Unreadable(error) => write!(f, "its node cannot be read: {error}"),
        }
    }
}
