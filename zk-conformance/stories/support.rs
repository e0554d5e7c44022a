//! What stories share: ways to open sessions, and to say what they go through.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use zk_conformance::{Transport, World, authority};
use zk_server::proxy::Proxy;

use crate::platform::{Answer, answer, yield_now};
use crate::zk::tls::{Tls, TlsBuilder};
use crate::zk::{
    Async, Builder, Change, ChangeKind, Client, Error, ErrorCode, ErrorKind, Outcome, Reply, State,
    States, Watch,
};

/// Long enough that no session expires by accident.
pub(crate) const LONG_SESSION: Duration = Duration::from_secs(30);

/// For a session that outlives whatever happens in a story, at the transport of its place.
pub(crate) fn builder(world: &World) -> Builder {
    let builder = Client::builder().session_timeout(LONG_SESSION);
    match world.transport() {
        Transport::Plain => builder,
        Transport::Tls => builder.tls(trusting().build().unwrap()),
    }
}

/// For clients that trust the authority of all servers.
pub(crate) fn trusting() -> TlsBuilder {
    Tls::builder().ca_pem(authority().pem())
}

/// A session whose root is the story's own node. All of a story see the same.
pub(crate) async fn connect(world: &World) -> Client {
    let servers = format!("{}{}", world.connect_string(), world.root());
    let zk = builder(world).connect(&servers).await.unwrap();
    make_root(&zk).await;
    zk
}

/// A session that sees all.
pub(crate) async fn connect_whole(world: &World) -> Client {
    builder(world).connect(&world.connect_string()).await.unwrap()
}

/// Makes the node at which everything of a session is, unless it is there.
async fn make_root(zk: &Client) {
    if let Err(error) = zk.create("/", "").await {
        assert_eq!(error.code(), Some(ErrorCode::NodeExists), "{error}");
    }
}

/// The same session, for requests that are asked for without waiting.
pub(crate) fn pipelined(zk: &Client) -> zk_client::Client<Async> {
    zk.with_mode()
}

/// A session whose connections can be broken.
pub(crate) struct Fragile {
    pub(crate) zk: Client,
    pub(crate) proxy: Proxy,
    pub(crate) life: Life,
}

impl Fragile {
    /// Its root is the story's own node.
    pub(crate) async fn connect(world: &World) -> Self {
        Self::open(world, builder(world)).await
    }

    pub(crate) async fn open(world: &World, builder: Builder) -> Self {
        let proxy = world.proxy();
        let servers = format!("{}{}", proxy.connect_string(), world.root());
        let zk = builder.connect_timeout(LONG_SESSION).connect(&servers).await.unwrap();
        make_root(&zk).await;
        let life = Life::of(&zk, State::Connected).await;
        Self { zk, proxy, life }
    }

    /// Takes its connection away, until [`come_back`](Self::come_back).
    pub(crate) async fn go_away(&mut self) {
        self.proxy.refuse();
        self.proxy.cut();
        self.life.becomes(State::Suspended).await;
    }

    pub(crate) async fn come_back(&mut self) {
        self.proxy.accept();
        self.life.becomes(State::Connected).await;
    }
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

    /// Nothing follows.
    pub(crate) async fn ends(&mut self) {
        assert_eq!(self.0.next().await, None);
    }
}

/// The server says no, and the error says to what.
pub(crate) async fn is_refused<T: Debug>(answer: Answer<T>, code: ErrorCode, text: &str) {
    let error = answer.await.unwrap_err();
    assert_eq!((error.code(), error.to_string()), (Some(code), text.to_owned()));
    assert_eq!(error.outcome(), Outcome::NotApplied);
}

/// The request is not even sent, and the error says why.
pub(crate) async fn is_not_sent<T: Debug>(answer: Answer<T>, text: &str) -> Error {
    let error = answer.await.unwrap_err();
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

/// Waits for all of them; none may fail.
pub(crate) async fn answers<T>(replies: impl IntoIterator<Item = Reply<T>>) -> Vec<T> {
    let mut answers = Vec::new();
    for reply in replies {
        answers.push(answer(reply).await.unwrap());
    }
    answers
}

/// Waits until something is so that nobody tells of.
pub(crate) async fn wait_until(is_so: impl Fn() -> bool) {
    while !is_so() {
        yield_now().await;
    }
}

/// Fails unless something that began then has taken this long, give or take.
pub(crate) fn took(since: Instant, at_least: Duration, at_most: Duration) {
    let passed = since.elapsed();
    assert!((at_least..=at_most).contains(&passed), "{passed:?}");
}

/// What the creation of each of many nodes was answered: exactly one answer each.
pub(crate) struct Verdicts {
    pub(crate) applied: Vec<String>,
    pub(crate) unknown: Vec<String>,
    pub(crate) not_applied: Vec<String>,
}

impl Verdicts {
    /// Waits for all answers.
    pub(crate) async fn of(replies: Vec<(String, Reply<String>)>) -> Self {
        let (applied, unknown, not_applied) = (Vec::new(), Vec::new(), Vec::new());
        let mut verdicts = Self { applied, unknown, not_applied };
        for (path, reply) in replies {
            let list = match answer(reply).await {
                Ok(_) => &mut verdicts.applied,
                Err(error) => {
                    assert!(matches!(error.kind(), ErrorKind::ConnectionLost { .. }), "{error}");
                    match error.outcome() {
                        Outcome::Unknown => &mut verdicts.unknown,
                        Outcome::NotApplied => &mut verdicts.not_applied,
                    }
                }
            };
            list.push(path);
        }
        verdicts
    }

    /// What was said to be applied is there; what was said not to be is not.
    pub(crate) async fn are_honest(&self, observer: &Client) {
        observer.sync("/").await.unwrap();
        let children = observer.children("/").await.unwrap();
        let is_there = |path: &String| children.contains(&path[1..]);
        assert!(self.applied.iter().all(is_there));
        assert!(!self.not_applied.iter().any(is_there));
    }
}

/// Asks for that many nodes, without waiting for them.
pub(crate) fn create_many(zk: &Client, count: usize) -> Vec<(String, Reply<String>)> {
    let zk = pipelined(zk);
    let paths = (0..count).map(|number| format!("/{number:04}"));
    paths.map(|path| (path.clone(), zk.create(&path, ""))).collect()
}
