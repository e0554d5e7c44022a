//! Our recipes beside Curator's and kazoo's, on one path: each is told what to do, and they have
//! to agree about who holds what.
//!
//! `README.md` beside this file says how.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod actor;
mod history;
mod peer;
mod place;
mod programs;
mod rust;
mod stories;
mod world;

use std::process::ExitCode;

use libtest_mimic::Arguments;

/// How many stories are told at a time unless the command line says otherwise: they mostly wait.
const AT_A_TIME: usize = 4;

fn main() -> ExitCode {
    if rust::is_peer() {
        rust::serve();
        return ExitCode::SUCCESS;
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_A_TIME);
    let Some(programs) = programs::find() else { return ExitCode::SUCCESS };
    libtest_mimic::run(&arguments, stories::trials(&programs)).exit_code()
}
