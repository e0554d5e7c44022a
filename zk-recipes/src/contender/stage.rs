//! How far a contender is.

use zk_client::Error;
use zk_client::machine::{Owned, ProtectedCreate};

use super::Loss;

/// How far a contender is.
#[derive(Debug)]
pub(super) enum Stage {
    /// The node is on its way.
    Entering(ProtectedCreate),
    Waiting(Seat, Line),
    Holding(Seat, Belief),
    /// The node is being deleted.
    Leaving(ProtectedCreate, Reason),
    Lost(Loss),
    Over,
}

/// A node that is there.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) own: Owned,
    pub(super) create: ProtectedCreate,
}

/// What is known of the line.
#[derive(Debug)]
pub(super) enum Line {
    Asked,
    /// Behind this node.
    Behind(String),
    /// There are too many.
    Crowded,
    /// It was first, but there was no connection when that was to be told.
    First,
}

/// Whether it still holds what it held.
#[derive(Debug)]
pub(super) enum Belief {
    Sure,
    /// It has to look first.
    Doubtful,
}

/// Why it leaves.
#[derive(Debug)]
pub(super) enum Reason {
    Cancelled,
    /// Others are before it, and it does not wait.
    Busy,
    Failed(Error),
    Lost(Loss),
}
