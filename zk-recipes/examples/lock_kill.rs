//! Two processes want one lock. The one that has it is killed, as by `kill -9`: the other gets it
//! when the servers give up the session of the dead one.
//!
//!     cargo run -p zk-recipes --example lock_kill
#![expect(clippy::print_stdout, reason = "an example talks")]

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, io};

use zk_recipes::Lock;
use zk_server::Server;
use zk_tokio::Client;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const SESSION_TIMEOUT: Duration = Duration::from_secs(4);

fn main() -> Result<()> {
    match env::args().nth(1) {
        Some(servers) => contend(&servers),
        None => oversee(),
    }
}

/// One process: takes the lock, says so, and keeps it.
#[tokio::main]
async fn contend(servers: &str) -> Result<()> {
    let zk = Client::builder().session_timeout(SESSION_TIMEOUT).connect(servers).await?;
    println!("waits");
    let guard = Lock::new(&zk, "/lock").acquire().await?;
    println!("has the lock, token {}", guard.fencing_token());
    std::future::pending().await
}

fn oversee() -> Result<()> {
    let server = Server::start()?;
    let mut first = Contender::start(&server)?;
    println!("the first {}", first.says()?);
    let token = first.says()?;
    println!("the first {token}");
    let mut second = Contender::start(&server)?;
    println!("the second {}", second.says()?);

    first.process.kill()?; // SIGKILL: nobody says goodbye
    first.process.wait()?;
    let killed = Instant::now();
    println!("the first is killed");
    let next = second.says()?;
    println!("the second {next}, {:.1?} later", killed.elapsed());
    assert!(token != next && token.starts_with("has"), "each has a token of its own");
    Ok(())
}

struct Contender {
    process: Child,
    output: BufReader<ChildStdout>,
}

impl Contender {
    fn start(server: &Server) -> Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        let mut process = command.arg(server.connect_string()).stdout(Stdio::piped()).spawn()?;
        let output = process.stdout.take().ok_or("it has no output")?;
        Ok(Self { process, output: BufReader::new(output) })
    }

    /// The next line that it prints.
    fn says(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Contender {
    fn drop(&mut self) {
        let _ = self.process.kill(); // it may be dead
        let _ = self.process.wait();
    }
}
