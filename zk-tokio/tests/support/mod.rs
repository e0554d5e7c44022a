//! What the tests of this crate share: a limit on how long anything takes, and ways to say what a
//! session goes through.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub(crate) mod verdicts;

use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use tokio::runtime::Builder as RuntimeBuilder;
use tokio::time::timeout;
use zk_server::apache::Server;
use zk_tokio::{
    Change, ChangeKind, Client, Error, ErrorCode, Outcome, Reply, State, States, Watch,
};

/// No test takes longer, whatever hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// Long enough that no session expires by accident.
pub(crate) const LONG_SESSION: Duration = Duration::from_secs(30);

/// Runs a test on a runtime of its own.
pub(crate) fn story(test: impl Future<Output = ()>) {
    let runtime = RuntimeBuilder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { timeout(LIMIT, test).await.expect("the test hangs") });
}

/// A session that outlives whatever happens in a test.
pub(crate) async fn connect(servers: &str) -> Client {
    Client::builder().session_timeout(LONG_SESSION).connect(servers).await.unwrap()
}

/// A session whose root is a node of its own, called `name`.
pub(crate) async fn connect_below(servers: &str, name: &str) -> Client {
    let zk = connect(&format!("{servers}/{name}")).await;
    zk.create("/", "").await.unwrap();
    zk
}

/// What a session goes through from here on.
pub(crate) struct Life(States);

impl Life {
    /// Of a session that is in this state now.
    pub(crate) async fn of(zk: &Client, state: State) -> Self {
        let mut states = zk.states();
        assert_eq!(states.next().await, Some(state));
        Self(states)
    }

    /// Waits for the next state, which must be this one.
    pub(crate) async fn becomes(&mut self, state: State) {
        assert_eq!(self.0.next().await, Some(state));
    }

    /// Waits until it is in this state, whatever comes before.
    pub(crate) async fn reaches(&mut self, state: State) {
        while let Some(next) = self.0.next().await {
            if next == state {
                return;
            }
        }
        panic!("the session ended without being {state}");
    }

    /// Nothing has happened since it came to be in this state.
    pub(crate) fn is_still(&mut self, zk: &Client, state: State) -> bool {
        self.0.try_next().is_none() && zk.state() == state
    }

    /// Nothing follows.
    pub(crate) async fn ends(&mut self) {
        assert_eq!(self.0.next().await, None);
    }
}

/// The server says no, and the error says to what.
pub(crate) async fn is_refused<T: Debug>(reply: Reply<T>, code: ErrorCode, text: &str) {
    let error = reply.await.unwrap_err();
    assert_eq!((error.code(), error.to_string()), (Some(code), text.to_owned()));
    assert_eq!(error.outcome(), Outcome::NotApplied);
}

/// The request is not even sent, and the error says why.
pub(crate) async fn is_not_sent<T: Debug>(reply: Reply<T>, text: &str) -> Error {
    let error = reply.await.unwrap_err();
    assert_eq!((error.code(), error.to_string()), (None, text.to_owned()));
    assert_eq!(error.outcome(), Outcome::NotApplied);
    error
}

/// The next change of a watch: what, and where.
pub(crate) async fn next(watch: &mut Watch) -> (ChangeKind, String) {
    let change = watch.next().await.expect("the watch has ended");
    (change.kind, change.path)
}

/// The change that is there already, without waiting: what, and where.
pub(crate) fn at_once(watch: &mut Watch) -> Option<(ChangeKind, String)> {
    watch.try_next().map(|Change { kind, path, .. }| (kind, path))
}

/// A change, as [`next`] and [`at_once`] tell it.
pub(crate) fn change(kind: ChangeKind, path: &str) -> (ChangeKind, String) {
    (kind, path.to_owned())
}

/// Whether the server is of the line 3.9, which tells more than 3.8: the stats of nodes that a
/// transaction created, and by which transaction a watch saw a change.
pub(crate) fn is_recent(server: &Server) -> bool {
    let answer = server.four_letter_word("srvr").unwrap();
    let version = answer.split("version: 3.").nth(1).expect("a server of version 3");
    let minor = version.split('.').next().map(str::parse::<u32>);
    minor.unwrap().unwrap() >= 9
}
