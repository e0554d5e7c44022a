//! What is fuzzed, and what must hold whatever the bytes are.
//!
//! Each target is a module with `pub fn run(data: &[u8])`, which panics if a rule is broken. It is
//! ordinary code: the tests of this crate run it on all seeds and on thousands of inputs made of
//! them, and `cargo fuzz` lets libFuzzer look for more. See `README.md`.

pub mod answers;
pub mod ensemble;
mod memory;
mod parts;
pub mod pieces;
pub mod records;
pub mod requests;
pub mod server;
pub mod session;
pub mod texts;

use std::io;
use std::path::{Path, PathBuf};

/// A target, for those who run all of them.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name: that of its module, of its program, and of its corpus.
    pub name: &'static str,
    /// Runs it on one input.
    pub run: fn(&[u8]),
}

impl Target {
    /// The directory of the inputs that it starts from.
    #[must_use]
    pub fn corpus(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(self.name)
    }

    /// The directory of the inputs that it once failed on.
    #[must_use]
    pub fn regressions(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions").join(self.name)
    }
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target { name: "answers", run: answers::run },
    Target { name: "ensemble", run: ensemble::run },
    Target { name: "pieces", run: pieces::run },
    Target { name: "records", run: records::run },
    Target { name: "requests", run: requests::run },
    Target { name: "server", run: server::run },
    Target { name: "session", run: session::run },
    Target { name: "texts", run: texts::run },
];

/// Runs a target on the files that the command line names, without a fuzzer.
///
/// # Errors
///
/// A file cannot be read.
pub fn replay(run: fn(&[u8])) -> io::Result<()> {
    std::env::args_os().skip(1).try_for_each(|file| std::fs::read(file).map(|data| run(&data)))
}

/// The program of a target: libFuzzer's where it is built to be fuzzed, and otherwise one that
/// [replays](replay) files.
#[macro_export]
macro_rules! target {
    ($name:ident) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|data: &[u8]| $crate::$name::run(data));

        #[cfg(not(fuzzing))]
        fn main() -> std::io::Result<()> {
            $crate::replay($crate::$name::run)
        }
    };
}
