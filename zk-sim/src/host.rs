//! A client's process: what an adapter does, on the virtual network.
//!
//! It does no more than an adapter must. It looks at the outputs of its [`Driver`] when the driver
//! has woken it, when its timer has gone off, and when something it was told to do is done; so
//! whatever the driver forgets to wake it for is left lying, and found by the checks.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use zk_client::wire::{Inbox, Outbox};
use zk_client::{Action, Driver, Instant, Lookup, Probe, State, Target};

use crate::agenda::Event;
use crate::clock::ProcessClock;
use crate::names;
use crate::network::{ClientEnd, Direction, LinkId, Purpose};
use crate::pipe::{End, Found};
use crate::tap::Peer;
use crate::world::World;

/// How much an adapter does beyond what it must.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adapter {
    /// It looks at the driver's outputs after each input, needed or not.
    Eager,
    /// It looks at them only when the driver has woken it, or its timer has gone off.
    Lazy,
}

pub(crate) struct Host {
    /// None once the session is over.
    pub(crate) driver: Option<Rc<Driver>>,
    pub(crate) waker: Waker,
    pub(crate) clock: ProcessClock,
    pub(crate) adapter: Adapter,
    /// When, by its own clock, its timer goes off.
    pub(crate) timer: Option<Instant>,
    pub(crate) line: Line,
    pub(crate) inbox: Inbox,
    pub(crate) outbox: Outbox,
    /// Whether it was woken and has not come yet.
    pub(crate) is_called: bool,
    /// Whether the process is stopped, as by `SIGSTOP`.
    pub(crate) is_stopped: bool,
    /// At most so many bytes are read at a time, so long apart.
    pub(crate) slow: Option<(usize, Duration)>,
    /// Until when it does not read, being slow.
    pub(crate) rests_until: Instant,
    /// The session that a server has granted last.
    pub(crate) session: i64,
    /// When its tasks have had their last turn, or will have.
    pub(crate) last_turn: Instant,
    /// How often its process or its clock was meddled with, and when last.
    pub(crate) disturbed: (u64, Instant),
    pub(crate) pulse: Pulse,
    /// How its session ended, and when by its own clock.
    pub(crate) ended: Option<(State, Instant)>,
}

/// When it last spoke and heard, by its own clock, on the connection that it has.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pulse {
    pub(crate) wrote: Instant,
    pub(crate) heard: Instant,
    /// Connections that were asked for, ever.
    pub(crate) dials: u64,
}

/// The connection of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    None,
    Dialing(LinkId),
    Open(LinkId),
}

impl Line {
    pub(crate) fn id(self) -> Option<LinkId> {
        match self {
            Self::None => None,
            Self::Dialing(id) | Self::Open(id) => Some(id),
        }
    }
}

impl World {
    /// The driver has woken its adapter, or its timer has gone off: does what it wants.
    pub(crate) fn attend(&mut self, client: usize) {
        for _ in 0..PATIENCE {
            self.carry_out_all(client);
            let Some(driver) = self.driver(client) else { return };
            let host = &mut self.hosts[client];
            host.timer = driver.poll_timeout();
            if host.timer.is_none_or(|at| at > host.clock.now()) {
                self.note_timer(client);
                return self.write(client);
            }
            driver.handle_timeout();
            self.trace.number(0x71);
        }
        self.violation(format!("client {client}: a deadline stays in the past"));
    }

    /// The timer of a driver may have gone off.
    pub(crate) fn tick(&mut self, client: usize) {
        let Some(driver) = self.driver(client) else { return };
        let host = &self.hosts[client];
        match host.timer {
            Some(at) if at <= host.clock.now() => {
                driver.handle_timeout();
                self.trace.number(0x72);
                self.attend(client);
            }
            Some(_) => self.note_timer(client),
            None => {}
        }
    }

    /// Notes when the timer goes off, in the time of the world.
    pub(crate) fn note_timer(&mut self, client: usize) {
        let host = &self.hosts[client];
        if let Some(at) = host.timer.and_then(|local| host.clock.when(local)) {
            self.agenda.note(at.max(self.now()), Event::Timer(client));
        }
    }

    fn carry_out_all(&mut self, client: usize) {
        loop {
            let Some(driver) = self.driver(client) else { return };
            let waker = &self.hosts[client].waker;
            let Poll::Ready(action) = driver.poll_action(waker) else { return };
            self.trace.number(0x70);
            match action {
                Action::Resolve(lookup) => self.resolve(client, lookup),
                Action::Connect(target) => self.dial(client, &target),
                Action::Probe(probe) => self.probe(client, probe),
                Action::Disconnect(_) => self.hang_up(client),
                Action::Finish => {
                    self.hang_up(client);
                    let host = &mut self.hosts[client];
                    host.timer = None;
                    host.driver = None;
                    host.ended = Some((driver.state(), host.clock.now()));
                }
            }
        }
    }

