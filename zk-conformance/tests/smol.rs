//! The stories on smol.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a story that cannot go on fails")]

/// The names of smol's half of the crate, and those that both halves share.
mod zk {
    pub(crate) use zk_async_std::smol::{Builder, Client, States, Watch};
    pub(crate) use zk_client::*;
}

include!(concat!(env!("OUT_DIR"), "/tasks.rs"));

fn main() -> std::process::ExitCode {
    zk_conformance::run("smol", stories())
}

/// What smol has for stories.
mod platform {
    use std::future::Future;

    pub(crate) use smol::Task;
    pub(crate) use smol::future::yield_now;

    pub(crate) use crate::tasks::*;

    pub(crate) fn tell(story: impl Future<Output = ()>) {
        smol::block_on(story);
    }

    pub(crate) fn spawn<T: Send + 'static>(
        task: impl Future<Output = T> + Send + 'static,
    ) -> Task<T> {
        smol::spawn(task)
    }

    pub(crate) async fn join<T>(task: Task<T>) -> T {
        task.await
    }
}

#[path = "platform/tasks.rs"]
mod tasks;
