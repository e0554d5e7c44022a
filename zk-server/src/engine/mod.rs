//! An ensemble without I/O.

mod answer;
mod auth;
mod config;
mod connection;
mod control;
mod handshake;
mod inspect;
mod member;
mod outsider;
mod publish;
mod reads;
mod rearm;
mod reconfig;
mod requests;
mod rules;
mod sasl;
mod session;
mod timers;
mod watches;
mod words;
mod writes;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use zk_proto::Instant;

pub use config::{Config, Limits};
pub use connection::Interest;
pub use member::Lag;
pub use rules::{Effect, Rule, RuleId};
pub use session::SessionInfo;
pub use words::Words;

use crate::tree::{Policy, Transaction, Tree};
use connection::{Connection, Stage};
use member::{Member, Run, View};
use rules::Rules;
use session::{Scope, Sessions};

/// Fills a slice with bytes that nobody can guess, or, in a simulation, that follow from a seed.
pub type Entropy = Box<dyn FnMut(&mut [u8]) + Send>;

/// Names a connection to an [`Engine`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(u64);

/// An ensemble of one or more members over one data tree, without I/O.
///
/// It opens no socket, reads no clock and draws no random number: whoever hosts it tells it of
/// connections, bytes and time, and carries out what comes of them.
///
/// | the host calls | when |
/// | --- | --- |
/// | [`accept`](Self::accept) | somebody connects to a member |
/// | [`handle_input`](Self::handle_input) | bytes came, and [`interest`](Self::interest) says to read |
/// | [`handle_disconnected`](Self::handle_disconnected) | a connection ended, on either side |
/// | [`handle_timeout`](Self::handle_timeout) | the time of [`poll_timeout`](Self::poll_timeout) has come |
///
/// After each of these, and after each command of a test, it takes all of
/// [`poll_touched`](Self::poll_touched); of each of these connections it writes what is
/// [`pending`](Self::pending), tells so by [`consume`](Self::consume), and goes by its
/// [`interest`](Self::interest). Then it sets its timer to `poll_timeout`.
///
/// ```
/// use zk_proto::Instant;
/// use zk_server::{Config, Engine, Interest};
///
/// let mut engine = Engine::new(Config::default(), Box::new(|bytes| bytes.fill(7)));
/// let now = Instant::ORIGIN;
/// let connection = engine.accept(now, 0, ([127, 0, 0, 1], 50_000).into()).expect("it is up");
/// engine.handle_input(now, connection, b"ruok");
/// assert_eq!(engine.poll_touched(), Some(connection));
/// assert_eq!(engine.pending(connection), b"imok");
/// assert_eq!(engine.interest(connection), Interest::Closing);
/// ```
pub struct Engine {
    config: Config,
    entropy: Entropy,
    tree: Tree,
    members: Vec<Member>,
    leadership: Leadership,
    /// A test wants no writes.
    is_read_only: bool,
    sessions: Sessions,
    connections: BTreeMap<ConnectionId, Connection>,
    last_connection: ConnectionId,
    rules: Rules,
    /// When something has to be done about which connection.
    deadlines: BTreeSet<(Instant, ConnectionId)>,
    /// What the host has to look at.
    touched: BTreeSet<ConnectionId>,
    next_reap: Instant,
    /// What was written, for whoever wants to see it.
    journal: Option<Vec<Arc<Transaction>>>,
}

/// Who orders the writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leadership {
    Leader(usize),
    Electing {
        until: Instant,
    },
    /// The members that are up are too few.
    Nobody,
}

/// What a member does for its clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    Everything,
    Reads,
    Nothing,
}

impl Engine {
    /// An ensemble whose members are all up, and that has no nodes but its own.
    #[must_use]
    pub fn new(config: Config, entropy: Entropy) -> Self {
        Self::with_tree(config, Tree::new(), entropy)
    }

