//! One world, from its first connection to its last.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use fastrand::Rng;
use zk_client::{Async, Client, Config, Instant};

use super::oracle::Oracle;
use super::pulse;
use super::weather::{Plan, Weather};
use super::wire::Wire;
use super::workload::App;
use crate::host::Line;
use crate::tally::Tally;
use crate::tap::Frame;
use crate::world::{Setup, World};

/// How a world went.
#[derive(Clone, Debug)]
pub struct Report {
    /// How long it was, in its own time.
    pub time: Duration,
    /// A number that follows from all that has happened.
    pub trace: u64,
    /// What happened how often.
    pub tally: Tally,
    /// What was found to be wrong.
    pub failure: Option<Failure>,
}

/// What was found to be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// When.
    pub at: Instant,
    /// What.
    pub what: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {}: {}", self.at, self.what)
    }
}

/// Simulates a world.
#[must_use]
pub fn run(plan: &Plan) -> Report {
    observe(plan, |_| ())
}

/// Simulates a world, and shows all frames to somebody.
pub fn observe<'a>(plan: &'a Plan, see: impl FnMut(&Frame) + 'a) -> Report {
    let mut run = Run::new(plan, Box::new(see));
    let result = run.live();
    let mut tally = run.oracle.borrow().tally.clone();
    tally.add(run.world.tally());
    Report {
        time: run.world.now().saturating_since(Instant::ORIGIN),
        trace: run.world.trace(),
        tally,
        failure: result.err(),
    }
}

struct Run<'a> {
    weather: &'a Weather,
    world: World,
    oracle: Rc<RefCell<Oracle>>,
    rng: Rc<RefCell<Rng>>,
    seats: Vec<Seat>,
    see: Box<dyn FnMut(&Frame) + 'a>,
}

/// A client's process, and the session that it has.
struct Seat {
    zk: Option<Client<Async>>,
    app: App,
    wire: Wire,
    /// When to open another session in the place of one that is over.
    reopens: Option<Instant>,
    last_zxid: i64,
}

impl<'a> Run<'a> {
    fn new(plan: &'a Plan, see: Box<dyn FnMut(&Frame) + 'a>) -> Self {
        let weather = &plan.weather;
        let mut world = World::with(setup(plan));
        world.engine.keep_journal();
        plan.script.iter().for_each(|strike| world.schedule(strike.clone()));
        let oracle = Rc::new(RefCell::new(Oracle::default()));
        oracle.borrow_mut().history.begin(world.engine.tree().clone());
        let rng = Rc::new(RefCell::new(Rng::with_seed(plan.seed.rotate_left(32))));
        let mut run = Self { weather, world, oracle, rng, seats: Vec::new(), see };
        (0..weather.clients).for_each(|client| run.sit_down(client));
        run
    }

    /// Everything in its order. Ends with the first failure.
    fn live(&mut self) -> Result<(), Failure> {
        self.go_on(self.weather.length, |_| false)?;
        self.oracle.borrow_mut().is_ending = true;
        self.world.heal_everything();
        self.until("everybody is answered and connected", |run| {
            run.is_answered() && run.is_connected()
        })?;
        self.touch_everything()?;
        self.let_go_of_watches()?;
        self.close()?;
        self.find_leaks()
    }

    /// Opens a session, and lets a program work with it.
    fn sit_down(&mut self, client: usize) {
        let config = self.config();
        let ahead = self.weather.ahead * u32::try_from(client).unwrap_or(0);
        let zk = self.world.process(config, self.weather.adapter, ahead);
        let app = self.app(client);
        self.begin(&app, &zk);
        let seat = Seat { zk: Some(zk), app, wire: Wire::default(), reopens: None, last_zxid: 0 };
        self.seats.push(seat);
    }

    fn begin(&mut self, app: &App, zk: &Client<Async>) {
        let life = app.clone().live(zk.clone());
        self.world.time().spawn_in(app.client, life);
    }

    fn app(&mut self, client: usize) -> App {
        let mut oracle = self.oracle.borrow_mut();
        let book = oracle.open(client);
        oracle.disturbances.resize(self.world.hosts.len(), 0);
        let clock = self.world.hosts[client].clock.clone();
        App {
            client,
            book,
            time: self.world.time(),
            oracle: self.oracle.clone(),
            rng: self.rng.clone(),
            habits: self.weather.habits,
            clock: Rc::new(move || clock.now()),
            numbered: Rc::new(RefCell::new(VecDeque::new())),
        }
    }

