//! Servers, each behind a proxy, and what happens to them.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use fastrand::Rng;
use zk_server::proxy::Proxy;

use crate::servers::{Error, Servers};

/// An ensemble, each of its members behind a proxy.
pub(crate) struct Rig {
    servers: Box<dyn Servers>,
    proxies: Vec<Proxy>,
}

/// How often each fault has happened.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Faults {
    pub(crate) leaders_killed: usize,
    pub(crate) followers_killed: usize,
    pub(crate) leaders_frozen: usize,
    pub(crate) followers_frozen: usize,
    pub(crate) stalls: usize,
    pub(crate) blackouts: usize,
    pub(crate) cuts: usize,
}

/// For how long all goes well in the beginning.
const QUIET: Duration = Duration::from_secs(4);

impl Rig {
    pub(crate) fn new(servers: Box<dyn Servers>) -> io::Result<Self> {
        let proxies =
            servers.addresses().into_iter().map(Proxy::start).collect::<io::Result<_>>()?;
        Ok(Self { servers, proxies })
    }

    /// Where clients connect: to the proxies.
    pub(crate) fn connect_string(&self) -> String {
        let addresses: Vec<_> = self.proxies.iter().map(Proxy::connect_string).collect();
        addresses.join(",")
    }

    /// Lets things go wrong until there is nobody any more who listens; then all is well again.
    pub(crate) fn trouble(
        &self,
        until: &Receiver<()>,
        every: Duration,
        session_timeout: Duration,
        rng: &mut Rng,
    ) -> Result<Faults, Error> {
        let mut faults = Faults::default();
        let mut round = 0;
        if until.recv_timeout(QUIET) != Err(RecvTimeoutError::Timeout) {
            return Ok(faults);
        }
        while self.cut_for(every / 2, until, rng, &mut faults) {
            match round % 2 {
                0 => self.kill(rng.bool(), rng, &mut faults)?,
                _ => self.disturb(round / 2, session_timeout, rng, &mut faults)?,
            }
            round += 1;
        }
        self.proxies.iter().for_each(|proxy| proxy.cut_after(u64::MAX));
        self.servers.leader()?;
        Ok(faults)
    }

    /// Cuts connections now and then, many in the middle of a message; false when it is over.
    fn cut_for(
        &self,
        time: Duration,
        until: &Receiver<()>,
        rng: &mut Rng,
        faults: &mut Faults,
    ) -> bool {
        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            let pause = Duration::from_millis(rng.u64(500..2000)).min(left);
            match until.recv_timeout(pause) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return false,
            }
            self.proxies[rng.usize(..self.proxies.len())].cut_after(rng.u64(1..2000));
            faults.cuts += 1;
        }
    }

    /// Kills the leader or another member, which comes back after a while.
    fn kill(&self, leader: bool, rng: &mut Rng, faults: &mut Faults) -> Result<(), Error> {
        let victim = self.victim(leader, rng)?;
        self.servers.kill(victim);
        *(if leader { &mut faults.leaders_killed } else { &mut faults.followers_killed }) += 1;
        pause(rng, 1000..3000);
        self.servers.restart(victim)
    }

    /// Something else, each in its turn.
    fn disturb(
        &self,
        turn: usize,
        session_timeout: Duration,
        rng: &mut Rng,
        faults: &mut Faults,
    ) -> Result<(), Error> {
        match turn % 4 {
            0 => {
                faults.leaders_frozen += 1;
                self.freeze(true, 3500..4500, rng)?;
            }
            1 => {
                faults.blackouts += 1;
                self.proxies.iter().for_each(Proxy::refuse);
                self.proxies.iter().for_each(Proxy::cut);
                std::thread::sleep(session_timeout.mul_f64(1.5));
                self.proxies.iter().for_each(Proxy::accept);
            }
            2 => {
                faults.followers_frozen += 1;
                self.freeze(false, 1000..4000, rng)?;
            }
            _ => {
                faults.stalls += 1;
                let proxy = &self.proxies[rng.usize(..self.proxies.len())];
                proxy.stall();
                pause(rng, 1000..4000);
                proxy.resume();
            }
        }
        Ok(())
    }

    fn freeze(
        &self,
        leader: bool,
        millis: std::ops::Range<u64>,
        rng: &mut Rng,
    ) -> Result<(), Error> {
        let victim = self.victim(leader, rng)?;
        self.servers.freeze(victim)?;
        pause(rng, millis);
        self.servers.thaw(victim)
    }

    fn victim(&self, leader: bool, rng: &mut Rng) -> Result<usize, Error> {
        let (found, size) = (self.servers.leader()?, self.proxies.len());
        match leader || size == 1 {
            true => Ok(found),
            false => Ok((found + rng.usize(1..size)) % size),
        }
    }
}

fn pause(rng: &mut Rng, millis: std::ops::Range<u64>) {
    std::thread::sleep(Duration::from_millis(rng.u64(millis)));
}

impl Faults {
    pub(crate) fn kills(&self) -> usize {
        self.leaders_killed + self.followers_killed
    }
}
