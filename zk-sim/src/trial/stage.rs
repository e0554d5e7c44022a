//! A world with those who play a story in it, and the checks after each of its steps.

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use std::rc::Rc;
use std::time::Duration;

use fastrand::Rng;
use zk_client::{Async, Client, Config, Error, Instant};

use super::actor::{Actor, Deadline};
use super::books::Books;
use super::scene::Scene;
use super::story::{Program, Story};
use crate::host::Adapter;
use crate::narrate::Narrator;
use crate::tap::Frame;
use crate::world::{Setup, World};

pub(super) struct Stage<'a> {
    pub(super) story: &'a Story,
    pub(super) world: World,
    pub(super) seats: Vec<Seat>,
    pub(super) books: Rc<Books>,
    pub(super) rng: Rc<RefCell<Rng>>,
    /// Which nodes were there before the story began.
    before: Vec<Box<str>>,
    /// The frames of the first client in the last step, but for pings.
    pub(super) frames: Vec<Frame>,
    /// What happened, if somebody wants to read it.
    log: Option<(Narrator, String)>,
    /// Within which time those who hold something have to hear that they have lost it.
    told_in: Option<Duration>,
    /// How long it may take until all is well: for a session to expire, and the longest pause
    /// between two attempts to connect.
    pub(super) patience: Duration,
    /// The transaction up to which the journal was read.
    seen: i64,
}

/// A client, and how its program ended.
pub(super) struct Seat {
    pub(super) zk: Client<Async>,
    pub(super) outcome: Outcome,
}

/// How a program has ended, once it has.
pub(super) type Outcome = Rc<Cell<Option<Result<(), Error>>>>;

impl<'a> Stage<'a> {
    pub(super) fn new(story: &'a Story, setup: Setup, is_told: bool) -> Self {
        let seed = setup.seed;
        let mut world = World::with(Setup { records: true, ..setup });
        world.engine.keep_journal();
        Self {
            story,
            world,
            seats: Vec::new(),
            books: Rc::default(),
            rng: Rc::new(RefCell::new(Rng::with_seed(seed.rotate_left(17)))),
            before: Vec::new(),
            frames: Vec::new(),
            log: is_told.then(Default::default),
            told_in: None,
            patience: Duration::from_secs(60),
            seen: 0,
        }
    }

    /// Those who hold something have to hear within this time that they have lost it.
    pub(super) fn tell_in(&mut self, time: Duration) {
        self.told_in = Some(time);
    }

    /// Opens a session.
    pub(super) fn sit_down(&mut self, change: impl FnOnce(Config) -> Config) -> usize {
        self.sit_down_with(change, Adapter::Lazy, Duration::ZERO)
    }

    /// The same, in a process whose clock is this far ahead.
    pub(super) fn sit_down_with(
        &mut self,
        change: impl FnOnce(Config) -> Config,
        adapter: Adapter,
        ahead: Duration,
    ) -> usize {
        let config = change(self.world.config());
        let zk = self.world.process(config, adapter, ahead);
        self.seats.push(Seat { zk, outcome: Outcome::default() });
        self.seats.len() - 1
    }

    /// What the program of a client has in its hands.
    pub(super) fn actor(&self, client: usize, deadline: Deadline) -> Actor {
        Actor {
            zk: self.seats[client].zk.clone(),
            time: self.world.time(),
            process: client,
            books: self.books.clone(),
            deadline,
            rng: self.rng.clone(),
        }
    }

    /// Lets a client begin with a program.
    pub(super) fn play(&mut self, client: usize, program: &Program, deadline: Deadline) {
        let play = program(self.actor(client, deadline));
        self.perform(client, play);
    }

    /// Lets a client begin with this.
    pub(super) fn perform(
        &mut self,
        client: usize,
        play: impl Future<Output = Result<(), Error>> + 'static,
    ) {
        let outcome = Outcome::default();
        self.seats[client].outcome = outcome.clone();
        self.world.time().spawn_in(client, async move { outcome.set(Some(play.await)) });
    }

