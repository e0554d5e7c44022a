//! What holds for every session, whatever happens to it.

use std::collections::{BTreeMap, BTreeSet};

use zk_proto::{Action, Instant, News, Reason, Session, State};

use super::world::{Event, Token, Watcher};

/// Watches a session from outside.
pub(super) struct Audit {
    /// Requests that are owed an answer, and by when.
    awaited: BTreeMap<Token, Option<Instant>>,
    /// Watches that are owed their end.
    watchers: BTreeSet<Watcher>,
    state: State,
    /// The session asked for a transport, and it is being made or up.
    has_transport: bool,
    is_finished: bool,
    last_zxid: i64,
}

impl Audit {
    pub(super) fn of(session: &Session<Token, Watcher>) -> Self {
        Self {
            awaited: BTreeMap::new(),
            watchers: BTreeSet::new(),
            state: session.state(),
            has_transport: false,
            is_finished: false,
            last_zxid: session.stats().last_zxid,
        }
    }

    pub(super) fn submitted(&mut self, token: Token, deadline: Option<Instant>) {
        assert_eq!(self.awaited.insert(token, deadline), None, "each token is used once");
    }

    pub(super) fn watched(&mut self, watcher: Watcher) {
        assert!(self.watchers.insert(watcher), "{watcher} watches already");
    }

    pub(super) fn cancelled(&mut self, token: Token, watcher: Option<Watcher>) {
        assert!(self.awaited.remove(&token).is_some(), "request {token} was not awaited");
        if let Some(watcher) = watcher {
            self.unwatched(watcher);
        }
    }

    pub(super) fn unwatched(&mut self, watcher: Watcher) {
        assert!(self.watchers.remove(&watcher), "{watcher} comes to its end twice");
    }

    pub(super) fn has_transport(&self) -> bool {
        self.has_transport
    }

    pub(super) fn transport_is_gone(&mut self) {
        self.has_transport = false;
    }

    /// There are never two connections, and none after the end.
    pub(super) fn action(&mut self, action: &Action) {
        assert!(!self.is_finished, "{action:?} after the end");
        match action {
            Action::Connect(target) => {
                assert!(!self.has_transport, "a second connection: to {target:?}");
                self.has_transport = true;
            }
            Action::Disconnect(_) => self.has_transport = false,
            Action::Finish => {
                assert!(!self.has_transport, "the connection outlives the session");
                self.is_finished = true;
            }
            Action::Resolve(_) => assert!(!self.has_transport || self.state.is_connected()),
            Action::Probe(_) => assert_eq!(self.state, State::ConnectedReadOnly),
        }
    }

    /// One answer to each request, one end to each watch, and nothing after the end of all.
    pub(super) fn event(&mut self, event: &Event) {
        assert!(!self.state.is_over(), "{event:?} after the end");
        match event {
            Event::State(state) => self.change_state(*state),
            Event::Reply(token, _) => {
                assert!(self.awaited.remove(token).is_some(), "a second answer to {token}");
            }
            Event::Watch(watcher, News::Change(_) | News::Resync) => {
                assert!(self.watchers.contains(watcher), "{watcher} hears of {event:?}");
            }
            Event::Watch(watcher, News::Last(_) | News::NotSet | News::SessionOver(_)) => {
                self.unwatched(*watcher);
            }
        }
    }

    /// Connected and suspended take turns; at the end nobody is owed anything.
    fn change_state(&mut self, next: State) {
        let is_suspended = next == State::Suspended;
        assert!(next.is_connected() || next.is_over() || is_suspended, "{next} is no news");
        if !next.is_over() {
            assert_eq!(self.state.is_connected(), is_suspended, "{next} after {}", self.state);
        }
        self.state = next;
        if next.is_over() {
            assert!(self.awaited.is_empty(), "over, and never answered: {:?}", self.awaited);
            assert!(self.watchers.is_empty(), "over, and never told: {:?}", self.watchers);
        }
    }

    /// Between two inputs.
    pub(super) fn session(&mut self, session: &Session<Token, Watcher>) {
        let stats = session.stats();
        assert!(stats.last_zxid >= self.last_zxid, "the last zxid decreases");
        self.last_zxid = stats.last_zxid;
        assert_eq!(session.state(), self.state, "each change of the state is told");
        assert_eq!(session.is_over(), self.is_finished, "the end is told as an action, too");
        if self.is_finished {
            assert_eq!((stats.in_flight, stats.queued, stats.watches), (0, 0, 0));
            assert_eq!(session.poll_timeout(), None, "there is nothing to wait for");
        }
        assert!(stats.queued <= self.awaited.len(), "a request waits for nobody");
        assert!(stats.watches <= self.watchers.len(), "a watch tells nobody");
        if let Some((at, Reason::Deadline)) = session.poll_timeout() {
            let is_his = |deadline: &Option<Instant>| *deadline == Some(at);
            assert!(self.awaited.values().any(is_his), "due at {at} for nobody");
        }
    }

    /// A session that has been told the time has done all that was due.
    pub(super) fn clock(&self, session: &Session<Token, Watcher>, now: Instant) {
        if let Some((at, reason)) = session.poll_timeout() {
            assert!(at > now, "due at {at} for {reason:?}, although it is {now}");
        }
    }
}