    /// An ensemble whose members are all up, and that has these nodes.
    #[must_use]
    pub fn with_tree(config: Config, tree: Tree, entropy: Entropy) -> Self {
        let members = config.members.max(1);
        let policy = Policy {
            enforce_quota: config.enforce_quota,
            sasl: !config.sasl_users.is_empty(),
            x509: config.x509,
            ttl_nodes: config.ttl_nodes,
            nodes: config.limits.nodes,
            size: config.limits.size,
        };
        let mut tree = tree.with_policy(policy);
        if members > 1 {
            tree.advance(FIRST_EPOCH);
        }
        if let Some(text) = reconfig::initial(&config) {
            tree.set_config(text);
        }
        Self {
            entropy,
            tree,
            members: std::iter::repeat_with(Member::default).take(members).collect(),
            leadership: Leadership::Leader(0),
            is_read_only: false,
            sessions: Sessions::new(config.tick),
            connections: BTreeMap::new(),
            last_connection: ConnectionId::default(),
            rules: Rules::default(),
            deadlines: BTreeSet::new(),
            touched: BTreeSet::new(),
            next_reap: Instant::ORIGIN + config.container_check,
            journal: None,
            config,
        }
    }

    /// Somebody connected to a member. `None`: it is down, or has connections enough; the host
    /// closes it at once.
    pub fn accept(
        &mut self,
        now: Instant,
        member: usize,
        peer: SocketAddr,
    ) -> Option<ConnectionId> {
        let is_up = self.members.get(member).is_some_and(|member| member.run != Run::Down);
        if !is_up || !self.has_room(member, peer) {
            return None;
        }
        self.last_connection = self.last_connection.next();
        let id = self.last_connection;
        let by = now + self.config.limits.handshake;
        self.connections.insert(id, Connection::new(now, member, peer, by));
        self.settle(now, id);
        Some(id)
    }

    /// Bytes came.
    pub fn handle_input(&mut self, now: Instant, connection: ConnectionId, bytes: &[u8]) {
        if let Some(open) = self.connections.get_mut(&connection).filter(|c| c.is_open()) {
            open.read(bytes);
            self.hear(now, connection);
            self.take_requests(now, connection);
            self.advance(now, connection);
        }
    }

    /// A connection is gone, whoever ended it.
    pub fn handle_disconnected(&mut self, now: Instant, connection: ConnectionId) {
        self.end(now, connection, Stage::Gone);
        if let Some(gone) = self.connections.remove(&connection) {
            gone.armed.map(|at| self.deadlines.remove(&(at, connection)));
        }
        self.touched.remove(&connection);
    }

    /// A connection to look at: it has bytes to write, is to be closed, or can be read again.
    pub fn poll_touched(&mut self) -> Option<ConnectionId> {
        self.touched.pop_first()
    }

    /// What is to be written to a connection now.
    #[must_use]
    pub fn pending(&self, connection: ConnectionId) -> &[u8] {
        match self.connections.get(&connection) {
            Some(open) if !self.is_frozen(open.member) => open.outbox.pending(),
            Some(_) | None => &[],
        }
    }

    /// The first so many bytes of what is [`pending`](Self::pending) were written.
    pub fn consume(&mut self, now: Instant, connection: ConnectionId, written: usize) {
        if written == 0 {
            return;
        }
        let was_ready = self.is_ready(connection);
        let Some(open) = self.connections.get_mut(&connection) else { return };
        open.outbox.consume(written);
        open.written_by = None;
        let is_busy = !open.requests.is_empty();
        self.tend(now, connection);
        if is_busy {
            self.advance(now, connection);
        } else if !was_ready && self.is_ready(connection) {
            self.touched.insert(connection);
        }
    }

    /// What a connection is good for.
    #[must_use]
    pub fn interest(&self, connection: ConnectionId) -> Interest {
        let Some(open) = self.connections.get(&connection) else { return Interest::Gone };
        if self.is_frozen(open.member) {
            return Interest::Open { read: false };
        }
        match open.stage {
            Stage::New { .. } | Stage::Open { .. } => {
                Interest::Open { read: self.is_ready(connection) }
            }
            Stage::Closing => Interest::Closing,
            Stage::Gone => Interest::Gone,
        }
    }

    /// Something came from a client: its connection lives as long again as its session would.
    fn hear(&mut self, now: Instant, id: ConnectionId) {
        let Some(open) = self.connections.get_mut(&id) else { return };
        if let Some(session) = open.session().and_then(|session| self.sessions.get(session)) {
            open.heard_by = Some(self.sessions.expiry(now, session.timeout));
        }
    }

