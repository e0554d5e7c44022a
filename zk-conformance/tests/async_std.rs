//! The stories on async-std.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a story that cannot go on fails")]

use zk_async_std as zk;

include!(concat!(env!("OUT_DIR"), "/tasks.rs"));

fn main() -> std::process::ExitCode {
    zk_conformance::run("async-std", stories())
}

/// What async-std has for stories.
mod platform {
    use std::future::Future;

    use async_std::task::JoinHandle;
    pub(crate) use async_std::task::yield_now;

    pub(crate) use crate::tasks::*;

    pub(crate) type Task<T> = JoinHandle<T>;

    pub(crate) fn tell(story: impl Future<Output = ()>) {
        async_std::task::block_on(story);
    }

    pub(crate) fn spawn<T: Send + 'static>(
        task: impl Future<Output = T> + Send + 'static,
    ) -> Task<T> {
        async_std::task::spawn(task)
    }

    pub(crate) async fn join<T>(task: Task<T>) -> T {
        task.await
    }
}

#[path = "platform/tasks.rs"]
mod tasks;
