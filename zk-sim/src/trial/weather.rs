//! A story, played by several clients again and again while everything goes wrong.

use std::time::Duration;

use zk_client::{Config, Error, ErrorKind, Instant};

use super::actor::{Actor, Deadline};
use super::moments::catching;
use super::stage::Stage;
use super::story::{Drops, Program, Story, Tolerance};
use super::trouble::{Trouble, is_of_the_end};
use crate::chaos::{Plan, Weather, setup};
use crate::tally::Tally;

/// How a world went.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How long it was, in its own time.
    pub time: Duration,
    /// A number that follows from all that has happened.
    pub trace: u64,
    /// What happened how often.
    pub tally: Tally,
    /// What was found to be wrong.
    pub failure: Option<String>,
    /// What went over the wires, if that was asked for.
    pub log: String,
}

/// Plays a story in the world of a seed: for a minute or so several clients play its program again
/// and again, with all faults of the simulator, while futures are dropped and deadlines pass. When
/// the weather has cleared, all programs have to end, a new session plays the finale, and nothing
/// may be left behind.
#[must_use]
pub fn weather(story: &Story, seed: u64) -> Report {
    live(story, &plan(story, seed), false)
}

/// The world of a seed.
pub(super) fn plan(story: &Story, seed: u64) -> Plan {
    Plan::draw_short(seed, story.clients.clone())
}

pub(super) fn live(story: &Story, plan: &Plan, is_told: bool) -> Report {
    let mut report = Report::default();
    let result = catching(|| {
        let mut run =
            Run { weather: &plan.weather, stage: Stage::new(story, setup(plan), is_told) };
        let result = run.live(plan);
        let now = run.stage.world.now();
        report.time = now.saturating_since(Instant::ORIGIN);
        report.trace = run.stage.world.trace();
        report.tally = run.stage.books.tally.borrow().clone();
        report.tally.add(run.stage.world.tally());
        report.log = run.stage.take_log();
        result.map_err(|what| format!("at {now}: {what}"))
    });
    report.failure = result.err();
    report
}

struct Run<'a> {
    stage: Stage<'a>,
    weather: &'a Weather,
}

impl Run<'_> {
    /// Everything in its order. Ends with the first failure.
    fn live(&mut self, plan: &Plan) -> Result<(), String> {
        self.stage.patience =
            self.weather.timeout * 4 + self.weather.election + Duration::from_secs(30);
        for client in 0..self.weather.clients {
            let ahead = self.weather.ahead * u32::try_from(client).unwrap_or(0);
            self.stage.sit_down_with(configured(self.weather), self.weather.adapter, ahead);
        }
        self.stage.until(Stage::is_connected)?;
        self.stage.prepare(configured(self.weather))?;
        plan.script.iter().for_each(|strike| self.stage.world.schedule(strike.clone()));
        let sunset = self.stage.world.now() + self.weather.length;
        (0..self.weather.clients).for_each(|client| self.begin(client, sunset));
        while self.stage.world.next_at().is_some_and(|at| at <= sunset) {
            self.stage.step()?;
            self.begin_again(sunset);
        }
        self.stage.note("the weather clears");
        self.stage.world.heal_everything();
        let clients = self.weather.clients;
        self.stage.until(|stage| stage.have_ended(clients))?;
        self.stage.end(configured(self.weather))
    }

    /// Who has lost its session gets another one.
    fn begin_again(&mut self, sunset: Instant) {
        for client in 0..self.weather.clients {
            let is_over = self.stage.seats[client].zk.state().is_over();
            if is_over && self.stage.has_ended(client) {
                let config = configured(self.weather)(self.stage.world.config());
                self.stage.seats[client].zk = self.stage.world.reopen(client, config);
                self.begin(client, sunset);
            }
        }
    }

    fn begin(&mut self, client: usize, sunset: Instant) {
        let story = self.stage.story;
        let (program, tolerates) = (story.program.clone(), story.tolerates.clone());
        let (timeout, drops) = (self.weather.timeout, story.drops);
        let life = Life { program, tolerates, sunset, timeout, drops };
        let actor = self.stage.actor(client, Deadline::None);
        self.stage.perform(client, life.live(actor));
    }
}

/// What a client does with one session: it plays again and again.
struct Life {
    program: Program,
    tolerates: Vec<Tolerance>,
    sunset: Instant,
    timeout: Duration,
    drops: Drops,
}

impl Life {
    async fn live(self, actor: Actor) -> Result<(), Error> {
        while actor.now() < self.sunset && !actor.zk.state().is_over() {
            let deadline = self.perhaps(&actor).map_or(Deadline::None, Deadline::Within);
            let whole = match self.drops {
                Drops::NowAndThen => self.perhaps(&actor).unwrap_or(FOR_EVER),
                Drops::Never => FOR_EVER,
            };
            let actor = Actor { deadline, ..actor.clone() };
            match actor.at_most(whole, (self.program)(actor.clone())).await {
                None => actor.count("program dropped"),
                Some(Ok(())) => actor.count(ENDED_WELL),
                Some(Err(error)) => self.judge(&actor, &error),
            }
            actor.sleep(Duration::from_millis(actor.random(300))).await;
        }
        Ok(())
    }

    /// Now and then a while, mostly a short one.
    fn perhaps(&self, actor: &Actor) -> Option<Duration> {
        let whole = u64::try_from(self.timeout.as_micros()).unwrap_or(u64::MAX);
        match actor.random(12) {
            0 => Some(Duration::from_micros(actor.random(whole))),
            1 | 2 => Some(Duration::from_micros(actor.random(whole / 100))),
            _ => None,
        }
    }

    fn judge(&self, actor: &Actor, error: &Error) {
        let trouble = Trouble::Weather;
        let is_over = actor.zk.state().is_over() && is_of_the_end(error);
        let is_expected = is_over
            || trouble.explains(true, error)
            || self.tolerates.iter().any(|tolerates| tolerates(&trouble, error));
        if !is_expected {
            actor.fail(format!("its program fails: {error}"));
        }
        let kind = error.kind();
        actor.count(if matches!(kind, ErrorKind::SessionExpired(_)) {
            "program failed: session expired"
        } else if matches!(kind, ErrorKind::DeadlineExceeded(_)) {
            "program failed: deadline"
        } else {
            "program failed otherwise"
        });
    }
}

fn configured(weather: &Weather) -> impl FnOnce(Config) -> Config {
    let Weather { timeout, read_only, limits, .. } = *weather;
    move |config| Config { session_timeout: timeout, read_only, limits, ..config }
}

/// What every campaign has to have seen.
pub(super) const ENDED_WELL: &str = "program ended well";
const FOR_EVER: Duration = Duration::from_secs(1 << 30);
