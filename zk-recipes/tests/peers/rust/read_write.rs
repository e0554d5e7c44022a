//! One side of a lock that many hold to read, and one to write.

use std::time::Duration;

use zk_blocking::{Client, Error, Threads};
use zk_recipes::{LockGuard, ReadWriteLock, WriteGuard};

use super::shared::{in_time, visit};
use super::{Recipe, Told, unknown};

#[derive(Clone, Copy)]
pub(super) enum Side {
    Read,
    Write,
}

enum Guard {
    Reader(LockGuard<Threads>),
    Writer(WriteGuard<Threads>),
}

pub(super) struct ReadWrite {
    zk: Client,
    side: Side,
    held: Option<Guard>,
}

impl ReadWrite {
    pub(super) fn new(zk: Client, side: Side) -> Self {
        Self { zk, side, held: None }
    }

    fn acquire(&self, lock: &ReadWriteLock<Threads>) -> Result<Guard, Error> {
        Ok(match self.side {
            Side::Read => Guard::Reader(lock.read()?),
            Side::Write => Guard::Writer(lock.write()?),
        })
    }

    fn attempt(&mut self, path: &str, limit: Duration) -> Told {
        self.held = in_time(self.acquire(&ReadWriteLock::new(&self.zk, path).within(limit)))?;
        Ok(if self.held.is_some() { "" } else { "none" }.to_owned())
    }

    fn contend(&self, path: &str, log: &str, times: usize) -> Told {
        let lock = ReadWriteLock::new(&self.zk, path);
        let kind = match self.side {
            Side::Read => "read",
            Side::Write => "write",
        };
        for _ in 0..times {
            let guard = self.acquire(&lock)?;
            visit(&self.zk, log, kind)?;
            guard.release()?;
        }
        Ok(String::new())
    }
}

impl Guard {
    fn release(self) -> Result<(), Error> {
        match self {
            Self::Reader(guard) => guard.release(),
            Self::Writer(guard) => guard.release(),
        }
    }
}

impl Recipe for ReadWrite {
    fn run(&mut self, verb: &str, arguments: &[&str]) -> Told {
        match (verb, arguments) {
            ("acquire", [path]) => {
                self.held = Some(self.acquire(&ReadWriteLock::new(&self.zk, path))?);
            }
            ("attempt", [path, millis]) => {
                return self.attempt(path, Duration::from_millis(millis.parse()?));
            }
            ("release", []) => self.held.take().ok_or("it has no lock")?.release()?,
            ("contend", [path, log, times]) => return self.contend(path, log, times.parse()?),
            _ => return unknown(verb, arguments),
        }
        Ok(String::new())
    }
}
