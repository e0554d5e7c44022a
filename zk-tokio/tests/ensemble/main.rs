//! What a session does when it has several servers, and loses some.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod moving;
mod read_only;
mod reconfig;
#[path = "../support/mod.rs"]
mod support;

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tracing_subscriber::filter::LevelFilter;
use zk_server::apache::{Ensemble, Options};
use zk_tokio::Client;

/// What all ensembles have in common.
fn options() -> Options {
    Options::new().tick_time(Duration::from_millis(500)).maximum_client_connections(0)
}

/// Runs a test on three servers that are well at its beginning. One test at a time: each breaks
/// what all share.
fn story(test: impl AsyncFnOnce(&Ensemble)) {
    static ENSEMBLE: OnceLock<Mutex<Ensemble>> = OnceLock::new();
    let ensemble = ENSEMBLE
        .get_or_init(|| Ensemble::start(3, &options()).unwrap().into())
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    // What the sessions did is shown with a test that fails.
    let _ =
        tracing_subscriber::fmt().with_max_level(LevelFilter::DEBUG).with_test_writer().try_init();
    repair(&ensemble);
    support::story(test(&ensemble));
}

/// Thaws what is frozen, and starts what is dead.
fn repair(ensemble: &Ensemble) {
    for member in ensemble.members() {
        if member.thaw().is_err() {
            member.relaunch().unwrap();
        }
    }
    ensemble.wait_for_leader().unwrap();
}

/// A session that knows all servers and is connected to this one. Its root is a node of its own.
async fn connect_to(ensemble: &Ensemble, member: usize, name: &str) -> Client {
    let servers = format!("{}/{name}", ensemble.connect_string());
    for seed in 0.. {
        let builder = Client::builder().session_timeout(support::LONG_SESSION).seed(seed);
        let zk = builder.connect(&servers).await.unwrap();
        if zk.server().unwrap().address == ensemble.member(member).address() {
            if zk.exists("/").await.unwrap().is_none() {
                zk.create("/", "").await.unwrap();
            }
            return zk;
        }
    }
    unreachable!("there are enough seeds");
}
