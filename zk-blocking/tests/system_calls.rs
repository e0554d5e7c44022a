//! What a call costs in system calls, as strace counts them: one to write, one to read.
#![expect(clippy::print_stdout, reason = "it is its own harness")]
#![expect(clippy::print_stderr, reason = "strace finds these lines")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};
use std::{env, fs, hint, process, thread};

use zk_blocking::Client;
use zk_server::Server;

/// Set in the process that strace looks at.
const TRACED: &str = "ZK_BLOCKING_TRACED";

/// Calls one after the other, and calls with a pause before each.
const CALLS: usize = 1000;
const PAUSED_CALLS: usize = 50;

/// What may come besides: memory, a lock that another thread holds.
const CHANCE: usize = 20;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    if env::var_os(TRACED).is_some() {
        return calls().map(|()| ExitCode::SUCCESS);
    }
    let Some(trace) = trace()? else {
        println!("!!! SKIPPED: system calls are not counted. strace is missing, or may not trace.");
        println!("test result: ok. 0 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out");
        return Ok(ExitCode::SUCCESS);
    };
    let is_right = is_right(&trace, "calls", CALLS) & is_right(&trace, "pauses", PAUSED_CALLS);
    let result = if is_right { "ok. 1 passed; 0 failed" } else { "FAILED. 0 passed; 1 failed" };
    println!("test result: {result}; 0 ignored; 0 measured; 0 filtered out");
    Ok(if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What is traced.
fn calls() -> Result<(), Box<dyn Error>> {
    let server = Server::start()?;
    let zk = Client::builder()
        .session_timeout(Duration::from_secs(60))
        .connect(&server.connect_string())?;
    zk.create("/a", "x")?;
    zk.get("/a")?; // allocates what all calls need
    eprintln!("<calls>");
    for _ in 0..CALLS {
        zk.get("/a")?;
    }
    eprintln!("</calls>");
    let watchman = Watchman::start()?;
    eprintln!("<pauses>");
    for _ in 0..PAUSED_CALLS {
        watchman.wait_until_the_keeper_is_at_the_socket();
        zk.get("/a")?;
    }
    eprintln!("</pauses>");
    Ok(())
}

/// Looks where the session's own thread is: in another thread, since what the calling one asks of
/// the system is counted.
struct Watchman {
    wanted: Arc<AtomicUsize>,
    done: Arc<AtomicUsize>,
}

impl Watchman {
    fn start() -> Result<Self, Box<dyn Error>> {
        let keeper = keeper()?.ok_or("there is no thread of the session's")?;
        let watchman = Self { wanted: Arc::default(), done: Arc::default() };
        let (wanted, done) = (watchman.wanted.clone(), watchman.done.clone());
        thread::spawn(move || {
            loop {
                let wanted = wanted.load(SeqCst);
                if wanted > done.load(SeqCst) && is_at_the_socket(&keeper) {
                    done.store(wanted, SeqCst);
                }
                thread::yield_now();
            }
        });
        Ok(watchman)
    }

    fn wait_until_the_keeper_is_at_the_socket(&self) {
        let look = self.wanted.fetch_add(1, SeqCst) + 1;
        let end = Instant::now() + Duration::from_secs(20);
        while self.done.load(SeqCst) < look {
            assert!(Instant::now() < end, "the session's own thread does not take over");
            hint::spin_loop();
        }
    }
}

/// The session's own thread.
fn keeper() -> Result<Option<PathBuf>, Box<dyn Error>> {
    for task in fs::read_dir("/proc/self/task")? {
        let path = task?.path();
        if fs::read_to_string(path.join("comm"))?.trim() == "zk-session" {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// It polls two things there; the other one is its bell.
fn is_at_the_socket(keeper: &Path) -> bool {
    let call = fs::read_to_string(keeper.join("syscall")).unwrap_or_default();
    call.split(' ').nth(2) == Some("0x2")
}

/// What the calling thread asked of the system, a line each.
fn trace() -> Result<Option<Vec<String>>, Box<dyn Error>> {
    let file = env::temp_dir().join(format!("zk-blocking-{}.strace", process::id()));
    let mut strace = Command::new("strace");
    strace.arg("-f").arg("-o").arg(&file).arg(env::current_exe()?).env(TRACED, "1");
    let is_done = strace.output().is_ok_and(|output| output.status.success());
    let text = fs::read_to_string(&file).unwrap_or_default();
    let _ = fs::remove_file(&file);
    if !is_done || text.is_empty() {
        return Ok(None);
    }
    let caller = text.split_whitespace().next().unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.strip_prefix(caller));
    // What is interrupted by another thread's line is resumed by a second one.
    let begun = lines.map(str::trim).filter(|line| !line.starts_with("<..."));
    Ok(Some(begun.map(String::from).collect()))
}

/// Whether that many calls cost one write and one read each, and next to nothing else.
fn is_right(trace: &[String], part: &str, calls: usize) -> bool {
    let begin = trace.iter().position(|line| line.contains(&format!("\"<{part}>")));
    let end = trace.iter().position(|line| line.contains(&format!("\"</{part}>")));
    let (Some(begin), Some(end)) = (begin, end) else { return false };
    let lines = trace.get(begin..end).unwrap_or_default();
    let count = |name: &str| lines.iter().filter(|line| line.starts_with(name)).count();
    let (writes, reads) = (count("sendto("), count("recvfrom("));
    let others = lines.len() - writes - reads - count("write(2");
    println!("{part}: {calls} calls, {writes} writes, {reads} reads, {others} other system calls");
    writes <= calls && reads <= calls && others <= CHANCE
}
