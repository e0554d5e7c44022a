//! Two processes want to lead. The one that does is killed, as by `kill -9`, and the other one takes
//! over as soon as the servers have given up its session.
//!
//!     cargo run -p zk-recipes --example election
#![expect(clippy::print_stdout, reason = "an example talks")]

use std::io::{BufRead, BufReader, Error, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use zk_recipes::{LatchStatus, LeaderLatch};
use zk_server::Server;
use zk_tokio::Client;

/// The processes are told by their environment what to do.
pub(crate) const SERVERS: &str = "ELECTION_SERVERS";
pub(crate) const NAME: &str = "ELECTION_NAME";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if let (Ok(servers), Ok(name)) = (std::env::var(SERVERS), std::env::var(NAME)) {
        return be_candidate(&servers, &name);
    }
    let program = std::env::current_exe()?;
    let after = kill_the_leader(|| Command::new(&program))?;
    println!("it leads {after:.1?} after the other one was killed");
    Ok(())
}

/// Joins, and tells each change of its status.
pub(crate) fn be_candidate(servers: &str, name: &str) -> Result<(), Box<dyn std::error::Error>> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let connecting = Client::builder().session_timeout(Duration::from_secs(4));
        let zk = connecting.connect(servers).await?;
        let candidate = LeaderLatch::new(&zk, "/app/leader").id(name).join().await?;
        let mut statuses = candidate.statuses();
        while let Some(status) = statuses.next().await {
            match status {
                LatchStatus::Leader(term) => println!("\n{name}: {LEADS}{}", term.token),
                LatchStatus::Waiting | LatchStatus::Suspended | LatchStatus::Lost(_) => {
                    println!("\n{name}: {status:?}");
                }
            }
        }
        Ok(())
    })
}

const LEADS: &str = "leads with the token ";

/// Starts two candidates and kills the one that leads. Says how long nobody led.
pub(crate) fn kill_the_leader(
    program: impl Fn() -> Command,
) -> Result<Duration, Box<dyn std::error::Error>> {
    let server = Server::start()?;
    let start = |name: &str| {
        Process::start(program().envs([(SERVERS, &*server.connect_string()), (NAME, name)]))
    };
    let mut one = start("one")?;
    let first = one.wait_until_it_leads()?;
    let mut two = start("two")?;
    two.wait_for("Waiting")?;

    one.kill()?;
    let killed = Instant::now();
    let second = two.wait_until_it_leads()?;
    assert!(second > first, "the token has to be a later one: {first}, {second}");
    two.kill()?;
    Ok(killed.elapsed())
}

/// A candidate in a process of its own.
struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    fn start(command: &mut Command) -> Result<Self, Error> {
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().ok_or_else(|| Error::other("it has no output"))?;
        Ok(Self { child, lines: BufReader::new(stdout).lines() })
    }

    /// What comes after this text in a line that the process writes.
    fn wait_for(&mut self, text: &str) -> Result<String, Error> {
        for line in &mut self.lines {
            let line = line?;
            if let Some((_, rest)) = line.split_once(text) {
                println!("{line}");
                return Ok(rest.to_owned());
            }
        }
        Err(Error::other("the process has ended"))
    }

    fn wait_until_it_leads(&mut self) -> Result<i64, Error> {
        self.wait_for(LEADS)?.parse().map_err(Error::other)
    }

    /// Kills it at once: nothing in it runs any more.
    fn kill(&mut self) -> Result<(), Error> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}