    /// Somebody does what comes before the story, and the nodes that are there then are noted.
    pub(super) fn prepare(&mut self, change: impl FnOnce(Config) -> Config) -> Result<(), String> {
        let story = self.story;
        if let Some(program) = &story.before {
            let client = self.sit_down(change);
            self.play(client, program, Deadline::None);
            self.must_end_well(client, "what comes before")?;
            self.leave(client)?;
        }
        self.before = self.world.engine.tree().walk("/").map(|(path, _)| path).collect();
        Ok(())
    }

    /// All sessions are connected.
    pub(super) fn is_connected(&self) -> Result<(), String> {
        let states: Vec<_> = self.seats.iter().map(|seat| seat.zk.state()).collect();
        if states.iter().all(|state| state.is_connected()) {
            return Ok(());
        }
        Err(format!("the sessions are {states:?}"))
    }

    /// Lets the next thing happen, and looks whether all is right.
    pub(super) fn step(&mut self) -> Result<(), String> {
        self.world.step();
        self.frames.clear();
        for frame in self.world.take_frames() {
            self.tell(&frame);
            if let Some(seat) = self.seats.get(frame.client) {
                self.world.hosts[frame.client].session = seat.zk.session_id();
            }
            if frame.client == 0 && !is_ping(&frame) {
                self.frames.push(frame);
            }
        }
        self.look()
    }

    fn look(&mut self) -> Result<(), String> {
        let wrong = self.world.take_violations().into_iter().next();
        if let Some(wrong) = self.books.take_failure().or(wrong) {
            return Err(wrong);
        }
        let now = self.world.now();
        let holders = &self.books.holders;
        if self.seen != self.world.engine.last_zxid() || holders.has_news() {
            self.seen = self.world.engine.last_zxid();
            self.world.engine.take_journal().iter().for_each(|one| holders.see(one));
            holders.check(&self.world.engine, now)?;
        }
        match self.told_in {
            Some(time) => holders.told_in(now, time, |client| self.world.hosts[client].is_stopped),
            None => Ok(()),
        }
    }

    /// Goes on until something is so, which must not take long.
    pub(super) fn until(
        &mut self,
        is_so: impl Fn(&Self) -> Result<(), String>,
    ) -> Result<(), String> {
        let (patience, begun) = (self.patience, self.world.now());
        while let Err(why_not) = is_so(self) {
            if self.world.next_at().is_none_or(|at| at > begun + patience) {
                return Err(format!("stuck: after {patience:?}, {why_not}"));
            }
            self.step()?;
        }
        Ok(())
    }

    /// Goes on for this long.
    pub(super) fn go_on_until(&mut self, end: Instant) -> Result<(), String> {
        while self.world.next_at().is_some_and(|at| at <= end) {
            self.step()?;
        }
        self.world.clock.set(end);
        Ok(())
    }

    /// A program has to end soon, and well.
    pub(super) fn must_end_well(&mut self, client: usize, what: &str) -> Result<(), String> {
        self.until(
            |stage| {
                if stage.has_ended(client) { Ok(()) } else { Err(format!("{what} goes on")) }
            },
        )?;
        match self.seats[client].outcome.take() {
            Some(Err(error)) => Err(format!("{what} fails: {error}")),
            Some(Ok(())) | None => Ok(()),
        }
    }

    pub(super) fn has_ended(&self, client: usize) -> bool {
        let outcome = &self.seats[client].outcome;
        let result = outcome.take();
        let has_ended = result.is_some();
        outcome.set(result);
        has_ended
    }

    /// The programs of the first so many clients have ended.
    pub(super) fn have_ended(&self, clients: usize) -> Result<(), String> {
        let going: Vec<_> = (0..clients).filter(|client| !self.has_ended(*client)).collect();
        if going.is_empty() {
            return Ok(());
        }
        let states: Vec<_> = self.seats.iter().map(|seat| seat.zk.state()).collect();
        Err(format!("the programs of {going:?} have not ended; the sessions are {states:?}"))
    }

