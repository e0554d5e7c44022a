//! A story, disturbed once at each of its moments, in each way.

use std::fmt::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use zk_client::{Config, Instant};

use super::actor::Deadline;
use super::stage::Stage;
use super::story::Story;
use super::trouble::{TIMEOUT, Trouble};
use crate::fault::Fault;
use crate::narrate::Narrator;
use crate::network::Conditions;
use crate::world::Setup;

/// Plays a story undisturbed, and then once for each of its moments and each [`Trouble`].
///
/// A moment is a step of the world in which the first client writes or reads a frame, or a server
/// reads one of its requests or writes its reply; and the middle of each pause of half a second.
/// After the trouble the world has to come to rest, all programs have to end as they may, and
/// nothing may be left behind. The environment variable `ROW` plays one row alone, and shows what
/// went over the wires.
///
/// # Panics
///
/// Something was wrong. Each row in which it was is named, as is how to play it again alone.
pub fn every_moment(story: &Story) {
    let alone = std::env::var("ROW").ok();
    let row = alone.map(|row| row.parse().unwrap_or_else(|error| panic!("ROW: {error}")));
    if let Some(row) = row {
        let (result, log) = again(story, row);
        panic!("{log}\n{row}: {result:?}");
    }
    match all_rows(story) {
        Ok(count) => assert!(count > 0, "{}: it has no moments", story.name),
        Err(failures) => panic!("{failures}again: ROW=<row> cargo test <the name of this test>"),
    }
}

/// One play of a story: where it is disturbed, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    members: usize,
    moment: usize,
    trouble: Trouble,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { members, moment, trouble } = self;
        write!(f, "{members}/{moment}/{trouble}")
    }
}

impl FromStr for Row {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.splitn(3, '/');
        let mut number = || parts.next().and_then(|part| part.parse().ok());
        let (members, moment) = (number(), number());
        match (members, moment, parts.next()) {
            (Some(members), Some(moment), Some(trouble)) => {
                Ok(Self { members, moment, trouble: trouble.parse()? })
            }
            _ => Err(format!("{text:?} is not <members>/<moment>/<trouble>")),
        }
    }
}

/// When something can be disturbed.
#[derive(Clone, Debug)]
struct Moment {
    /// After so many steps with frames of the first client,
    steps: usize,
    /// and when.
    at: Instant,
    what: String,
}

/// Plays all rows, on all processors. Says how many, or which failed.
pub(super) fn all_rows(story: &Story) -> Result<usize, String> {
    let rehearsals = [(1, rehearse(story, 1)?), (3, rehearse(story, 3)?)];
    let mut rows = Vec::new();
    for (members, moments) in &rehearsals {
        for (number, moment) in moments.iter().enumerate() {
            let troubles = Trouble::all(*members).iter().copied();
            for trouble in troubles.filter(|trouble| story.has(*trouble)) {
                rows.push((Row { members: *members, moment: number, trouble }, moment));
            }
        }
    }
    let failures = play_all(story, &rows);
    if failures.is_empty() {
        return Ok(rows.len());
    }
    let mut text = format!("{}: {} rows fail, of {}\n", story.name, failures.len(), rows.len());
    for (number, why) in &failures {
        let (row, moment) = &rows[*number];
        let _ = writeln!(text, "  {row}: {}\n    {why}", moment.what);
    }
    Err(text)
}

/// Plays one row, and tells what goes over the wires.
pub(super) fn again(story: &Story, row: Row) -> (Result<(), String>, String) {
    let moment = rehearse(story, row.members).and_then(|moments| {
        moments.get(row.moment).cloned().ok_or_else(|| format!("no moment {}", row.moment))
    });
    match moment {
        Ok(moment) => play(story, row, &moment, true),
        Err(why) => (Err(why), String::new()),
    }
}

/// When so many rows have failed, no others are played.
const SHOWN: usize = 12;

fn play_all(story: &Story, rows: &[(Row, &Moment)]) -> Vec<(usize, String)> {
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((number, (row, moment))) = take(&next, rows) {
                    let (result, _) = play(story, *row, moment, false);
                    if let (Err(why), Ok(mut failures)) = (result, failures.lock()) {
                        failures.push((number, why));
                        if failures.len() >= SHOWN {
                            next.fetch_max(rows.len(), Ordering::Relaxed);
                        }
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().unwrap_or_default();
    failures.sort();
    failures
}

fn take<'r, T>(next: &AtomicUsize, rows: &'r [T]) -> Option<(usize, &'r T)> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    rows.get(number).map(|row| (number, row))
}

fn play(story: &Story, row: Row, moment: &Moment, is_told: bool) -> (Result<(), String>, String) {
    let mut log = String::new();
    let result = catching(|| {
        let mut stage = open(story, row.members, is_told)?;
        let result = disturb(&mut stage, row, moment);
        log = stage.take_log();
        result
    });
    (result, log)
}

/// What programs, and machines, assert fails the row.
pub(super) fn catching(play: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(play)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(format!("it panics: {}", text.unwrap_or_default()))
    })
}

