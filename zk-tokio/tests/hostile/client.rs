//! The client under test, and how the tests judge what comes of it.

use std::fmt::Debug;
use std::future::IntoFuture;
use std::time::Duration;

use tokio::time::timeout;
use zk_tokio::{Builder, Client, Error, ErrorKind, State};

use super::server::Server;

/// How long a client tries to connect. Whatever comes of a case comes sooner.
const LIMIT: Duration = Duration::from_secs(10);

/// The session timeout where time must play no part: nothing comes of silence within the limit.
pub(crate) const PATIENT: Duration = Duration::from_secs(60);

/// The session timeout where the case is that time passes.
pub(crate) const BRISK: Duration = Duration::from_millis(1_200);

/// How a client of this session timeout is made.
pub(crate) fn a_client(session_timeout: Duration) -> Builder {
    Client::builder().session_timeout(session_timeout).connect_timeout(LIMIT).seed(7)
}

/// A client that time has no power over, connected.
pub(crate) async fn connects(server: &Server) -> Client {
    soon(a_client(PATIENT).connect(&server.address())).await.unwrap()
}

/// A client that soon loses patience, connected.
pub(crate) async fn connects_briskly(server: &Server) -> Client {
    soon(a_client(BRISK).connect(&server.address())).await.unwrap()
}

/// What comes of this, which must be something within the connect timeout.
pub(crate) async fn soon<T>(future: impl IntoFuture<Output = T>) -> T {
    timeout(LIMIT, future).await.expect("an end within the connect timeout")
}

/// What comes of this in its own time: a flood takes as long as there is water.
pub(crate) async fn in_the_end<T>(future: impl IntoFuture<Output = T>) -> T {
    timeout(LIMIT * 5, future).await.expect("an end")
}

/// Waits until the session is in this state, which it may have been in before.
pub(crate) async fn becomes(zk: &Client, state: State) {
    let mut states = zk.states();
    soon(async { while states.next().await.expect("another state") != state {} }).await;
}

/// An honest server on the same address, which is the nth connection, serves the same session.
pub(crate) async fn is_served_by_connection(n: usize, zk: &Client, server: &Server, case: &str) {
    let answer = soon(zk.get("/after")).await;
    assert!(answer.is_ok(), "{case}: afterwards, the honest server is not used: {answer:?}");
    assert_eq!(server.connections(), n, "{case}: number of connections");
    assert_eq!(zk.state(), State::Connected, "{case}: state");
    assert_eq!(zk.stats().in_flight, 0, "{case}: requests that nobody answered");
}

/// Why a call failed, for people; it must have.
pub(crate) fn complaint<T: Debug>(result: Result<T, Error>, case: &str) -> String {
    match result {
        Ok(value) => panic!("{case}: passed for a good answer: {value:?}"),
        Err(error) => error.kind().to_string(),
    }
}

/// The server's answer to a call was not what the protocol says.
pub(crate) fn assert_malformed<T: Debug>(result: Result<T, Error>, case: &str) {
    match result {
        Err(error) if matches!(error.kind(), ErrorKind::Malformed(_)) => {}
        other => panic!("{case}: expected an error about a malformed answer, got {other:?}"),
    }
}

/// Waits for the session's nth connection.
pub(crate) async fn connection(n: u64, zk: &Client) {
    let mut states = zk.states();
    while zk.stats().connections < n {
        states.next().await.expect("another state");
    }
}

/// The connection breaks by itself, and an honest server, which is the nth connection, takes over.
pub(crate) async fn is_back_after(zk: &Client, server: &Server, n: usize, case: &str) {
    let is_back = timeout(LIMIT, connection(n as u64, zk)).await;
    assert!(is_back.is_ok(), "{case}: no new connection");
    is_served_by_connection(n, zk, server, case).await;
}
