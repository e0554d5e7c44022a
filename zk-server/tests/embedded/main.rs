//! The server inside the process, with real clients on real sockets.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod clock;
mod limits;
mod members;
mod raw;
mod rules;
mod server;
#[cfg(feature = "tls")]
mod tls;
mod traffic;

use std::future::Future;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::time::timeout;
use zk_tokio::{Client, State, States};

/// Far more than anything here takes.
const LIMIT: Duration = Duration::from_secs(20);

/// How long nothing must happen that would take no time.
const QUIET: Duration = Duration::from_millis(50);

/// Runs a test on a runtime of its own.
fn story(test: impl Future<Output = ()>) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { timeout(LIMIT, test).await.expect("the test hangs") });
}

/// A session that outlives whatever happens in a test, and comes back at once.
async fn connect(servers: &str) -> Client {
    let builder = Client::builder().session_timeout(Duration::from_secs(30));
    builder.connect(servers).await.unwrap()
}

/// Waits until a session is in this state, whatever comes before.
async fn becomes(states: &mut States, state: State) {
    while let Some(next) = states.next().await {
        if next == state {
            return;
        }
    }
    panic!("the session ended without being {state}");
}
