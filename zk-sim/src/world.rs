//! Clients and servers, joined by a virtual clock and a seeded network.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::pin::pin;
use std::rc::Rc;
use std::task::Context;
use std::time::Duration;

use fastrand::Rng;
use zk_client::wire::{Inbox, Outbox};
use zk_client::{Async, Client, Config, Host as Server, Instant};
use zk_server::Engine;

use crate::agenda::{Agenda, Event};
use crate::clock::{ProcessClock, WorldClock};
use crate::fault::{Fault, Strike, Way, Wound};
use crate::host::{Adapter, Host, Line, Pulse};
use crate::names::{self, Names};
use crate::network::{Conditions, Flow, Network};
use crate::tally::Tally;
use crate::tap::Frame;
use crate::tasks::{Sleeper, Task, Time, Woken};
use crate::trace::Trace;

/// What a world is made of.
#[derive(Debug)]
pub struct Setup {
    /// Where chance comes from. The same seed, and the same calls, make the same world.
    pub seed: u64,
    /// The ensemble: how many members, how long its ticks are, and so on.
    pub ensemble: zk_server::Config,
    /// The network.
    pub network: Conditions,
    /// How long who was woken takes to come.
    pub scheduling: Range<Duration>,
    /// How many changes a watch keeps for a slow reader.
    pub watch_buffer: usize,
    /// Whether to keep all frames, for [`World::take_frames`].
    pub records: bool,
}

impl Setup {
    /// One server, and a quick network.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let epoch = Duration::from_secs(1_700_000_000);
        Self {
            seed,
            ensemble: zk_server::Config { epoch, ..zk_server::Config::default() },
            network: Conditions::default(),
            scheduling: Duration::ZERO..Duration::from_micros(20),
            watch_buffer: 256,
            records: false,
        }
    }

    /// An ensemble of so many members.
    #[must_use]
    pub fn members(mut self, members: usize) -> Self {
        self.ensemble.members = members;
        self
    }
}

/// Clients and an ensemble, on a network and a clock that are not real.
///
/// Nothing in it waits: time leaps from one event to the next. Nothing in it is left to chance
/// but what follows from its seed.
///
/// ```
/// use std::time::Duration;
/// use zk_sim::{Setup, World};
///
/// let mut world = World::with(Setup::new(42).members(3));
/// let zk = world.client();
/// world.run_until(zk.create("/a", "hello")).unwrap();
///
/// let leader = world.leader().unwrap();
/// world.kill(leader);
/// world.run_for(Duration::from_secs(60));
/// let node = world.run_until(zk.get("/a")).unwrap();
/// assert_eq!(&*node.data, b"hello");
/// ```
pub struct World {
    pub(crate) clock: WorldClock,
    pub(crate) time: Time,
    pub(crate) agenda: Agenda,
    pub(crate) trace: Trace,
    pub(crate) network: Network,
    pub(crate) names: Names,
    pub(crate) engine: Engine,
    pub(crate) members: usize,
    /// When the ensemble was noted to have something to do.
    pub(crate) ensemble_at: Option<Instant>,
    pub(crate) hosts: Vec<Host>,
    pub(crate) lookups: BTreeMap<(usize, u64), io::Result<Vec<SocketAddr>>>,
    /// What waits until a path is open again.
    pub(crate) held: Vec<Event>,
    pub(crate) tasks: BTreeMap<u64, Task>,
    pub(crate) last_task: u64,
    pub(crate) woken: Woken,
    pub(crate) is_main_called: bool,
    pub(crate) strikes: Vec<(Strike, Wound)>,
    pub(crate) tally: Tally,
    pub(crate) frames: Option<Vec<Frame>>,
    pub(crate) violations: Vec<String>,
    pub(crate) rng: Rng,
    pub(crate) scheduling: Range<Duration>,
    pub(crate) watch_buffer: usize,
    pub(crate) steps_at_once: u32,
    /// How many tasks were woken, ever.
    pub(crate) calls: u64,
}

