//! The client on both executors, against a server inside of the test: the same stories for each.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod connectors;
#[cfg(all(feature = "async-std", feature = "smol"))]
mod mixed;

use std::panic::resume_unwind;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

#[cfg(feature = "async-std")]
#[path = "."]
mod on_async_std {
    pub(crate) use async_std::task::block_on;
    pub(crate) use zk_async_std::async_std::Client;

    #[path = "stories.rs"]
    mod stories;
}

#[cfg(feature = "smol")]
#[path = "."]
#[cfg_attr(
    feature = "async-std",
    expect(clippy::duplicate_mod, reason = "the same stories with another client")
)]
mod on_smol {
    pub(crate) use smol::block_on;
    pub(crate) use zk_async_std::smol::Client;

    #[path = "stories.rs"]
    mod stories;
}

/// Long enough that no session expires by accident.
const LONG_SESSION: Duration = Duration::from_secs(30);

/// No test takes longer, whatever hangs.
fn within_limit(test: impl FnOnce() + Send + 'static) {
    let (done, is_done) = channel();
    let thread = thread::spawn(move || {
        test();
        let _ = done.send(());
    });
    if is_done.recv_timeout(Duration::from_secs(60)) == Err(RecvTimeoutError::Timeout) {
        panic!("the test hangs");
    }
    thread.join().unwrap_or_else(|panic| resume_unwind(panic));
}
