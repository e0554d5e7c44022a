//! One of several leases.

use std::num::ParseIntError;
use std::time::Duration;

use zk_blocking::{Client, Threads};
use zk_recipes::{Leases, Semaphore};

use super::shared::{in_time, visit};
use super::{Recipe, Told, node_name, unknown};

pub(super) struct One {
    zk: Client,
    held: Option<Leases<Threads>>,
}

impl One {
    pub(super) fn new(zk: Client) -> Self {
        Self { zk, held: None }
    }

    fn semaphore(&self, path: &str, leases: &str) -> Result<Semaphore<Threads>, ParseIntError> {
        Ok(Semaphore::new(&self.zk, path, leases.parse()?))
    }

    fn hold(&mut self, leases: Leases<Threads>) -> String {
        let node = leases.nodes().first().map_or("", |own| &own.path);
        let name = node_name(node);
        self.held = Some(leases);
        name
    }

    fn contend(&self, semaphore: &Semaphore<Threads>, log: &str, times: usize) -> Told {
        for _ in 0..times {
            let lease = semaphore.acquire(1)?;
            visit(&self.zk, log, "lease")?;
            lease.release()?;
        }
        Ok(String::new())
    }
}

impl Recipe for One {
    fn run(&mut self, verb: &str, arguments: &[&str]) -> Told {
        match (verb, arguments) {
            ("acquire", [path, leases]) => {
                let leases = self.semaphore(path, leases)?.acquire(1)?;
                Ok(self.hold(leases))
            }
            ("attempt", [path, leases, millis]) => {
                let limit = Duration::from_millis(millis.parse()?);
                let leases = in_time(self.semaphore(path, leases)?.within(limit).acquire(1))?;
                Ok(leases.map_or_else(|| "none".to_owned(), |leases| self.hold(leases)))
            }
            ("release", []) => {
                self.held.take().ok_or("it has no lease")?.release()?;
                Ok(String::new())
            }
            ("contend", [path, leases, log, times]) => {
                self.contend(&self.semaphore(path, leases)?, log, times.parse()?)
            }
            _ => unknown(verb, arguments),
        }
    }
}
