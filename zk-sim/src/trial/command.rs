//! The command that plays stories: a test target without a harness of its own.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;

use super::moments::{Row, again, all_rows};
use super::story::{Story, Told};
use super::weather::{ENDED_WELL, Report, live, plan, weather};
use crate::chaos::shrink_by;
use crate::seeds::{commit, from_commit, mix, number};
use crate::tally::Tally;

/// Plays stories: disturbed at every moment, and in all weather.
#[derive(Debug, Parser)]
struct Options {
    /// Only stories whose names have this in them.
    names: Vec<String>,
    /// In how many worlds each is played.
    #[arg(long)]
    seeds: Option<u64>,
    /// Only in the weather of this seed; makes it smaller if it fails.
    #[arg(long, value_parser = number)]
    seed: Option<u64>,
    /// Only this row of those of every moment.
    #[arg(long)]
    row: Option<Row>,
    /// With `--row` or `--seed`: all that goes over the wires.
    #[arg(long)]
    frames: bool,
    /// Where to begin to draw seeds, in place of the commit.
    #[arg(long, value_parser = number)]
    from: Option<u64>,
    /// What happened how often.
    #[arg(long)]
    tally: bool,
    /// For those who give it to all tests; it has no meaning here.
    #[arg(long, hide = true)]
    nocapture: bool,
    /// Likewise.
    #[arg(long, hide = true)]
    test_threads: Option<usize>,
}

