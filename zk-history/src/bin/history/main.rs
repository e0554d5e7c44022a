//! Lets clients work on an Apache ZooKeeper ensemble whose servers are killed, frozen and cut off,
//! and checks all that they saw.
//!
//!     cargo run --release -p zk-history -- --seconds 90
//!
//! Needs Java and the jars of ZooKeeper 3.8 or later; see `zk-server`.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "it is a command")]

mod mutants;
mod readout;
mod rig;
mod servers;
mod tap;
mod work;

use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use clap::Parser;
use fastrand::Rng;
use zk_history::{History, Report, Violation, check};
use zk_proto::OpCode;

use rig::{Faults, Rig};
use tap::Tap;
use work::Plan;

/// Checks a history of clients on an Apache ZooKeeper ensemble under faults.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many servers.
    #[arg(long, default_value_t = 3)]
    members: usize,
    /// For how many seconds the clients work.
    #[arg(long, default_value_t = 90)]
    seconds: u64,
    /// How many clients, each with one session at a time.
    #[arg(long, default_value_t = 8)]
    clients: usize,
    /// Every how many seconds a server is killed; between two kills something else goes wrong.
    #[arg(long, default_value_t = 10)]
    kill_every: u64,
    /// Fails if fewer servers were killed.
    #[arg(long, default_value_t = 0)]
    least_kills: usize,
    /// How many times the beginning of the history is made wrong at random, to see that it does not
    /// pass then.
    #[arg(long, default_value_t = 0)]
    mutants: usize,
    /// How long a task of a client waits between two requests, in milliseconds.
    #[arg(long, default_value_t = 2)]
    pause: u64,
    /// Takes the servers of zk-server, inside this process, instead of Apache's.
    #[arg(long)]
    in_process: bool,
    /// What the clients do and when things go wrong follows from it.
    #[arg(long)]
    seed: Option<u64>,
}

const SESSION_TIMEOUT: Duration = Duration::from_secs(4);

fn main() -> Result<(), servers::Error> {
    let arguments = Arguments::parse();
    let mut rng = arguments.seed.map_or_else(Rng::new, Rng::with_seed);
    println!("seed {}", rng.get_seed());
    let rig = Rig::new(servers::start(arguments.members, arguments.in_process)?)?;
    let tap = Tap::new();
    let plan = Arc::new(Plan {
        servers: rig.connect_string(),
        tap: tap.clone(),
        session_timeout: SESSION_TIMEOUT,
        pause: Duration::from_millis(arguments.pause),
    });
    let (over, until) = mpsc::channel();
    let every = Duration::from_secs(arguments.kill_every);
    let mut chance = rng.fork();
    let trouble = std::thread::spawn(move || {
        let faults = rig.trouble(&until, every, SESSION_TIMEOUT, &mut chance);
        faults.map(|faults| (rig, faults))
    });
    let runtime = tokio::runtime::Runtime::new()?;
    let work = Duration::from_secs(arguments.seconds);
    let shy = runtime.block_on(plan.work(arguments.clients, work, &mut rng))?;
    drop(over);
    let (rig, faults) = trouble.join().map_err(|_| "the thread of faults has panicked")??;
    runtime.block_on(readout::read_all(&plan, &shy))?;
    drop((runtime, rig));
    let history = tap.finish();
    let start = Instant::now();
    let report = check(&history).map_err(|violation| explain(&violation, &history))?;
    let (records, took) = (history.records.len(), start.elapsed().as_secs_f64());
    println!("{faults:?}\n{report}\n{records} records checked in {took:.1} s: no violation");
    if arguments.mutants > 0 {
        println!("{}", mutants::check_mutants(&history, arguments.mutants, &mut rng)?);
    }
    demand(&report, &faults, arguments.least_kills)
}

/// Leaves all that was seen where it can be looked through.
fn explain(violation: &Violation, history: &History) -> servers::Error {
    let path = std::env::temp_dir().join(format!("history-{}.txt", std::process::id()));
    let records = history.records.iter().enumerate();
    let lines = records.map(|(number, record)| format!("{number} {record:?}\n"));
    match std::fs::write(&path, lines.collect::<String>()) {
        Ok(()) => format!("{violation}\nall records: {}", path.display()).into(),
        Err(error) => format!("{violation}\n{}: {error}", path.display()).into(),
    }
}

/// What must have happened for the run to mean something.
fn demand(report: &Report, faults: &Faults, least_kills: usize) -> Result<(), servers::Error> {
    for op in work::OPERATIONS {
        if report.count([*op]) == 0 {
            return Err(format!("no {op} was answered").into());
        }
    }
    if report.count([OpCode::SetWatches, OpCode::SetWatches2]) == 0 || report.events == 0 {
        return Err("no event was told, or no watches were set again".into());
    }
    if faults.kills() < least_kills {
        return Err(format!("{} servers were killed", faults.kills()).into());
    }
    Ok(())
}
