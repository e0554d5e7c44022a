//! Leader election: one of those who join leads.

mod board;
mod latch;
mod machine;
mod selector;

pub use self::board::{LatchStatus, Term};
pub use self::latch::{Candidate, LeaderLatch};
pub use self::selector::{LeaderSelector, Leadership};