/// Plays these stories as the command line says, each at every moment and in a few worlds, or in
/// many: `cargo test --release --test <this> -- --seeds 1000 lock`. The known failures are lines of
/// the name of a story and a seed, which come first.
///
/// A build without optimisation plays in fewer worlds, and always in the same.
#[must_use]
#[expect(clippy::print_stdout, reason = "it tells a person how it goes")]
pub fn command(stories: &[Story], known_failures: &str) -> ExitCode {
    let options = Options::parse();
    let is_wanted = |story: &&Story| {
        let is_named = |name: &String| story.name.contains(name.as_str());
        options.names.is_empty() || options.names.iter().any(is_named)
    };
    let mut results = (0, 0);
    for story in stories.iter().filter(is_wanted) {
        for result in play(story, &options, known_failures) {
            let count = if result.is_ok() { &mut results.0 } else { &mut results.1 };
            *count += 1;
            match result {
                Ok(text) => println!("test {text} ... ok"),
                Err(text) => println!("test {text} ... FAILED"),
            }
        }
    }
    let (passed, failed) = results;
    if passed + failed == 0 {
        println!("no story is named so");
        return ExitCode::FAILURE;
    }
    let verdict = if failed == 0 { "ok" } else { "FAILED" };
    println!("\ntest result: {verdict}. {passed} passed; {failed} failed; 0 ignored\n");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn play(story: &Story, options: &Options, known_failures: &str) -> Vec<Result<String, String>> {
    if let Some(row) = options.row {
        return vec![play_row(story, row, options.frames)];
    }
    if let Some(seed) = options.seed {
        return vec![play_seed(story, seed, options.frames)];
    }
    let mut results = Vec::new();
    if story.told != Told::OnlyInWeather {
        results.push(play_rows(story));
    }
    if story.told != Told::OnlyAtEveryMoment {
        results.push(play_in_weather(story, options, known_failures));
    }
    results
}

fn play_rows(story: &Story) -> Result<String, String> {
    let begun = Instant::now();
    match all_rows(story) {
        Ok(rows) => {
            Ok(format!("{}: at every moment, {rows} rows in {:.1?}", story.name, begun.elapsed()))
        }
        Err(text) => Err(format!(
            "{}: at every moment\n{text}    again: {AGAIN} '{}' --frames --row <row>\n",
            story.name, story.name
        )),
    }
}

fn play_row(story: &Story, row: Row, frames: bool) -> Result<String, String> {
    let (result, log) = again(story, row);
    let log = if frames { log } else { String::new() };
    match result {
        Ok(()) => Ok(format!("{log}{}: {row}", story.name)),
        Err(why) => Err(format!("{log}{}: {row}: {why}", story.name)),
    }
}

/// In one world, closely.
fn play_seed(story: &Story, seed: u64, frames: bool) -> Result<String, String> {
    let name = story.name;
    let whole = plan(story, seed);
    let report = live(story, &whole, frames);
    let Report { time, trace, tally, failure, log } = report;
    let Some(why) = failure else {
        return Ok(format!("{whole:#?}\n{log}{tally}{name}: {time:?}, trace {trace:016x}"));
    };
    let smaller = shrink_by(&whole, &|plan| live(story, plan, false).failure.is_some());
    let report = live(story, &smaller, frames);
    let log = report.log;
    let smaller_why = report.failure.unwrap_or_default();
    Err(format!("{smaller:#?}\n{log}{name}: {smaller_why}\nand before it was made smaller: {why}"))
}

/// What many worlds together came to.
#[derive(Default)]
struct Sum {
    seeds: u64,
    time: Duration,
    tally: Tally,
    failures: Vec<String>,
}

fn play_in_weather(
    story: &Story,
    options: &Options,
    known_failures: &str,
) -> Result<String, String> {
    let is_quick = !cfg!(debug_assertions);
    let seeds = options.seeds.unwrap_or(if is_quick { 500 } else { 12 });
    let commit_decides = || if is_quick { from_commit(&commit()) } else { 1 };
    let base = options.from.unwrap_or_else(commit_decides);
    let old = known(story, known_failures);
    let begun = Instant::now();
    let sum = simulate(story, &old, base, seeds);
    let name = story.name;
    if options.tally || !sum.failures.is_empty() {
        let failures = sum.failures.concat();
        let tally = &sum.tally;
        if !sum.failures.is_empty() {
            return Err(format!("{name}: in weather\n{failures}"));
        }
        return Ok(format!("{name}: in weather\n{tally}"));
    }
    let wants = story.wants.iter().chain(&[ENDED_WELL]);
    let never: Vec<_> = wants.filter(|what| sum.tally.of(what) == 0).collect();
    if seeds >= ENOUGH && !never.is_empty() {
        return Err(format!("{name}: in weather: never happened: {never:?}"));
    }
    let (hours, elapsed) = (sum.time.as_secs_f64() / 3_600.0, begun.elapsed());
    let worlds = sum.seeds;
    Ok(format!("{name}: in weather, {worlds} worlds from {base:#x}, {hours:.1} h in {elapsed:.1?}"))
}

fn simulate(story: &Story, old: &[u64], base: u64, seeds: u64) -> Sum {
    let all = seeds + old.len() as u64;
    let next = AtomicU64::new(0);
    let sum = Mutex::new(Sum::default());
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= all {
                        return;
                    }
                    let known = usize::try_from(number).ok().and_then(|number| old.get(number));
                    let seed = known.copied().unwrap_or_else(|| mix(base.wrapping_add(number)));
                    let report = weather(story, seed);
                    let Ok(mut sum) = sum.lock() else { return };
                    sum.add(story, seed, report);
                    if sum.failures.len() >= FAILURES {
                        next.fetch_max(all, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    sum.into_inner().unwrap_or_default()
}

impl Sum {
    fn add(&mut self, story: &Story, seed: u64, report: Report) {
        self.seeds += 1;
        self.time += report.time;
        self.tally.add(&report.tally);
        if let Some(why) = report.failure {
            let name = story.name;
            self.failures.push(format!(
                "  {why}\n    again: {AGAIN} '{name}' --frames --seed {seed:#018x}\n"
            ));
        }
    }
}

/// The worlds that once failed come first.
fn known(story: &Story, known_failures: &str) -> Vec<u64> {
    let lines = known_failures.lines().filter_map(|line| line.trim().split_once(' '));
    let of_it = lines.filter(|(name, _)| *name == story.name);
    of_it.filter_map(|(_, seed)| number(seed.trim()).ok()).collect()
}

const AGAIN: &str = "cargo test --release <this test> --";
/// In so many worlds, everything has to have happened that a story wants.
const ENOUGH: u64 = 100;
/// After so many worlds that failed, there are no more.
const FAILURES: usize = 5;
