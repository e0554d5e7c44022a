//! Who stands where in a semaphore.

use zk_client::Children;

use crate::contender::{Place, Rule};
use crate::lock::LINE;

/// In the line of those who want leases, or among those who have one.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    Line,
    /// One of so many, all children counted.
    Room(usize),
}

impl Rule for Way {
    fn place(&self, own: &str, children: &Children) -> Place {
        match self {
            Self::Line => LINE.place(own, children),
            Self::Room(_) if children.iter().all(|name| name != own) => Place::Missing,
            Self::Room(most) if children.len() > *most => Place::Crowded,
            Self::Room(_) => Place::First,
        }
    }
}
