//! Whether a history is one that ZooKeeper can have.

mod events;
mod facts;
mod index;
mod lost;
mod model;
mod seen;
mod sweep;
mod watching;

use crate::{History, Report, Violation};
use facts::Facts;
use index::Index;
use sweep::Sweep;

/// Checks a history; see [the crate](crate) for what is checked. Takes time in proportion to
/// `n log n` of its records.
///
/// # Errors
///
/// The first promise that is found to be broken.
pub fn check(history: &History) -> Result<Report, Violation> {
    let violation = |rule, record: usize, details| {
        let at = history.records.get(record).map(|record| record.at).unwrap_or_default();
        Violation { rule, at, record, details }
    };
    let index = Index::new(history)?;
    let facts = Facts::new(&index, violation)?;
    let sweep = Sweep::new(&index, &facts);
    sweep.run(&facts, violation)
}
