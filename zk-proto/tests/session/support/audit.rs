//! What holds for every session, whatever happens to it. Each test checks it on the way.

use std::collections::BTreeSet;

use zk_proto::{Action, Instant, News, Reason, Session, State};

use super::{Event, Token, Watcher};

/// Watches a session from outside.
pub(crate) struct Audit {
    /// Requests that are owed an answer.
    awaited: BTreeSet<Token>,
    /// Watches that are owed their end.
    watchers: BTreeSet<Watcher>,
    state: State,
    /// The session was told that its transport is up, or that it is being made.
    has_transport: bool,
    is_finished: bool,
    last_zxid: i64,
}

impl Audit {
    pub(crate) fn of(session: &Session<Token, Watcher>) -> Self {
        Self {
            awaited: BTreeSet::new(),
            watchers: BTreeSet::new(),
            state: session.state(),
            has_transport: false,
            is_finished: false,
            last_zxid: session.stats().last_zxid,
        }
    }

    pub(crate) fn submitted(&mut self, token: Token) {
        assert!(self.awaited.insert(token), "each token is used once");
    }

    pub(crate) fn watched(&mut self, watcher: Watcher) {
        assert!(self.watchers.insert(watcher), "{watcher} watches already");
    }

    pub(crate) fn cancelled(&mut self, token: Token, watcher: Option<Watcher>) {
        assert!(self.awaited.remove(&token), "request {token} was not awaited");
        if let Some(watcher) = watcher {
            self.unwatched(watcher);
        }
    }

    pub(crate) fn unwatched(&mut self, watcher: Watcher) {
        assert!(self.watchers.remove(watcher), "{watcher} comes to its end twice");
    }

    pub(crate) fn has_transport(&self) -> bool {
        self.has_transport
    }

    pub(crate) fn transport_is_gone(&mut self) {
        self.has_transport = false;
    }

    /// There are never two connections, and none after the end.
    pub(crate) fn action(&mut self, action: &Action) {
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
    pub(crate) fn event(&mut self, event: &Event) {
        assert!(!self.state.is_over(), "{event:?} after the end");
        match event {
            Event::State(state) => self.change_state(*state),
            Event::Reply(token, _) => {
                assert!(self.awaited.remove(token), "a second answer to {token}");
            }
            Event::Watch(watcher, News::Change(_) | News::Resync) => {
                assert!(self.watchers.contains(watcher), "{watcher} hears of {event:?}");
            }
            Event::Watch(watcher, News::Last(_) | News::NotSet | News::SessionOver(_)) => {
                self.unwatched(watcher);
            }
        }
    }

    fn change_state(&mut self, next: State) {
        let is_suspended = next == State::Suspended;
        assert!(next.is_connected() || next.is_over() || is_suspended, "{next} is no news");
        if !next.is_over() {
            assert_eq!(self.state.is_connected(), is_suspended, "{next} after {}", self.state);
        }
        self.state = next;
        if next.is_over() {
            assert!(self.owes_no_answer(), "over, and never answered: {:?}", self.awaited);
            assert!(self.owes_no_news(), "over, and never told: {:?}", self.watchers);
        }
    }

    /// Between two inputs.
    pub(crate) fn session(&mut self, session: &Session<Token, Watcher>) {
        let stats = session.stats();
        assert!(stats.last_zxid >= self.last_zxid, "the last zxid decreases");
        self.last_zxid = stats.last_zxid;
        assert_eq!(session.state().is_over(), self.state.is_over());
        assert_eq!(session.state().is_connected(), self.state.is_connected());
        assert_eq!(session.is_over(), self.is_finished, "the end is told as an action, too");
        if self.is_finished {
            assert_eq!((stats.in_flight, stats.queued, stats.watches), (0, 0, 0));
            assert_eq!(session.poll_timeout(), None, "there is nothing to wait for");
        }
        assert!(stats.queued <= self.awaited.len(), "a request waits for nobody");
        assert!(stats.watches <= self.watchers.len(), "a watch tells nobody");
    }

    /// A session that has been told the time has done all that was due.
    pub(crate) fn deadline(&self, now: Instant, deadline: Option<(Instant, Reason)>) {
        if let Some((at, reason)) = deadline {
            assert!(at > now, "due at {at} for {reason:?}, although it is {now}");
        }
    }

    pub(crate) fn owes_no_answer(&self) -> bool {
        self.awaited.is_empty()
    }

    pub(crate) fn owes_no_news(&self) -> bool {
        self.watchers.is_empty()
    }
}