    fn config(&mut self) -> Config {
        let Weather { timeout, read_only, limits, .. } = *self.weather;
        Config { session_timeout: timeout, read_only, limits, ..self.world.config() }
    }

    /// Another session in the place of one that is over.
    fn reopen(&mut self, client: usize) {
        let config = self.config();
        let zk = self.world.reopen(client, config);
        let app = self.app(client);
        self.begin(&app, &zk);
        let seat = &mut self.seats[client];
        (seat.app, seat.zk, seat.reopens, seat.last_zxid) = (app, Some(zk), None, 0);
        seat.wire.reset();
    }

    /// Goes on for this long, or until something is so.
    fn go_on(&mut self, time: Duration, is_so: impl Fn(&Self) -> bool) -> Result<bool, Failure> {
        let until = self.world.now() + time;
        while self.world.next_at().is_some_and(|at| at <= until) {
            self.world.step();
            self.check()?;
            if is_so(self) {
                return Ok(true);
            }
        }
        Ok(is_so(self))
    }

    /// Goes on until something is so, which must not take long.
    fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) -> Result<(), Failure> {
        if is_so(self) || self.go_on(self.patience(), is_so)? {
            return Ok(());
        }
        let oracle = self.oracle.borrow();
        let pending: Vec<_> = oracle.books.iter().flat_map(|book| &book.pending).collect();
        let sessions = self.seats.iter().filter_map(|seat| seat.zk.as_ref());
        let sessions: Vec<_> = sessions.map(|zk| (zk.state(), zk.stats().watches)).collect();
        let patience = self.patience();
        self.fail(format!(
            "not so after {patience:?}: {what}. Sessions and their watches {sessions:?}, servers' \
             watches {}, pending {pending:?}",
            self.world.engine.watches()
        ))
    }

    /// How long it may take until all is well after nothing is wrong any more: for a session to
    /// expire, and for the longest pause between two attempts to connect.
    fn patience(&self) -> Duration {
        self.weather.timeout * 4 + self.weather.election + Duration::from_secs(30)
    }

    fn fail<T>(&self, what: String) -> Result<T, Failure> {
        Err(Failure { at: self.world.now(), what })
    }

    /// Looks at everything that can be looked at after a step.
    fn check(&mut self) -> Result<(), Failure> {
        self.read_journal();
        self.see_frames();
        for client in 0..self.seats.len() {
            self.check_client(client);
        }
        let violations = self.world.take_violations();
        let mut oracle = self.oracle.borrow_mut();
        violations.into_iter().for_each(|what| oracle.fail(what));
        match oracle.failure.take() {
            Some(what) => Err(Failure { at: self.world.now(), what }),
            None => Ok(()),
        }
    }

    fn read_journal(&mut self) {
        let mut oracle = self.oracle.borrow_mut();
        if self.world.engine.last_zxid() != oracle.history.last() {
            for transaction in self.world.engine.take_journal() {
                oracle.play(&transaction);
            }
            oracle.history.advance(self.world.engine.last_zxid());
        }
    }

    fn see_frames(&mut self) {
        let mut oracle = self.oracle.borrow_mut();
        for frame in self.world.take_frames() {
            (self.see)(&frame);
            let local = self.world.hosts[frame.client].clock.now();
            let seat = &mut self.seats[frame.client];
            seat.wire.known = oracle.books[seat.app.book].known();
            if let Err(wrong) = seat.wire.see(&frame, local) {
                oracle.fail(format!("client {}: {wrong}", frame.client));
            }
            self.world.hosts[frame.client].session = seat.wire.session();
            oracle.books[seat.app.book].set_again = seat.wire.set_again;
        }
    }

    fn check_client(&mut self, client: usize) {
        let seat = &mut self.seats[client];
        let host = &mut self.world.hosts[client];
        let mut oracle = self.oracle.borrow_mut();
        oracle.disturbances[client] = host.disturbed.0;
        let slack = self.weather.habits.slack;
        if let Line::Open(link) = host.line {
            seat.wire.heard(link, host.pulse.heard);
        }
        if let Some((state, at)) = host.ended.take() {
            if let Err(wrong) = pulse::check_end(state, at, &seat.wire, slack) {
                oracle.fail(format!("client {client}: {wrong}"));
            }
            oracle.tally.count("session over");
            seat.zk = None;
            let pause = Duration::from_millis(self.rng.borrow_mut().u64(..3_000));
            seat.reopens = Some(self.world.now() + pause);
        }
        if let Some(zk) = &seat.zk {
            let stats = zk.stats();
            if stats.last_zxid < seat.last_zxid {
                oracle.fail(format!("client {client}: its last zxid decreases"));
            }
            seat.last_zxid = stats.last_zxid;
            let limits = &self.weather.limits;
            let queue = limits.queue_requests + oracle.books[seat.app.book].machines * PARENTS;
            if stats.queued > queue || seat.wire.asked() > limits.window_requests {
                oracle.fail(format!("client {client}: above its limits: {stats:?}"));
            }
        }
        if let Err(wrong) = pulse::check(&self.world, client, &seat.wire, slack) {
            oracle.fail(format!("client {client}: {wrong}"));
        }
        let is_due = seat.reopens.is_some_and(|at| at <= self.world.now()) && !oracle.is_ending;
        drop(oracle);
        if is_due {
            self.reopen(client);
        }
    }

    fn is_answered(&self) -> bool {
        self.oracle.borrow().books.iter().all(|book| book.pending.is_empty())
    }

    fn is_connected(&self) -> bool {
        let sessions = self.seats.iter().filter_map(|seat| seat.zk.as_ref());
        sessions.map(Client::state).all(|state| state.is_connected() || state.is_over())
    }

    /// A new client touches everything, and then everybody looks: no watch may have missed it.
    fn touch_everything(&mut self) -> Result<(), Failure> {
        self.sit_down(self.seats.len());
        if let Some(Seat { zk: Some(zk), app, .. }) = self.seats.last() {
            app.touch_everything(zk);
        }
        self.until("everything is touched", Self::is_answered)?;
        for seat in &self.seats {
            if let Some(zk) = &seat.zk {
                seat.app.look(zk);
            }
        }
        self.until("everybody has looked", Self::is_answered)
    }

    fn let_go_of_watches(&mut self) -> Result<(), Failure> {
        (0..self.seats.len()).for_each(|client| self.world.drop_tasks(client));
        self.until("nobody watches any more", |run| {
            let watches = run.seats.iter().filter_map(|seat| seat.zk.as_ref());
            watches.map(|zk| zk.stats().watches).sum::<usize>() == 0
                && run.world.engine.watches() == 0
        })
    }

    /// Half of them are closed, half only dropped.
    fn close(&mut self) -> Result<(), Failure> {
        for client in 0..self.seats.len() {
            let Some(zk) = self.seats[client].zk.take() else { continue };
            if client % 2 == 0 {
                self.seats[client].app.close(zk);
            }
        }
        self.until("everybody is gone", |run| {
            run.is_answered() && run.world.hosts.iter().all(|host| host.driver.is_none())
        })
    }

    /// After the last session must have expired, nothing is left.
    fn find_leaks(&mut self) -> Result<(), Failure> {
        self.go_on(self.patience(), |_| false)?;
        let engine = &self.world.engine;
        let left = [
            ("sessions", engine.sessions().count()),
            ("connections", engine.connections()),
            ("watches", engine.watches()),
            ("ephemeral nodes", engine.tree().owners().count()),
            ("connections in the network", self.world.network.len()),
            ("tasks", self.world.tasks()),
        ];
        for (what, count) in left {
            if count > 0 {
                return self.fail(format!("{count} {what} are left"));
            }
        }
        let oracle = self.oracle.borrow();
        let mut ours = oracle.history.tree().walk("/");
        let mut theirs = engine.tree().walk("/");
        let is_same = ours.by_ref().zip(theirs.by_ref()).all(|((path, node), (other, same))| {
            path == other && node.stat() == same.stat() && node.data() == same.data()
        });
        if is_same && ours.next().is_none() && theirs.next().is_none() {
            return Ok(());
        }
        self.fail("the tree is not what its journal makes of it".into())
    }
}

/// How many parents a node has that is created with its parents, and the node itself.
const PARENTS: usize = 4;

/// What the world of a plan is made of.
pub(crate) fn setup(plan: &Plan) -> Setup {
    let weather = &plan.weather;
    let base = Setup::new(plan.seed);
    Setup {
        ensemble: zk_server::Config {
            members: weather.members,
            tick: weather.tick,
            election: weather.election,
            read_only: weather.read_only,
            container_check: Duration::from_secs(10),
            ..base.ensemble
        },
        network: weather.conditions.clone(),
        scheduling: weather.scheduling.clone(),
        watch_buffer: weather.watch_buffer,
        records: true,
        seed: plan.seed,
    }
}
