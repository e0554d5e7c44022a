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
use crate::network::{Conditions, Direction, Flow, LinkId, Network, Purpose};
use crate::pipe::End;
use crate::tally::Tally;
use crate::tap::{Frame, Peer};
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
    clock: WorldClock,
    time: Time,
    pub(crate) agenda: Agenda,
    pub(crate) trace: Trace,
    pub(crate) network: Network,
    pub(crate) names: Names,
    pub(crate) engine: Engine,
    members: usize,
    /// When the ensemble was noted to have something to do.
    pub(crate) ensemble_at: Option<Instant>,
    pub(crate) hosts: Vec<Host>,
    pub(crate) lookups: BTreeMap<(usize, u64), io::Result<Vec<SocketAddr>>>,
    /// What waits until a path is open again.
    pub(crate) held: Vec<Event>,
    tasks: BTreeMap<u64, Task>,
    last_task: u64,
    woken: Woken,
    is_main_called: bool,
    strikes: Vec<(Strike, Wound)>,
    pub(crate) tally: Tally,
    frames: Option<Vec<Frame>>,
    violations: Vec<String>,
    rng: Rng,
    scheduling: Range<Duration>,
    watch_buffer: usize,
    steps_at_once: u32,
    /// How many tasks were woken, ever.
    calls: u64,
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

    pub(crate) fn next_at(&mut self) -> Option<Instant> {
        self.admit();
        let alarm = self.time.next_alarm();
        alarm.into_iter().chain(self.agenda.next_at()).min()
    }

    /// Lets the next thing happen; says whether there was one.
    pub(crate) fn step(&mut self) -> bool {
        let Some(at) = self.next_at() else { return false };
        self.advance(at);
        if self.time.next_alarm().is_some_and(|alarm| alarm <= at) {
            self.time.ring();
        } else if let Some((_, event)) = self.agenda.take() {
            self.happen(event);
        }
        self.admit();
        true
    }

    /// Sets the clock. Where very much happens at one moment, somebody runs in circles.
    fn advance(&mut self, at: Instant) {
        if at > self.now() {
            self.clock.set(at);
            self.steps_at_once = 0;
        }
        self.steps_at_once += 1;
        if self.steps_at_once == AT_ONCE {
            self.violation(format!("{AT_ONCE} events at {at}: somebody runs in circles"));
        }
    }

    fn happen(&mut self, event: Event) {
        self.trace.moment(self.now());
        match event {
            Event::Wake(client) => {
                if !self.hosts[client].is_stopped {
                    self.hosts[client].is_called = false;
                    self.attend(client);
                }
            }
            Event::Timer(client) => {
                if !self.hosts[client].is_stopped {
                    self.tick(client);
                }
            }
            Event::Ready(client) => {
                if !self.hosts[client].is_stopped {
                    self.write(client);
                    self.read(client);
                }
            }
            Event::Task(task) => self.run_task(task),
            Event::Knock(link) => self.knocked(link),
            Event::Accepted(link) | Event::Refused(link) => {
                if !self.wait_if_stopped(link, event) {
                    self.answered(event, link);
                }
            }
            Event::Arrive(link, direction) => self.arrive(link, direction),
            Event::Resolved(client, lookup) => self.resolved(client, lookup),
            Event::GiveUp(link) => self.give_up(link),
            Event::Strike(number) => self.begin_strike(number),
            Event::Heal(number) => {
                let (strike, wound) = self.strikes[number].clone();
                self.heal_wound(&strike.fault, wound);
            }
            Event::Ensemble => self.ensemble_tick(),
        }
    }

    fn begin_strike(&mut self, number: usize) {
        let strike = self.strikes[number].0.clone();
        self.strikes[number].1 = self.strike(&strike.fault);
        self.agenda.note(self.now() + strike.lasts, Event::Heal(number));
        self.serve();
    }

    /// A process that is stopped learns of it later.
    fn wait_if_stopped(&mut self, link: LinkId, event: Event) -> bool {
        let client = self.network.link(link).map(|link| link.client);
        let is_stopped = client.is_some_and(|client| self.hosts[client].is_stopped);
        if is_stopped {
            self.agenda.note(self.now() + Duration::from_millis(100), event);
        }
        is_stopped
    }

    fn run_task(&mut self, number: u64) {
        let Some(mut task) = self.tasks.remove(&number) else { return };
        if task.process.is_some_and(|process| self.hosts[process].is_stopped) {
            self.tasks.insert(number, task);
            return;
        }
        task.call = 0;
        self.trace.number(number);
        let waker = task.waker.clone();
        if task.future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            self.tasks.insert(number, task);
        }
    }

    /// A process that was stopped goes on: all who were woken come now.
    pub(crate) fn wake_process(&mut self, client: usize) {
        let now = self.now();
        if self.hosts[client].is_called {
            self.agenda.note(now, Event::Wake(client));
        }
        let of_it = |(_, task): &(&u64, &Task)| task.process == Some(client) && task.call > 0;
        let mut called: Vec<_> =
            self.tasks.iter().filter(of_it).map(|(n, t)| (t.call, *n)).collect();
        called.sort_unstable();
        for (_, number) in called {
            self.agenda.note(now, Event::Task(number));
        }
    }

    /// Drops what goes on in a process: replies, watches, and whatever else its tasks hold.
    pub(crate) fn drop_tasks(&mut self, client: usize) {
        self.admit();
        let of_it: Vec<_> =
            self.tasks.iter().filter(|(_, task)| task.process == Some(client)).collect();
        let numbers: Vec<_> = of_it.into_iter().map(|(number, _)| *number).collect();
        for number in numbers {
            drop(self.tasks.remove(&number));
        }
    }

    /// How many tasks have not come to their end.
    pub(crate) fn tasks(&self) -> usize {
        self.tasks.len()
    }

    /// Ends everything that goes wrong.
    pub(crate) fn heal_everything(&mut self) {
        self.heal();
        for strike in 0..self.strikes.len() {
            let (strike, wound) = self.strikes[strike].clone();
            self.heal_wound(&strike.fault, wound);
        }
        (0..self.members).for_each(|member| self.engine.restart(self.now(), member));
        self.serve();
    }

    /// Notes when those come who were woken, and those who were born.
    fn admit(&mut self) {
        loop {
            let born = std::mem::take(&mut *self.time.nursery.borrow_mut());
            let woken = self.woken.take();
            if born.is_empty() && woken.is_empty() {
                return;
            }
            woken.into_iter().for_each(|sleeper| self.call(sleeper));
            for (process, future) in born {
                self.last_task += 1;
                let number = self.last_task;
                let waker = self.woken.waker(Sleeper::Task(number));
                self.calls += 1;
                self.tasks.insert(number, Task { future, waker, process, call: self.calls });
                self.agenda.note(self.now(), Event::Task(number)); // it begins at once
            }
        }
    }

    fn call(&mut self, sleeper: Sleeper) {
        let at = self.now() + self.slack();
        match sleeper {
            Sleeper::Main => self.is_main_called = true,
            Sleeper::Driver(client) => {
                if !std::mem::replace(&mut self.hosts[client].is_called, true) {
                    self.agenda.note(at, Event::Wake(client));
                }
            }
            Sleeper::Task(number) => {
                let Some(task) = self.tasks.get_mut(&number).filter(|task| task.call == 0) else {
                    return;
                };
                self.calls += 1;
                task.call = self.calls;
                // The tasks of a process have their turns in the order in which they were woken.
                let at = task.process.map_or(at, |process| {
                    let last = &mut self.hosts[process].last_turn;
                    *last = at.max(*last);
                    *last
                });
                self.agenda.note(at, Event::Task(number));
            }
        }
    }

    fn slack(&mut self) -> Duration {
        let Range { start, end } = self.scheduling;
        let span = u64::try_from(end.saturating_sub(start).as_nanos()).unwrap_or(u64::MAX);
        start + Duration::from_nanos(if span == 0 { 0 } else { self.rng.u64(0..span) })
    }

    /// Writes to a connection, as much as there is room for.
    pub(crate) fn transmit(&mut self, id: LinkId, direction: Direction, bytes: &[u8]) -> usize {
        let now = self.now();
        let before = self.network.link(id).and_then(|link| {
            let room = bytes.len();
            link.pipe_mut(direction).cut(room)
        });
        let through = before.map_or(bytes, |count| &bytes[..count]);
        let (mut count, arrivals) = self.network.write(now, id, direction, through);
        for at in arrivals {
            self.agenda.note(at, Event::Arrive(id, direction));
        }
        if before.is_some() {
            self.tally.count("connection cut in the middle");
            self.sever(id, End::Closed);
            count = bytes.len();
        }
        let end = if direction == Direction::Up { Peer::Client } else { Peer::Server };
        self.tap(id, end, direction, &bytes[..count]);
        count
    }

    /// Sees what goes by; says whether a frame came to its end.
    pub(crate) fn tap(
        &mut self,
        id: LinkId,
        end: Peer,
        direction: Direction,
        bytes: &[u8],
    ) -> bool {
        let (at, mut rest) = (self.now(), bytes);
        self.trace.number(id.0 << 2 | (end as u64) << 1 | direction as u64);
        self.trace.bytes(bytes);
        let Some(link) = self.network.link(id) else { return false };
        let (client, member) = (link.client, link.member);
        if matches!(link.purpose, Purpose::Probe { .. }) {
            return false;
        }
        let splitter = &mut link.splitters[splitter(end, direction)];
        let mut is_whole = false;
        while let Some(bytes) = splitter.take(&mut rest) {
            is_whole = true;
            if let Some(frames) = &mut self.frames {
                frames.push(Frame { at, link: id, client, member, end, direction, bytes });
            }
        }
        is_whole
    }
}

/// How much can happen at one moment.
const AT_ONCE: u32 = 100_000;

/// Which of a connection's splitters sees this.
fn splitter(end: Peer, direction: Direction) -> usize {
    match (end, direction) {
        (Peer::Client, Direction::Up) => 0,
        (Peer::Server, Direction::Up) => crate::ensemble::SERVER_READS,
        (Peer::Server, Direction::Down) => 2,
        (Peer::Client, Direction::Down) => 3,
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
