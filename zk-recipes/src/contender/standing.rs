//! Whether a contender has what it wants.

use std::fmt;

use zk_client::{Error, State};

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