    /// A new session plays the finale; then nothing is left but what may be.
    pub(super) fn end(&mut self, change: impl FnOnce(Config) -> Config) -> Result<(), String> {
        self.until(Self::is_tidy)?;
        let story = self.story;
        let client = self.sit_down(change);
        let program = story.finale.as_ref().unwrap_or(&story.program);
        self.play(client, program, Deadline::None);
        self.note("the finale");
        self.must_end_well(client, "the finale")?;
        self.until(Self::is_tidy)?;
        let scene = Scene { tree: self.world.engine.tree(), books: &self.books };
        story.checks.iter().try_for_each(|check| check(&scene))?;
        (0..self.seats.len()).try_for_each(|client| self.leave(client))?;
        self.until(Self::is_empty)
    }

    /// While the sessions are open, nothing is left of what they did.
    fn is_tidy(&self) -> Result<(), String> {
        let held = self.books.holders.left();
        if !held.is_empty() {
            return Err(format!("somebody believes to hold: {held:?}"));
        }
        let tree = self.world.engine.tree();
        let is_left = |path: &str| {
            !self.story.may_remain(path) && !self.before.iter().any(|old| **old == *path)
        };
        let left: Vec<_> =
            tree.walk("/").map(|(path, _)| path).filter(|path| is_left(path)).collect();
        if !left.is_empty() {
            return Err(format!("nodes are left behind: {left:?}"));
        }
        let watches = self.world.engine.watches();
        if watches > 0 {
            return Err(format!("{watches} watches are left at the servers"));
        }
        for (number, seat) in self.seats.iter().enumerate() {
            let stats = seat.zk.stats();
            if !seat.zk.state().is_over() && stats.watches + stats.in_flight + stats.queued > 0 {
                return Err(format!("client {number} is not at rest: {stats:?}"));
            }
        }
        Ok(())
    }

    /// A client closes its session.
    pub(super) fn leave(&mut self, client: usize) -> Result<(), String> {
        self.world.drop_tasks(client);
        let closed = self.seats[client].zk.clone().close();
        self.world.time().spawn(async move {
            let _ = closed.await;
        });
        self.until(|stage| {
            let is_gone = stage.world.hosts[client].driver.is_none();
            if is_gone { Ok(()) } else { Err(format!("client {client} does not end")) }
        })
    }

    /// When all are gone, nothing of them is left.
    fn is_empty(&self) -> Result<(), String> {
        let engine = &self.world.engine;
        let left = [
            ("sessions", engine.sessions().count()),
            ("connections", engine.connections()),
            ("ephemeral nodes", engine.tree().owners().count()),
            ("tasks", self.world.tasks()),
        ];
        left.iter()
            .filter(|(_, count)| *count > 0)
            .try_for_each(|(what, count)| Err(format!("{count} {what} are left")))
    }

    /// The program of the first client is dropped; its session goes on.
    pub(super) fn drop_first(&mut self) {
        self.note("dropped");
        self.world.drop_tasks(0);
        self.seats[0].outcome.set(Some(Ok(())));
    }

    pub(super) fn close_first(&mut self) {
        let closed = self.seats[0].zk.clone().close();
        self.world.time().spawn(async move {
            let _ = closed.await;
        });
    }

    /// Writes something into the log.
    pub(super) fn note(&mut self, text: &str) {
        let now = self.world.now();
        if let Some((_, log)) = &mut self.log {
            let _ = writeln!(log, "{now} -- {text}");
        }
    }

    fn tell(&mut self, frame: &Frame) {
        if let Some((narrator, log)) = &mut self.log
            && let Some(line) = narrator.tell(frame)
        {
            let _ = writeln!(log, "{line}");
        }
    }

    pub(super) fn take_log(&mut self) -> String {
        self.log.take().map(|(_, log)| log).unwrap_or_default()
    }
}

/// Whether it is a ping, or the answer to one: the first number of either is the xid -2.
fn is_ping(frame: &Frame) -> bool {
    frame.bytes.starts_with(&(-2_i32).to_be_bytes())
}
