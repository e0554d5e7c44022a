//! The stories on tokio.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a story that cannot go on fails")]

use zk_tokio as zk;

include!(concat!(env!("OUT_DIR"), "/tasks.rs"));

fn main() -> std::process::ExitCode {
    zk_conformance::run("tokio", stories())
}

/// What tokio has for stories.
mod platform {
    use std::future::Future;

    use tokio::runtime::Builder;
    use tokio::task::JoinHandle;
    pub(crate) use tokio::task::yield_now;

    pub(crate) use crate::tasks::*;

    pub(crate) type Task<T> = JoinHandle<T>;

    pub(crate) fn tell(story: impl Future<Output = ()>) {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
        runtime.unwrap().block_on(story);
    }

    pub(crate) fn spawn<T: Send + 'static>(
        task: impl Future<Output = T> + Send + 'static,
    ) -> Task<T> {
        tokio::spawn(task)
    }

    pub(crate) async fn join<T>(task: Task<T>) -> T {
        task.await.unwrap()
    }
}

#[path = "platform/tasks.rs"]
mod tasks;