/// One row, from its beginning to its end.
fn disturb(stage: &mut Stage<'_>, row: Row, moment: &Moment) -> Result<(), String> {
    let is_late = row.trouble == Trouble::Deadline;
    let deadline = if is_late { Deadline::At(moment.at) } else { Deadline::None };
    begin(stage, deadline);
    reach(stage, row.trouble, moment)?;
    stage.note(&format!("here: {}", row.trouble));
    row.trouble.strike(stage);
    if let Some((later, next)) = row.trouble.follow_up() {
        for _ in 0..later {
            next_frames(stage)?;
        }
        stage.note(&format!("and now: {next}"));
        next.strike(stage);
    }
    stage.until(all_have_ended)?;
    for client in 0..players(stage.story) {
        if let Some(Err(error)) = stage.seats[client].outcome.take()
            && !stage.story.allows(&row.trouble, client == 0, &error)
        {
            return Err(format!("client {client} fails: {error}"));
        }
    }
    stage.note("all programs have ended");
    stage.end(timed)
}

/// Opens a world in which the clients of a story are connected, all to the leader.
fn open(story: &Story, members: usize, is_told: bool) -> Result<Stage<'_>, String> {
    let setup = Setup::new(7).members(members);
    let network = Conditions { latency: JOURNEY..JOURNEY, ..Conditions::default() };
    let setup = Setup { network, scheduling: Duration::ZERO..Duration::ZERO, ..setup };
    let mut stage = Stage::new(story, setup, is_told);
    stage.tell_in(TIMEOUT * 2);
    for member in 1..members {
        stage.world.begin(&Fault::Refuse { member });
    }
    for _ in 0..players(story) {
        stage.sit_down(timed);
    }
    stage.until(Stage::is_connected)?;
    stage.prepare(timed)?;
    stage.world.heal();
    Ok(stage)
}

/// Who plays: the first client, and its rivals.
fn players(story: &Story) -> usize {
    story.rivals.len() + 1
}

fn timed(config: Config) -> Config {
    Config { session_timeout: TIMEOUT, ..config }
}

/// All programs begin.
fn begin(stage: &mut Stage<'_>, deadline: Deadline) {
    let story = stage.story;
    stage.note("the programs begin");
    stage.play(0, &story.program, deadline);
    for (client, rival) in (1..).zip(&story.rivals) {
        stage.play(client, rival, Deadline::None);
    }
}

fn reach(stage: &mut Stage<'_>, trouble: Trouble, moment: &Moment) -> Result<(), String> {
    let held_back = moment.steps.saturating_sub(2);
    for step in 0..moment.steps {
        if step == held_back && trouble.needs_who_is_behind() {
            stage.hold_back();
        }
        next_frames(stage)?;
    }
    if moment.at > stage.world.now() {
        stage.go_on_until(moment.at)?;
    }
    Ok(())
}

/// Goes on to the next step with frames of the first client; or to nowhere, if it is silent.
fn next_frames(stage: &mut Stage<'_>) -> Result<(), String> {
    let limit = stage.world.now() + TIMEOUT * 20;
    while stage.world.next_at().is_some_and(|at| at <= limit) {
        stage.step()?;
        if !stage.frames.is_empty() {
            break;
        }
    }
    Ok(())
}

fn all_have_ended(stage: &Stage<'_>) -> Result<(), String> {
    stage.have_ended(players(stage.story))
}

/// Plays a story undisturbed, twice, and finds its moments.
fn rehearse(story: &Story, members: usize) -> Result<Vec<Moment>, String> {
    let one = rehearse_once(story, members)
        .map_err(|why| format!("{}: undisturbed, with {members} servers: {why}\n", story.name))?;
    let other = rehearse_once(story, members)?;
    if one.1 != other.1 {
        return Err(format!("{}: it does not go the same way twice\n", story.name));
    }
    Ok(one.0)
}

/// The moments, and the trace of the world.
fn rehearse_once(story: &Story, members: usize) -> Result<(Vec<Moment>, u64), String> {
    let mut moments = Vec::new();
    let mut trace = 0;
    catching(|| {
        let mut stage = open(story, members, false)?;
        moments = find_moments(&mut stage)?;
        for client in 0..players(stage.story) {
            if let Some(Err(error)) = stage.seats[client].outcome.take() {
                return Err(format!("client {client} fails: {error}"));
            }
        }
        stage.end(timed)?;
        trace = stage.world.trace();
        Ok(())
    })?;
    Ok((moments, trace))
}

fn find_moments(stage: &mut Stage<'_>) -> Result<Vec<Moment>, String> {
    let mut narrator = Narrator::default();
    begin(stage, Deadline::None);
    let mut moments: Vec<Moment> = Vec::new();
    let (mut steps, mut last) = (0, stage.world.now());
    let limit = stage.world.now() + stage.patience;
    while all_have_ended(stage).is_err() && stage.world.now() < limit {
        stage.step()?;
        let now = stage.world.now();
        if stage.frames.is_empty() {
            continue;
        }
        let pause = now.saturating_since(last);
        if pause >= PAUSE {
            moments.push(Moment { steps, at: last + pause / 2, what: "nothing happens".into() });
        }
        (steps, last) = (steps + 1, now);
        let frames = stage.frames.iter().filter_map(|frame| narrator.tell(frame));
        moments.push(Moment { steps, at: now, what: frames.collect::<Vec<_>>().join("; ") });
    }
    all_have_ended(stage)?;
    Ok(moments)
}

/// How long a piece is on its way.
const JOURNEY: Duration = Duration::from_millis(1);
/// A time without frames that has a moment of its own.
const PAUSE: Duration = Duration::from_millis(500);
