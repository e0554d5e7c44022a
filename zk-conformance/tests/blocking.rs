//! The stories on plain threads: their text without `async` and `await`.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a story that cannot go on fails")]
#![expect(clippy::while_let_on_iterator, reason = "for tasks, these loops wait")]

use zk_blocking as zk;

include!(concat!(env!("OUT_DIR"), "/threads.rs"));

fn main() -> std::process::ExitCode {
    zk_conformance::run("blocking", stories())
}

/// What threads have for stories.
mod platform {
    use std::thread::{self, JoinHandle};

    pub(crate) use std::thread::yield_now;

    use crate::zk::{Error, Reply};

    pub(crate) type Task<T> = JoinHandle<T>;

    /// What an operation hands back.
    pub(crate) type Answer<T> = Result<T, Error>;

    /// Waits for the answer to something that was asked for without waiting.
    pub(crate) fn answer<T>(reply: Reply<T>) -> Result<T, Error> {
        reply.wait()
    }

    /// All that comes until the end.
    pub(crate) fn all_of<T>(iterator: &mut impl Iterator<Item = T>) -> Vec<T> {
        iterator.collect()
    }

    pub(crate) fn spawn<T: Send + 'static>(task: impl FnOnce() -> T + Send + 'static) -> Task<T> {
        thread::spawn(task)
    }

    pub(crate) fn join<T>(task: Task<T>) -> T {
        task.join().unwrap()
    }
}
