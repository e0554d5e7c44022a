//! Who leads.

use std::sync::mpsc::{Receiver, channel};
use std::thread;

use zk_blocking::{Client, Error, Threads};
use zk_recipes::{Candidate, Contestant, LeaderLatch, LeaderSelector, Leadership};

use super::{Recipe, Told, unknown};

/// A candidate until it is closed.
pub(super) struct Latch {
    zk: Client,
    joined: Option<(LeaderLatch<Threads>, Candidate<Threads>)>,
}

/// A candidate for one term.
pub(super) struct Selector {
    zk: Client,
    running: Option<Running>,
    leading: Option<Leadership<Threads>>,
}

/// It waits in a thread of its own.
struct Running {
    selector: LeaderSelector<Threads>,
    elected: Receiver<Result<Leadership<Threads>, Error>>,
}

impl Running {
    fn start(selector: LeaderSelector<Threads>) -> Self {
        let (elect, elected) = channel();
        let candidate = selector.clone();
        thread::spawn(move || elect.send(candidate.lead()));
        Self { selector, elected }
    }
}

impl Latch {
    pub(super) fn new(zk: Client) -> Self {
        Self { zk, joined: None }
    }

    fn joined(&self) -> Result<&(LeaderLatch<Threads>, Candidate<Threads>), &'static str> {
        self.joined.as_ref().ok_or("it is no candidate")
    }
}

fn ids(candidates: &[Contestant]) -> String {
    let ids = candidates.iter().map(|one| String::from_utf8_lossy(&one.node.data).into_owned());
    ids.collect::<Vec<_>>().join(" ")
}

impl Recipe for Latch {
    fn run(&mut self, verb: &str, arguments: &[&str]) -> Told {
        match (verb, arguments) {
            ("start", [path, id]) => {
                let latch = LeaderLatch::new(&self.zk, path).id(id);
                let candidate = latch.join()?;
                self.joined = Some((latch, candidate));
            }
            ("wait", []) => drop(self.joined()?.1.wait_leader()?),
            ("candidates", []) => return Ok(ids(&self.joined()?.0.candidates()?)),
            ("close", []) => self.joined.take().ok_or("it is no candidate")?.1.close()?,
            _ => return unknown(verb, arguments),
        }
        Ok(String::new())
    }
}

impl Selector {
    pub(super) fn new(zk: Client) -> Self {
        Self { zk, running: None, leading: None }
    }

    fn running(&self) -> Result<&Running, &'static str> {
        self.running.as_ref().ok_or("it is no candidate")
    }
}

impl Recipe for Selector {
    fn run(&mut self, verb: &str, arguments: &[&str]) -> Told {
        match (verb, arguments) {
            ("start", [path, id]) => {
                let selector = LeaderSelector::new(&self.zk, path).id(id);
                self.running = Some(Running::start(selector));
            }
            ("wait", []) => self.leading = Some(self.running()?.elected.recv()??),
            ("candidates", []) => return Ok(ids(&self.running()?.selector.candidates()?)),
            ("close", []) => self.leading.take().ok_or("it does not lead")?.release()?,
            _ => return unknown(verb, arguments),
        }
        Ok(String::new())
    }
}