    fn resolve(&mut self, client: usize, lookup: Lookup) {
        self.tally.count("resolve");
        if let Some((time, answer)) = self.names.ask(&lookup.host.name) {
            self.lookups.insert((client, lookup.id), answer);
            self.agenda.note(self.now() + time, Event::Resolved(client, lookup.id));
        }
    }

    pub(crate) fn resolved(&mut self, client: usize, lookup: u64) {
        let Some(answer) = self.lookups.remove(&(client, lookup)) else { return };
        self.input(client, |driver| driver.handle_resolved(lookup, answer));
    }

    fn dial(&mut self, client: usize, target: &Target) {
        self.hang_up(client);
        self.hosts[client].pulse.dials += 1;
        let id = self.knock(client, target.address, Purpose::Session);
        self.hosts[client].line = Line::Dialing(id);
    }

    fn probe(&mut self, client: usize, probe: Probe) {
        self.tally.count("probe");
        let purpose = Purpose::Probe { id: probe.id, answer: Vec::new() };
        let id = self.knock(client, probe.target.address, purpose);
        self.agenda.note(self.now() + probe.timeout, Event::GiveUp(id));
    }

    fn knock(&mut self, client: usize, address: SocketAddr, purpose: Purpose) -> LinkId {
        let member = names::member_at(address);
        let id = self.network.dial(client, member, purpose);
        let at = self.now() + self.network.delay();
        self.agenda.note(at, Event::Knock(id));
        id
    }

    /// Closes the connection of a session, or stops trying.
    fn hang_up(&mut self, client: usize) {
        let host = &mut self.hosts[client];
        host.inbox.clear();
        host.outbox.clear();
        let line = std::mem::replace(&mut host.line, Line::None);
        if let Some(id) = line.id() {
            self.close_client_end(id);
        }
    }

    pub(crate) fn close_client_end(&mut self, id: LinkId) {
        let now = self.now();
        let Some(link) = self.network.link(id) else { return };
        let was = std::mem::replace(&mut link.client_end, ClientEnd::Gone);
        if was == ClientEnd::Open
            && let Some(at) = self.network.finish(now, id, Direction::Up, End::Closed)
        {
            self.agenda.note(at, Event::Arrive(id, Direction::Up));
        }
        self.network.tidy(id);
    }

    /// A connection is up.
    pub(crate) fn connected(&mut self, id: LinkId) {
        let Some(link) = self.network.link(id) else { return };
        let client = link.client;
        if link.client_end != ClientEnd::Dialing {
            return;
        }
        if !link.is_session() {
            link.client_end = ClientEnd::Open;
            self.transmit(id, Direction::Up, b"isro");
            return;
        }
        self.carry_out_all(client); // which may say that it is not wanted any more
        if self.hosts[client].line != Line::Dialing(id) {
            return;
        }
        if let Some(link) = self.network.link(id) {
            link.client_end = ClientEnd::Open;
        }
        let host = &mut self.hosts[client];
        host.line = Line::Open(id);
        let now = host.clock.now();
        (host.pulse.wrote, host.pulse.heard) = (now, now);
        self.input(client, Driver::handle_connected);
    }

    /// A connection did not come up.
    pub(crate) fn refused(&mut self, id: LinkId) {
        let Some(link) = self.network.link(id) else { return };
        let client = link.client;
        if link.client_end != ClientEnd::Dialing {
            return;
        }
        link.client_end = ClientEnd::Gone;
        if let Purpose::Probe { id: probe, .. } = link.purpose {
            self.network.tidy(id);
            return self.input(client, |driver| driver.handle_probed(probe, &[]));
        }
        self.network.tidy(id);
        self.carry_out_all(client);
        if self.hosts[client].line == Line::Dialing(id) {
            self.hosts[client].line = Line::None;
            let why = io::Error::from(io::ErrorKind::ConnectionRefused);
            self.input(client, |driver| driver.handle_connect_failed(&why));
        }
    }

