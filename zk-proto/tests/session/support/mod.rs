//! A session, its clock, and the other end of its connection, which the test plays.

mod audit;
mod commands;
mod line;
mod outputs;
mod server;

use std::time::Duration;

use zk_proto::{
    Action, Chroot, Config, GetData, Host, Instant, Reason, RequestId, Session, SetData, Target,
};

use audit::Audit;
use line::Line;
pub(crate) use line::Sent;
pub(crate) use server::{PASSWORD, SESSION, granted};

/// What the tests attach to requests.
pub(crate) type Token = u32;
/// What the tests attach to watches.
pub(crate) type Watcher = &'static str;
pub(crate) type Event = zk_proto::Event<Token, Watcher>;

/// The session timeout that is asked for, and granted unless a test says otherwise.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(6);
pub(crate) const THIRD: Duration = Duration::from_secs(2);
pub(crate) const INSTANTLY: Duration = Duration::ZERO;

/// A request that was submitted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) id: RequestId,
    pub(crate) token: Token,
}

/// A session and everything around it. After whatever happens all outputs are drained, and what
/// comes out is held against the rules that hold for every session; see [`Audit`].
pub(crate) struct World {
    pub(crate) session: Session<Token, Watcher>,
    pub(crate) now: Instant,
    /// What the session told, until a test asks for it.
    events: Vec<Event>,
    /// What the session wants of names and sockets, until a test asks for it.
    actions: Vec<Action>,
    line: Line,
    /// The socket takes no more bytes.
    pub(crate) is_stalled: bool,
    /// The SASL mechanism is asked by the test itself.
    pub(crate) keeps_turns: bool,
    /// How many bytes come at a time, at most.
    pub(crate) piece: usize,
    /// The last transaction of the servers.
    pub(crate) zxid: i64,
    last_token: Token,
    /// What the callers see as their root.
    pub(crate) chroot: Chroot,
    audit: Audit,
}

impl World {
    /// A session that has not begun: three servers, whose names are addresses.
    pub(crate) fn new() -> Self {
        Self::with(three_servers())
    }

    pub(crate) fn with(config: Config) -> Self {
        let session = Session::new(config);
        Self {
            audit: Audit::of(&session),
            session,
            now: Instant::ORIGIN,
            events: Vec::new(),
            actions: Vec::new(),
            line: Line::default(),
            is_stalled: false,
            keeps_turns: false,
            piece: usize::MAX,
            zxid: 100,
            last_token: 0,
            chroot: Chroot::root(),
        }
    }

    /// A session that is connected.
    pub(crate) fn connected() -> Self {
        Self::connected_with(three_servers())
    }

    pub(crate) fn connected_with(config: Config) -> Self {
        let mut world = Self::with(config);
        world.connect();
        world
    }

    // Time.

    /// The clock moves and the session is told. It must not be due again at once.
    pub(crate) fn tick(&mut self) {
        self.session.handle_timeout(self.now);
        self.drain();
        self.audit.deadline(self.now, self.session.poll_timeout());
    }

    /// Time passes; whatever becomes due is done in time.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some((at, _)) = self.session.poll_timeout().filter(|(at, _)| *at <= end) {
            self.now = self.now.max(at);
            self.tick();
        }
        self.now = end;
    }

    /// Time passes, and nobody tells the session until the end.
    pub(crate) fn leap(&mut self, time: Duration) {
        self.now = self.now + time;
        self.tick();
    }

    pub(crate) fn wait_until_next_deadline(&mut self) -> Reason {
        let (at, reason) = self.session.poll_timeout().expect("a deadline");
        self.now = self.now.max(at);
        self.tick();
        reason
    }

    /// How long it is until the next deadline, and what for.
    pub(crate) fn next_deadline(&self) -> (Duration, Reason) {
        let (at, reason) = self.session.poll_timeout().expect("a deadline");
        (at.saturating_since(self.now), reason)
    }

    // The transport.

    /// The session asks for a connection, now or after its pause, and gets it. The handshake is
    /// on the wire then.
    pub(crate) fn transport_comes_up(&mut self) -> Target {
        let target = self.wait_for_attempt();
        self.attempt_succeeds();
        target
    }

    pub(crate) fn attempt_succeeds(&mut self) {
        self.session.handle_connected(self.now);
        self.drain();
    }

    /// The next attempt to connect, which may follow a pause.
    pub(crate) fn wait_for_attempt(&mut self) -> Target {
        loop {
            if let Some(target) = self.find_attempt() {
                return target;
            }
            assert_eq!(self.next_deadline().1, Reason::Reconnect, "there is no attempt to come");
            self.wait_until_next_deadline();
        }
    }

    /// Takes the oldest attempt to connect that no test has looked at.
    fn find_attempt(&mut self) -> Option<Target> {
        let at = self.actions.iter().position(|a| matches!(a, Action::Connect(_)))?;
        if let Action::Connect(target) = self.actions.remove(at) { Some(target) } else { None }
    }

    pub(crate) fn attempt_fails(&mut self, why: &str) {
        self.session.handle_connect_failed(self.now, why);
        self.audit.transport_is_gone();
        self.drain();
    }

    /// The transport is gone, without a word.
    pub(crate) fn line_breaks(&mut self) {
        self.line.cut();
        self.audit.transport_is_gone();
        self.session.handle_disconnected(self.now, "reset by peer");
        self.drain();
    }

    /// The transport is of no use.
    pub(crate) fn transport_fails(&mut self, why: &str) {
        self.session.handle_transport_failed(self.now, why);
        self.drain();
    }

    /// Connects from nothing, as far as to the granted session.
    pub(crate) fn connect(&mut self) -> Target {
        let target = self.transport_comes_up();
        self.server_grants();
        target
    }

    /// The line breaks, and the same session is back on another one.
    pub(crate) fn reconnect(&mut self) -> Target {
        self.line_breaks();
        self.connect()
    }

    pub(crate) fn has_transport(&self) -> bool {
        self.audit.has_transport()
    }

    /// An attempt is under way.
    pub(crate) fn is_connecting(&self) -> bool {
        self.has_transport() && !self.session.state().is_connected()
    }

    fn drain(&mut self) {
        while !self.keeps_turns
            && let Some(turn) = self.session.poll_turn()
        {
            self.session.handle_turn(self.now, turn.take());
        }
        while let Some(action) = self.session.poll_action() {
            self.audit.action(&action);
            if matches!(action, Action::Connect(_) | Action::Disconnect(_)) {
                self.line.cut();
            }
            self.actions.push(action);
        }
        while !self.is_stalled && self.line.transmit(&mut self.session, self.now) {}
        while let Some(event) = self.session.poll_event() {
            self.audit.event(&event);
            self.events.push(event);
        }
        let is_idle = self.is_stalled || !self.session.wants_transmit();
        assert!(is_idle, "drained of bytes, it still wants to send");
        self.audit.session(&self.session);
    }
}

/// The configuration of most tests.
pub(crate) fn three_servers() -> Config {
    let hosts = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(server);
    Config { session_timeout: TIMEOUT, ..Config::new(hosts.into()) }
}

/// One server.
pub(crate) fn server(name: &str) -> Host {
    Host::new(name, Host::DEFAULT_PORT)
}

pub(crate) fn get(path: &str) -> GetData<'_> {
    GetData::new(path)
}

pub(crate) fn set(path: &str) -> SetData<'_> {
    SetData::new(path, "x")
}

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
