//! The session: bytes and time in; bytes, actions and events out.

mod authenticate;
mod commands;
mod config;
mod connect;
mod endpoints;
mod flight;
mod link;
mod output;
mod queue;
mod removal;
mod replies;
mod search;
mod ticket;
mod timers;
mod transmit;
mod watchers;
mod watches;

#[cfg(test)]
mod tests;

use alloc::boxed::Box;
use alloc::collections::{BTreeSet, VecDeque};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

pub use commands::{Admission, Cancelled, RequestId, Scope};
pub use config::{AuthPacket, Config, Limits};
pub use output::{
    Action, Change, Event, Failure, Lookup, News, Probe, Reason, State, Stats, Target,
};
pub use ticket::Ticket;
pub use watches::WatchKind;

use endpoints::Endpoints;
use flight::Flight;
use link::{Identity, Link, Login};
use queue::Queue;
use watches::WatchTable;

use crate::random::Random;
use crate::{Error, Instant, Outcome};

/// The client's half of a ZooKeeper session, without its sockets and its clock.
///
/// Four kinds of methods: inputs are named `handle_*` and never fail; commands are verbs; outputs
/// are named `poll_*`; the rest only looks. What the server does wrong comes out as
/// [`Action::Disconnect`] and events, never as a panic.
///
/// > **After any input or command, drain the outputs** until there is nothing left but a deadline:
/// > [`poll_action`](Self::poll_action), then [`poll_transmit`](Self::poll_transmit), then
/// > [`poll_event`](Self::poll_event), then [`poll_timeout`](Self::poll_timeout); before them, if
/// > it is to authenticate by SASL, [`poll_turn`](Self::poll_turn).
///
/// So every loop around it is this one:
///
/// ```text
/// loop {
///     while let Some(action) = poll_action()   connect, disconnect or look up, and say what came of it
///     while poll_transmit(outbox)              write the outbox to the socket, as far as it takes it
///     while let Some(event) = poll_event()     give it to whom it is for, who may submit something new
///     wait for the socket, for a command, and until poll_timeout()
///     read from the socket: handle_input(inbox), or handle_disconnected()
///     handle_timeout()                         which does nothing before its time
/// }
/// ```
///
/// `examples/by_hand.rs` has it in Rust.
///
/// `T` is what a caller attaches to a request and gets back with the answer, `W` the same for a
/// watch. The session hands each `T` out exactly once, and never drops one by itself.
///
/// ```
/// use zk_proto::wire::{Inbox, Outbox};
/// use zk_proto::{Action, Config, ConnectString, Instant, Session};
///
/// let servers: ConnectString = "127.0.0.1:2181".parse()?;
/// let mut session = Session::<u64, u64>::new(Config::new(servers.hosts));
/// let now = Instant::ORIGIN;
///
/// session.handle_timeout(now);                              // 1. it wants to connect
/// let Some(Action::Connect(target)) = session.poll_action() else { panic!() };
/// assert_eq!(target.address.to_string(), "127.0.0.1:2181"); // 2. here the caller does so
/// session.handle_connected(now);
///
/// let mut outbox = Outbox::default();
/// assert!(session.poll_transmit(now, &mut outbox));         // 3. the handshake, to be written
/// assert_eq!(outbox.pending().len(), 49);
///
/// let mut inbox = Inbox::default();                         // 4. what is read goes in here
/// session.handle_input(now, &mut inbox);
/// let (deadline, _reason) = session.poll_timeout().unwrap(); // 5. come back by then
/// assert!(deadline > now);
/// # Ok::<(), zk_proto::ConnectStringError>(())
/// ```
pub struct Session<T, W> {
    // What it was made of, or has been told since.
    limits: Limits,
    read_only: bool,
    connect_timeout: Option<Duration>,
    /// The session timeout to ask for.
    wanted_timeout: Duration,
    auth: Vec<Identification<T>>,
    sasl: Login,

    // Who we are for the servers.
    identity: Identity,
    /// Granted, and before that asked for.
    timeout: Duration,
    /// The last transaction that was named to us: a server that has not seen it is none for us.
    last_zxid: i64,
    /// All events up to this transaction have been told. Earlier than the other: an event or an
    /// answer of our own names a transaction while other events of it may be owed.
    told_zxid: i64,
    /// When the session was last known to be alive, or first not known to be dead.
    heard: Option<Instant>,

    // Where the connection stands.
    link: Link,
    endpoints: Endpoints,
    last_lookup: u64,

    // Requests, from submitted to answered.
    last_id: u64,
    last_xid: i32,
    /// The session's own, which go before the others; nearly never there are any.
    clean_up: Option<Box<Queue<T, W>>>,
    queue: Queue<T, W>,
    flight: Flight<T, W>,
    deadlines: BTreeSet<(Instant, u64)>,
    watches: WatchTable<W>,

    // What is to come out.
    /// Messages that are not requests: handshake, SASL, pings.
    raw: Vec<u8>,
    actions: VecDeque<Action>,
    events: VecDeque<Event<T, W>>,
    stats: Stats,
}

impl<T, W> fmt::Debug for Session<T, W> {
    /// Without what is to be sent, in which there are secrets and other people's data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("identity", &self.identity)
            .field("link", &self.link)
            .field("stats", &self.stats)
            .finish_non_exhaustive()
    }
}

