//! A lock that one holds.

use std::time::Duration;

use zk_blocking::{Client, Threads};
use zk_recipes::{Lock, LockGuard};

use super::shared::{in_time, increment};
use super::{Recipe, Told, node_name, unknown};

pub(super) struct Mutex {
    zk: Client,
    held: Option<LockGuard<Threads>>,
}

impl Mutex {
    pub(super) fn new(zk: Client) -> Self {
        Self { zk, held: None }
    }

    fn acquire(&mut self, path: &str) -> Told {
        Ok(self.hold(Lock::new(&self.zk, path).acquire()?))
    }

    fn attempt(&mut self, path: &str, limit: Duration) -> Told {
        let guard = in_time(Lock::new(&self.zk, path).within(limit).acquire())?;
        Ok(guard.map_or_else(|| "none".to_owned(), |guard| self.hold(guard)))
    }

    fn hold(&mut self, guard: LockGuard<Threads>) -> String {
        let name = node_name(guard.node());
        self.held = Some(guard);
        name
    }

    fn guard(&self) -> Result<&LockGuard<Threads>, &'static str> {
        self.held.as_ref().ok_or("it has no lock")
    }

    fn release(&mut self) -> Told {
        self.held.take().ok_or("it has no lock")?.release()?;
        Ok(String::new())
    }

    /// Waits until somebody asks for the lock.
    fn asked(&self) -> Told {
        let asked = self.guard()?.revocation_requests().any(|is_requested| is_requested);
        if asked { Ok(String::new()) } else { Err("the lock is lost".into()) }
    }

    /// Which numbers it wrote, each with the node that held the lock then.
    fn contend(&self, path: &str, counter: &str, times: usize) -> Told {
        let lock = Lock::new(&self.zk, path);
        let mut turns = Vec::new();
        for _ in 0..times {
            let guard = lock.acquire()?;
            let number = increment(&self.zk, counter)?;
            turns.push(format!("{number}={}", node_name(guard.node())));
            guard.release()?;
        }
        Ok(turns.join(" "))
    }
}

impl Recipe for Mutex {
    fn run(&mut self, verb: &str, arguments: &[&str]) -> Told {
        match (verb, arguments) {
            ("acquire" | "revocable", [path]) => self.acquire(path),
            ("attempt", [path, millis]) => {
                self.attempt(path, Duration::from_millis(millis.parse()?))
            }
            ("asked", []) => self.asked(),
            ("revoke", [node]) => {
                Lock::new(&self.zk, "/").request_revocation(node)?;
                Ok(String::new())
            }
            ("release", []) => self.release(),
            ("contend", [path, counter, times]) => self.contend(path, counter, times.parse()?),
            _ => unknown(verb, arguments),
        }
    }
}
