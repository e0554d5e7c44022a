//! Simulated worlds in which everything goes wrong, and the checks that nothing that was promised
//! does.

mod answers;
mod history;
mod oracle;
mod pulse;
mod run;
mod shrink;
mod watched;
mod weather;
mod wire;
mod workload;

pub(crate) use run::setup;
pub use run::{Failure, Report, observe, run};
pub use shrink::shrink;
pub(crate) use shrink::shrink_by;
pub use weather::{Habits, Plan, Weather};
