//! Simulates many worlds, and tells which went wrong.
//!
//! ```sh
//! cargo run --release -p zk-sim --bin campaign -- --help
//! ```
#![expect(clippy::print_stdout, reason = "it tells a person how it goes")]

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use zk_sim::chaos::{Plan, Report, observe, run, shrink};
use zk_sim::seeds::{commit, from_commit, mix, number};
use zk_sim::{Fault, Narrator, Tally};

/// Simulates many worlds of ZooKeeper clients and servers in which everything goes wrong.
#[derive(Debug, Parser)]
struct Options {
    /// How many worlds at least.
    #[arg(long, default_value_t = 100)]
    seeds: u64,
    /// How many hours, in their own time, at least.
    #[arg(long, default_value_t = 0)]
    hours: u64,
    /// Only the world of this seed: says what is in it, and makes it smaller if it fails.
    #[arg(long, value_parser = number)]
    seed: Option<u64>,
    /// With `--seed`: all that goes over the wire.
    #[arg(long)]
    frames: bool,
    /// Where to begin to draw seeds, in place of the commit.
    #[arg(long, value_parser = number)]
    from: Option<u64>,
    /// Gives up after so many that failed.
    #[arg(long, default_value_t = 10)]
    failures: usize,
    /// Appends the result to this file.
    #[arg(long)]
    ledger: Option<PathBuf>,
    /// Prints the trace of each world: two builds have to print the same.
    #[arg(long)]
    traces: bool,
    /// How many worlds at once; as many as there are processors, if it is not said.
    #[arg(long)]
    threads: Option<usize>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let from_environment = std::env::var("SEED").ok().and_then(|seed| number(&seed).ok());
    match options.seed.or(from_environment) {
        Some(seed) => look_at(seed, options.frames),
        None => go_through(&options),
    }
}

/// One world, closely.
fn look_at(seed: u64, frames: bool) -> ExitCode {
    let plan = Plan::draw(seed);
    println!("{plan:#?}");
    let report = if frames { show(&plan) } else { run(&plan) };
    println!("{}", report.tally);
    println!("simulated {:?}, trace {:016x}", report.time, report.trace);
    let Some(failure) = report.failure else { return ExitCode::SUCCESS };
    println!("FAILED {failure}\n\nmaking it smaller ...");
    let plan = shrink(&plan);
    println!("{plan:#?}");
    let report = if frames { show(&plan) } else { run(&plan) };
    if let Some(failure) = report.failure {
        println!("FAILED {failure}");
    }
    ExitCode::FAILURE
}

/// Simulates a world, and prints what goes over the wire.
fn show(plan: &Plan) -> Report {
    let mut narrator = Narrator::default();
    observe(plan, |frame| {
        if let Some(line) = narrator.tell(frame) {
            println!("{line}");
        }
    })
}

/// What all worlds together came to.
#[derive(Default)]
struct Sum {
    seeds: u64,
    time: Duration,
    tally: Tally,
    failed: Vec<u64>,
}

