//! What sessions cost that nobody uses, in a process of its own. As Linux tells it.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use async_io::block_on;
use zk_async_std::{Client, State};
use zk_server::Server;

/// The executor and the reactor have theirs from the first session on.
#[test]
fn a_session_has_no_thread() {
    let server = Server::start().unwrap();
    let open = || block_on(Client::connect(&server.connect_string())).unwrap();
    let first = open();
    let before = threads();
    let others: Vec<_> = (0..100).map(|_| open()).collect();
    assert_eq!(threads(), before, "with {} sessions more", others.len());
    assert_eq!(first.state(), State::Connected);
}

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}