    /// Writes what there is to be written, as far as there is room.
    pub(crate) fn write(&mut self, client: usize) {
        let Line::Open(id) = self.hosts[client].line else { return };
        loop {
            let Some(driver) = self.driver(client) else { return };
            let host = &mut self.hosts[client];
            if host.outbox.is_empty() {
                if driver.poll_transmit(&host.waker, &mut host.outbox).is_pending() {
                    return;
                }
                host.pulse.wrote = host.clock.now();
            }
            let mut outbox = std::mem::take(&mut host.outbox);
            let count = self.transmit(id, Direction::Up, outbox.pending());
            outbox.consume(count);
            self.hosts[client].outbox = outbox;
            if count == 0 {
                self.tally.count("writer waits");
                return;
            }
        }
    }

    /// Reads what has arrived.
    pub(crate) fn read(&mut self, client: usize) {
        let now = self.now();
        let host = &mut self.hosts[client];
        let Line::Open(id) = host.line else { return };
        if host.is_stopped || host.rests_until > now {
            return;
        }
        let most = host.slow.map_or(READ, |(bytes, _)| bytes);
        let Some(link) = self.network.link(id) else { return };
        match link.down.read(now, most) {
            Found::Nothing => {}
            Found::Bytes(bytes) => {
                self.tap(id, Peer::Client, Direction::Down, &bytes);
                self.heard(client, id, &bytes);
                self.server_has_room(id);
                self.read_on(client, id);
            }
            Found::End(end) => self.line_ended(client, end),
        }
    }

    fn heard(&mut self, client: usize, id: LinkId, bytes: &[u8]) {
        let host = &mut self.hosts[client];
        host.pulse.heard = host.clock.now();
        let mut inbox = std::mem::take(&mut host.inbox);
        inbox.extend(bytes.iter().copied());
        self.input(client, |driver| {
            driver.handle_input(&mut inbox);
        });
        let host = &mut self.hosts[client];
        // If the connection was closed meanwhile, what is left of it is of no interest.
        if host.line == Line::Open(id) {
            host.inbox = inbox;
        }
    }

    fn read_on(&mut self, client: usize, id: LinkId) {
        let now = self.now();
        let is_readable = self.network.link(id).is_some_and(|link| link.down.is_readable(now));
        if is_readable {
            let host = &mut self.hosts[client];
            let pause = host.slow.map_or(Duration::ZERO, |(_, pause)| pause);
            host.rests_until = now + pause;
            self.agenda.note(now + pause, Event::Ready(client));
        }
    }

    fn line_ended(&mut self, client: usize, end: End) {
        self.hang_up(client);
        let kind = match end {
            End::Closed => io::ErrorKind::UnexpectedEof,
            End::Reset => io::ErrorKind::ConnectionReset,
        };
        let why = io::Error::from(kind);
        self.input(client, |driver| driver.handle_disconnected(&why));
    }

    /// Something arrived for a probe.
    pub(crate) fn read_probe(&mut self, id: LinkId) {
        let now = self.now();
        let Some(link) = self.network.link(id) else { return };
        let client = link.client;
        let Purpose::Probe { id: probe, answer } = &mut link.purpose else { return };
        let mut is_done = false;
        loop {
            match link.down.read(now, PROBE_ANSWER) {
                Found::Nothing => break,
                Found::Bytes(bytes) => {
                    answer.extend(bytes);
                    is_done |= answer.len() >= PROBE_ANSWER;
                }
                Found::End(_) => {
                    is_done = true;
                    break;
                }
            }
        }
        if is_done {
            let (probe, answer) = (*probe, std::mem::take(answer));
            self.close_client_end(id);
            self.input(client, |driver| driver.handle_probed(probe, &answer));
        }
    }

    /// A probe has taken long enough.
    pub(crate) fn give_up(&mut self, id: LinkId) {
        let Some(link) = self.network.link(id) else { return };
        let (client, is_gone) = (link.client, link.client_end == ClientEnd::Gone);
        let Purpose::Probe { id: probe, .. } = link.purpose else { return };
        if !is_gone {
            self.close_client_end(id);
            self.input(client, |driver| driver.handle_probed(probe, &[]));
        }
    }

    /// Tells a driver something. An eager adapter looks at what came of it.
    fn input(&mut self, client: usize, tell: impl FnOnce(&Driver)) {
        let Some(driver) = self.driver(client) else { return };
        tell(&driver);
        match self.hosts[client].adapter {
            Adapter::Eager => self.attend(client),
            Adapter::Lazy => {}
        }
    }

    fn driver(&self, client: usize) -> Option<Rc<Driver>> {
        self.hosts[client].driver.clone()
    }
}

/// How often a driver may want something again at one moment.
const PATIENCE: usize = 100;
/// How much is read at a time.
const READ: usize = 64 << 10;
/// How much of the answer to a probe is read.
const PROBE_ANSWER: usize = 16;