impl World {
    /// A world with one server.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self::with(Setup::new(seed))
    }

    /// A world that is made of this.
    #[must_use]
    pub fn with(setup: Setup) -> Self {
        let mut rng = Rng::with_seed(setup.seed);
        let mut dice = rng.fork();
        let entropy = Box::new(move |out: &mut [u8]| dice.fill(out));
        let members = setup.ensemble.members;
        let clock = WorldClock::default();
        Self {
            time: Time::new(clock.clone()),
            clock,
            agenda: Agenda::default(),
            trace: Trace::new(),
            network: Network::new(setup.network, members, rng.fork()),
            names: Names::default(),
            engine: Engine::new(setup.ensemble, entropy),
            members,
            ensemble_at: None,
            hosts: Vec::new(),
            lookups: BTreeMap::new(),
            held: Vec::new(),
            tasks: BTreeMap::new(),
            last_task: 0,
            woken: Woken::default(),
            is_main_called: false,
            strikes: Vec::new(),
            tally: Tally::default(),
            frames: setup.records.then(Vec::new),
            violations: Vec::new(),
            rng,
            scheduling: setup.scheduling,
            watch_buffer: setup.watch_buffer,
            steps_at_once: 0,
            calls: 0,
        }
    }

    /// Opens a session with the defaults.
    pub fn client(&mut self) -> Client<Async> {
        let config = self.config();
        self.client_with(config)
    }

    /// What a session with the defaults is made of: it knows all members by their names, `zk0`
    /// and so on.
    pub fn config(&mut self) -> Config {
        let servers = (0..self.members).map(|member| Server::new(names::name(member), names::PORT));
        Config { seed: self.rng.u64(..), ..Config::new(servers.collect()) }
    }

    /// Opens a session that is made of this.
    pub fn client_with(&mut self, config: Config) -> Client<Async> {
        self.process(config, Adapter::Lazy, Duration::ZERO)
    }

    /// Opens a session in a process of its own, whose clock is this far ahead.
    pub(crate) fn process(
        &mut self,
        config: Config,
        adapter: Adapter,
        ahead: Duration,
    ) -> Client<Async> {
        let clock = ProcessClock::new(&self.clock, ahead);
        let number = self.hosts.len();
        let (client, host) = self.host(number, config, adapter, clock);
        self.hosts.push(host);
        self.agenda.note(self.now(), Event::Wake(number));
        client
    }

    /// Opens another session in the place of one that is over.
    pub(crate) fn reopen(&mut self, number: usize, config: Config) -> Client<Async> {
        let before = &self.hosts[number];
        let (adapter, clock) = (before.adapter, before.clock.clone());
        let (client, mut host) = self.host(number, config, adapter, clock);
        let before = &self.hosts[number];
        (host.is_stopped, host.slow) = (before.is_stopped, before.slow);
        (host.last_turn, host.disturbed) = (before.last_turn, before.disturbed);
        self.hosts[number] = host;
        self.agenda.note(self.now(), Event::Wake(number));
        client
    }

    fn host(
        &self,
        number: usize,
        config: Config,
        adapter: Adapter,
        clock: ProcessClock,
    ) -> (Client<Async>, Host) {
        let told = clock.clone();
        let now = Box::new(move || told.now());
        let (client, driver) = zk_client::new(config, self.watch_buffer, now);
        let host = Host {
            driver: Some(Rc::new(driver)),
            waker: self.woken.waker(Sleeper::Driver(number)),
            clock,
            adapter,
            timer: None,
            line: Line::None,
            inbox: Inbox::default(),
            outbox: Outbox::default(),
            is_called: true,
            is_stopped: false,
            slow: None,
            rests_until: Instant::ORIGIN,
            session: 0,
            last_turn: Instant::ORIGIN,
            disturbed: (0, Instant::ORIGIN),
            pulse: Pulse::default(),
            ended: None,
        };
        (client, host)
    }

    /// The clock of the world, for programs.
    #[must_use]
    pub fn time(&self) -> Time {
        self.time.clone()
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Lets a program go on beside the others.
    pub fn spawn(&mut self, task: impl Future<Output = ()> + 'static) {
        self.time.spawn(task);
    }

    /// Lets the world go on until this is ready.
    ///
    /// # Panics
    ///
    /// It is not ready after a day, or nothing is left that could make it so.
    pub fn run_until<F: Future>(&mut self, future: F) -> F::Output {
        let limit = self.now() + Duration::from_secs(86_400);
        let mut future = pin!(future);
        let waker = self.woken.waker(Sleeper::Main);
        let mut cx = Context::from_waker(&waker);
        self.is_main_called = true;
        loop {
            if std::mem::take(&mut self.is_main_called)
                && let std::task::Poll::Ready(output) = future.as_mut().poll(&mut cx)
            {
                return output;
            }
            let goes_on = self.is_main_called || self.step();
            assert!(goes_on && self.now() < limit, "stuck at {}", self.now());
        }
    }

    /// Lets the world go on for this long.
    pub fn run_for(&mut self, time: Duration) {
        let until = self.now() + time;
        while self.next_at().is_some_and(|at| at <= until) {
            self.step();
        }
        self.clock.set(until);
    }

    /// How many members the ensemble has.
    #[must_use]
    pub fn members(&self) -> usize {
        self.members
    }

    /// The member that leads, if one does.
    #[must_use]
    pub fn leader(&self) -> Option<usize> {
        self.engine.leader()
    }

    /// Kills a member. It stays dead until it is [restarted](Self::restart).
    pub fn kill(&mut self, member: usize) {
        self.begin(&Fault::Kill { member });
    }

    /// Starts a member that was killed.
    pub fn restart(&mut self, member: usize) {
        self.engine.restart(self.now(), member);
        self.serve();
    }

    /// Cuts a member off from all clients: what is sent, either way, vanishes until the network is
    /// [healed](Self::heal).
    pub fn partition(&mut self, member: usize) {
        self.begin(&Fault::Partition { client: None, member: Some(member), way: Way::Both });
    }

    /// Opens all paths again.
    pub fn heal(&mut self) {
        self.set_flows(None, None, Way::Both, Flow::Open);
        (0..self.members).for_each(|member| self.network.set_refusing(member, false));
    }

    /// Lets a fault begin. Those that end must be ended by hand; see [`schedule`](Self::schedule).
    pub fn begin(&mut self, fault: &Fault) {
        self.strike(fault);
        self.serve();
    }

    /// Lets a fault begin, and end, in its time.
    pub fn schedule(&mut self, strike: Strike) {
        let at = self.now() + strike.after;
        self.agenda.note(at, Event::Strike(self.strikes.len()));
        self.strikes.push((strike, Wound::None));
    }

    /// The ensemble, to look at.
    #[must_use]
    pub fn ensemble(&self) -> &Engine {
        &self.engine
    }

    /// The ensemble, to do something to that no [`Fault`] does.
    pub fn with_ensemble<T>(&mut self, f: impl FnOnce(&mut Engine, Instant) -> T) -> T {
        let now = self.now();
        let result = f(&mut self.engine, now);
        self.serve();
        result
    }

    /// A number that follows from all that has happened: the same seed gives the same.
    #[must_use]
    pub fn trace(&self) -> u64 {
        self.trace.hash()
    }

    /// How often what has happened.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The frames since the last call, if [`Setup::records`] says so.
    pub fn take_frames(&mut self) -> Vec<Frame> {
        self.frames.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// What was found to be wrong with the clients' drivers, or with the ensemble, since the last
    /// call.
    pub fn take_violations(&mut self) -> Vec<String> {
        std::mem::take(&mut self.violations)
    }

    pub(crate) fn violation(&mut self, what: String) {
        self.violations.push(what);
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("now", &self.now())
            .field("clients", &self.hosts.len())
            .field("members", &self.members)
            .finish_non_exhaustive()
    }
}