/// An identity, and who waits for it to be accepted.
struct Identification<T> {
    packet: AuthPacket,
    waiting: Option<T>,
}

impl<T, W: Clone> Session<T, W> {
    /// A session that wants to connect: its first deadline is [`Instant::ORIGIN`].
    #[must_use]
    pub fn new(config: Config) -> Self {
        let identity = Identity::from(config.resume);
        let auth = config.auth.into_iter().map(|packet| Identification { packet, waiting: None });
        Self {
            limits: config.limits,
            read_only: config.read_only,
            connect_timeout: config.connect_timeout,
            wanted_timeout: config.session_timeout,
            auth: auth.collect(),
            sasl: config.sasl.map_or(Login::None, Login::Here),
            last_zxid: identity.last_zxid(),
            told_zxid: identity.last_zxid(),
            identity,
            timeout: config.session_timeout,
            heard: None,
            link: Link::Idle { retry_at: Instant::ORIGIN },
            endpoints: Endpoints::new(config.hosts, Random::new(config.seed)),
            last_lookup: 0,
            last_id: 0,
            last_xid: 0,
            clean_up: None,
            queue: Queue::default(),
            flight: Flight::default(),
            deadlines: BTreeSet::new(),
            watches: WatchTable::default(),
            raw: Vec::new(),
            actions: VecDeque::new(),
            events: VecDeque::new(),
            stats: Stats::default(),
        }
    }

    /// What to do with names and sockets next. To be carried out in this order. May change after
    /// any input, and after [`close`](Self::close), [`abandon`](Self::abandon) and
    /// [`replace_hosts`](Self::replace_hosts).
    #[must_use]
    pub fn poll_action(&mut self) -> Option<Action> {
        let action = self.actions.pop_front();
        if self.actions.is_empty() {
            self.actions = VecDeque::new(); // there may be no other for days
        }
        action
    }

    /// What happened. May change after any input and any command.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<Event<T, W>> {
        self.events.pop_front()
    }

    /// Where the session stands.
    #[must_use]
    pub fn state(&self) -> State {
        match &self.link {
            Link::Up(up) if up.read_only => State::ConnectedReadOnly,
            Link::Up(_) => State::Connected,
            Link::Over(end) => end.state(),
            Link::Idle { .. }
            | Link::Resolving { .. }
            | Link::Opening { .. }
            | Link::Greeting { .. }
            | Link::Authenticating { .. } => {
                if self.stats.connections == 0 {
                    State::Connecting
                } else {
                    State::Suspended
                }
            }
        }
    }

    /// Why no request succeeds any more, once the session is over: what those get that come now.
    #[must_use]
    pub fn final_error(&self) -> Option<Error> {
        match &self.link {
            Link::Over(end) => Some(end.error(Outcome::NotApplied)),
            Link::Idle { .. }
            | Link::Resolving { .. }
            | Link::Opening { .. }
            | Link::Greeting { .. }
            | Link::Authenticating { .. }
            | Link::Up(_) => None,
        }
    }

    /// What it takes to resume the session elsewhere, once there is one.
    #[must_use]
    pub fn ticket(&self) -> Option<Ticket> {
        self.identity.ticket(self.last_zxid)
    }

    /// The session's number, once there is one; 0 before.
    #[must_use]
    pub fn id(&self) -> i64 {
        self.identity.id()
    }

    /// The session timeout: granted by the server, or before that asked for.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The server that the session is connected to.
    #[must_use]
    pub fn server(&self) -> Option<&Target> {
        match &self.link {
            Link::Up(up) => Some(&up.target),
            Link::Idle { .. }
            | Link::Resolving { .. }
            | Link::Opening { .. }
            | Link::Greeting { .. }
            | Link::Authenticating { .. }
            | Link::Over(_) => None,
        }
    }

    /// Why the servers could not be reached, since one last could.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        self.endpoints.failures()
    }

    /// What has been counted so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats {
            in_flight: self.flight.len(),
            queued: self.queue.len(),
            watches: self.watches.len(),
            last_zxid: self.last_zxid,
            ..self.stats
        }
    }

    /// Whether another request would be taken.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.queue.len() < self.limits.queue_requests
            && self.queue.bytes() < self.limits.queue_bytes
    }

    /// A number that looks random and follows from [`Config::seed`].
    pub fn random(&mut self) -> u64 {
        self.endpoints.random()
    }

    /// All that happened, in place of [`poll_event`](Self::poll_event) until it has nothing: swaps
    /// an empty queue for it, so that the memory of both is used again.
    pub fn take_events(&mut self, events: &mut VecDeque<Event<T, W>>) {
        if events.is_empty() {
            core::mem::swap(&mut self.events, events);
        } else {
            events.append(&mut self.events);
        }
    }

    /// Whether [`poll_event`](Self::poll_event) has something.
    #[must_use]
    pub fn has_event(&self) -> bool {
        !self.events.is_empty()
    }

    /// Whether [`poll_action`](Self::poll_action) has something.
    #[must_use]
    pub fn has_action(&self) -> bool {
        !self.actions.is_empty()
    }
}