    fn has_room(&self, member: usize, peer: SocketAddr) -> bool {
        let limits = &self.config.limits;
        let here = || self.connections.values().filter(|other| other.member == member);
        self.connections.len() < limits.connections.min(limits.connections_per_address)
            || here().count() < limits.connections
                && here().filter(|other| other.peer.ip() == peer.ip()).count()
                    < limits.connections_per_address
    }

    fn is_frozen(&self, member: usize) -> bool {
        self.members.get(member).is_some_and(|member| member.run == Run::Frozen)
    }

    /// The tree as a member sees it.
    fn view(&self, member: usize) -> &Tree {
        match self.members.get(member).map(|member| &member.view) {
            Some(View::Behind(behind)) => &behind.tree,
            Some(View::Current) | None => &self.tree,
        }
    }

    /// What a member does.
    fn service(&self, member: usize) -> Service {
        let is_up = self.members.get(member).is_some_and(|member| member.run == Run::Up);
        match self.leadership {
            _ if !is_up => Service::Nothing,
            _ if self.is_read_only => Service::Reads,
            Leadership::Leader(_) => Service::Everything,
            Leadership::Nobody if self.config.read_only => Service::Reads,
            Leadership::Nobody | Leadership::Electing { .. } => Service::Nothing,
        }
    }

    /// Ends a connection: its session goes on without it, its watches are gone.
    fn end(&mut self, now: Instant, id: ConnectionId, stage: Stage) {
        let Some(open) = self.connections.get_mut(&id) else { return };
        let (session, member) = (open.session(), open.member);
        open.end(stage);
        if let Some(member) = self.members.get_mut(member) {
            member.watches.remove_all(id);
        }
        if let Some(session) = session {
            self.leave(session, id);
        }
        self.settle(now, id);
    }

    fn leave(&mut self, session: i64, connection: ConnectionId) {
        let Some(left) = self.sessions.get_mut(session) else { return };
        if left.connection == Some(connection) {
            left.connection = None;
            if left.scope == Scope::Connection {
                self.sessions.close(session);
            }
        }
    }

    /// Whether more may be read from a connection.
    fn is_ready(&self, id: ConnectionId) -> bool {
        let limits = &self.config.limits;
        self.connections.get(&id).is_some_and(|open| {
            open.is_open()
                && open.requests.len() < limits.outstanding
                && open.requests_size < limits.outstanding_size
                && open.outbox.pending().len() < limits.output
        })
    }

    /// After a connection has changed: the host has to look at it.
    fn settle(&mut self, now: Instant, id: ConnectionId) {
        if self.connections.contains_key(&id) {
            self.touched.insert(id);
            self.tend(now, id);
        }
    }

    /// Keeps the limits and the deadline of a connection.
    fn tend(&mut self, now: Instant, id: ConnectionId) {
        let limits = &self.config.limits;
        let Some(open) = self.connections.get_mut(&id) else { return };
        let pending = open.outbox.pending().len();
        // An answer is as long as it is, and the next one waits for it: the rest are events.
        let events = pending.saturating_sub(open.latest);
        if events > limits.output.saturating_mul(4) && open.is_open() {
            return self.end(now, id, Stage::Gone);
        }
        if pending == 0 {
            open.latest = 0;
        }
        open.written_by = match open.written_by {
            _ if pending == 0 => None,
            None => Some(now + limits.transfer),
            set => set,
        };
        self.arm(id);
    }

    /// Keeps the deadline of a connection, unless its member stands still.
    fn arm(&mut self, id: ConnectionId) {
        let Some(member) = self.connections.get(&id).map(|open| open.member) else { return };
        let is_frozen = self.is_frozen(member);
        let Some(open) = self.connections.get_mut(&id) else { return };
        let deadline = open.deadline().filter(|_| !is_frozen);
        let before = std::mem::replace(&mut open.armed, deadline);
        if before != deadline {
            before.map(|at| self.deadlines.remove(&(at, id)));
            deadline.map(|at| self.deadlines.insert((at, id)));
        }
    }
}

/// The zxid that a new ensemble of several members begins after.
const FIRST_EPOCH: i64 = 1 << 32;

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("members", &self.members.len())
            .field("leadership", &self.leadership)
            .field("connections", &self.connections.len())
            .field("znodes", &self.tree.len())
            .field("zxid", &self.tree.zxid())
            .finish_non_exhaustive()
    }
}