fn go_through(options: &Options) -> ExitCode {
    let commit = commit();
    let base = options.from.unwrap_or_else(|| from_commit(&commit));
    println!("commit {commit}, seeds from {base:#x}");
    let begun = Instant::now();
    let sum = simulate(options, base);
    let elapsed = begun.elapsed();
    println!("{}", sum.tally);
    let speed = sum.time.as_secs_f64() / elapsed.as_secs_f64();
    let hours = sum.time.as_secs_f64() / 3_600.0;
    let result = verdict(options, &sum);
    let line = format!(
        "{} seeds, {hours:.1} h in {elapsed:.1?}, {speed:.0} times real time: {result}",
        sum.seeds
    );
    println!("{line}");
    if let Some(ledger) = &options.ledger
        && let Err(error) = append(ledger, &commit, base, &sum, hours, &result)
    {
        println!("cannot write to {}: {error}", ledger.display());
        return ExitCode::FAILURE;
    }
    if result == GOOD { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

const GOOD: &str = "all good";

/// A fault that never struck, or an operation that never ran, proves nothing.
fn verdict(options: &Options, sum: &Sum) -> String {
    if !sum.failed.is_empty() {
        let mut text = String::from("failed:");
        sum.failed.iter().for_each(|seed| _ = write!(text, " {seed:#018x}"));
        return text;
    }
    let all = MUST_HAPPEN.iter().chain(&Fault::NAMES);
    let never: Vec<_> = all.filter(|what| sum.tally.of(what) == 0).copied().collect();
    if options.seeds >= ENOUGH && !never.is_empty() {
        return format!("never happened: {}", never.join(", "));
    }
    GOOD.into()
}

/// With so many worlds, everything has to have happened.
const ENOUGH: u64 = 1_000;

/// What faults do, what programs ask for, and how that can end.
const MUST_HAPPEN: &[&str] = &[
    "acl",
    "add_auth",
    "bytes held",
    "bytes lost",
    "change told",
    "children",
    "children and watch",
    "children and watch, plain",
    "children with stat",
    "close",
    "closed",
    "connection answer lost",
    "connection cut",
    "connection cut in the middle",
    "connection lost, not applied",
    "connection lost, unknown",
    "connection refused",
    "connection request lost",
    "count_descendants",
    "create container",
    "create ephemeral",
    "create ephemeral sequential",
    "create persistent",
    "create sequential",
    "create with time to live",
    "create_all",
    "deadline",
    "deadline exceeded",
    "delete",
    "ephemerals",
    "exists",
    "exists and watch",
    "get",
    "get and watch",
    "leader killed",
    "member killed",
    "multi",
    "multi_read",
    "probe",
    "queue full",
    "refused",
    "reply dropped",
    "request met with a mishap",
    "resolve",
    "resync",
    "server waits",
    "session expired",
    "session expired by hand",
    "session over",
    "set",
    "set_acl",
    "sync",
    "transaction refused",
    "watch",
    "watch dropped",
    "watch recursively",
    "who_am_i",
    "writer waits",
];

fn simulate(options: &Options, base: u64) -> Sum {
    let old = known_failures();
    let next = AtomicU64::new(0);
    let is_enough = AtomicBool::new(false);
    let sum = Mutex::new(Sum::default());
    let threads =
        options.threads.or_else(|| std::thread::available_parallelism().map(Into::into).ok());
    std::thread::scope(|scope| {
        for _ in 0..threads.unwrap_or(1) {
            scope.spawn(|| {
                while !is_enough.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let seed = seed(&old, base, number);
                    let report = simulate_one(seed);
                    let Ok(mut sum) = sum.lock() else { return };
                    note(&mut sum, seed, report, options.traces);
                    let is_all = sum.seeds >= options.seeds + old.len() as u64
                        && sum.time.as_secs() >= options.hours * 3_600;
                    is_enough.fetch_or(
                        is_all || sum.failed.len() >= options.failures,
                        Ordering::Relaxed,
                    );
                }
            });
        }
    });
    sum.into_inner().unwrap_or_default()
}

/// The worlds that once failed come first.
fn seed(old: &[u64], base: u64, number: u64) -> u64 {
    let known = usize::try_from(number).ok().and_then(|number| old.get(number));
    known.copied().unwrap_or_else(|| mix(base.wrapping_add(number)))
}

fn simulate_one(seed: u64) -> Result<Report, String> {
    let world = AssertUnwindSafe(|| run(&Plan::draw(seed)));
    catch_unwind(world).map_err(|_| "it panicked".to_owned())
}

fn note(sum: &mut Sum, seed: u64, report: Result<Report, String>, traces: bool) {
    sum.seeds += 1;
    let failure = match report {
        Ok(report) => {
            sum.time += report.time;
            sum.tally.add(&report.tally);
            if traces {
                println!("{seed:#018x} {:016x} {:?}", report.trace, report.time);
            }
            report.failure.map(|failure| failure.to_string())
        }
        Err(panic) => Some(panic),
    };
    if let Some(failure) = failure {
        sum.failed.push(seed);
        println!("FAILED {failure}");
        println!("    again: cargo run --release -p zk-sim --bin campaign -- --seed {seed:#018x}");
    }
}

/// The seeds that once failed.
fn known_failures() -> Vec<u64> {
    let lines = include_str!("../../seeds.txt").lines();
    let seeds = lines.filter_map(|line| line.split_whitespace().next());
    seeds.filter(|word| !word.starts_with('#')).filter_map(|word| number(word).ok()).collect()
}

fn append(
    ledger: &Path,
    commit: &str,
    base: u64,
    sum: &Sum,
    hours: f64,
    result: &str,
) -> io::Result<()> {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(ledger)?;
    let date = time::OffsetDateTime::now_utc().date();
    let commit = commit.get(..12).unwrap_or(commit);
    writeln!(file, "| {date} | {commit} | {base:#x} | {} | {hours:.1} | {result} |", sum.seeds)
}
