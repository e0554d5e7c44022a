//! Which server to try next, and when.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::SocketAddr;
use core::time::Duration;

use super::output::{Failure, Target};
use crate::Host;
use crate::random::Random;
use crate::time::fraction;

/// The servers, in the order in which they are tried. A round tries each of them, and each address
/// of each; after a round without success there is a pause, and the names are looked up anew.
#[derive(Debug)]
pub(super) struct Endpoints {
    hosts: Vec<Host>,
    /// Which host is next.
    next: usize,
    /// How many hosts of this round have had their turn.
    tried: usize,
    /// The host whose turn it is, if it is a name, and those of its addresses that have not been
    /// tried.
    current: Option<Box<(Host, VecDeque<SocketAddr>)>>,
    /// Where to go before everything else; nearly never there is such a place.
    preferred: Option<Box<Target>>,
    /// The longest pause after this round.
    pause: Duration,
    /// The latest failure of each server.
    failures: Vec<Failure>,
    random: Random,
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Resolve(Host),
    Connect(Target),
    Pause(Duration),
}

impl Endpoints {
    /// The pause after the first round without success: up to this, by chance.
    const FIRST_PAUSE: Duration = Duration::from_millis(100);
    /// The pause after many: up to this.
    const LAST_PAUSE: Duration = Duration::from_secs(10);
    /// Of more failures, the oldest are not kept.
    const KEPT_FAILURES: usize = 64;

    pub(super) fn new(mut hosts: Vec<Host>, mut random: Random) -> Self {
        random.shuffle(&mut hosts);
        hosts.shrink_to_fit();
        let (current, preferred, failures) = (None, None, Vec::new());
        let pause = Self::FIRST_PAUSE;
        Self { hosts, next: 0, tried: 0, current, preferred, pause, failures, random }
    }

    pub(super) fn random(&mut self) -> u64 {
        self.random.next()
    }

    /// How many servers there are, at least one.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.hosts.len()).unwrap_or(u32::MAX).max(1)
    }

    /// What to do next; a pause is this long at most.
    pub(super) fn next(&mut self, patience: Duration) -> Next {
        if let Some(target) = self.preferred.take() {
            return Next::Connect(*target);
        }
        if let Some((host, addresses)) = self.current.as_deref_mut()
            && let Some(address) = addresses.pop_front()
        {
            return Next::Connect(Target { host: host.clone(), address });
        }
        if self.tried >= self.hosts.len() {
            self.tried = 0;
            return Next::Pause(self.next_pause(patience));
        }
        let host = self.advance();
        self.tried = self.tried.saturating_add(1);
        match host.address() {
            Some(address) => {
                let address = SocketAddr::new(address, host.port);
                Next::Connect(Target { host, address })
            }
            None => Next::Resolve(host),
        }
    }

    /// The host whose turn it is has these addresses.
    pub(super) fn resolved(&mut self, host: Host, mut addresses: Vec<SocketAddr>) {
        self.random.shuffle(&mut addresses);
        self.current = Some(Box::new((host, addresses.into())));
    }

    /// A server could not be reached.
    pub(super) fn failed(&mut self, host: Host, address: Option<SocketAddr>, why: &str) {
        self.failures.retain(|failure| (&failure.host, failure.address) != (&host, address));
        if self.failures.len() >= Self::KEPT_FAILURES {
            self.failures.remove(0);
        }
        self.failures.push(Failure { host, address, why: printable(why) });
    }

    /// The latest failure of each server.
    pub(super) fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// A connection was of use: the next one may be tried at once, from a new round.
    pub(super) fn succeeded(&mut self) {
        self.tried = 0;
        self.current = None;
        self.pause = Self::FIRST_PAUSE;
        self.failures.clear();
    }

    /// Go there first.
    pub(super) fn prefer(&mut self, target: Target) {
        self.preferred = Some(target.into());
    }

    /// A host to look at beside the connection, other than this one if there are others.
    pub(super) fn look_around(&mut self, besides: &Host) -> Host {
        let host = self.advance();
        if host == *besides { self.advance() } else { host }
    }

    /// One of these addresses by chance, other than this one if there are others: behind one name
    /// can be a whole ensemble.
    pub(super) fn pick(
        &mut self,
        mut addresses: Vec<SocketAddr>,
        besides: SocketAddr,
    ) -> Option<SocketAddr> {
        if addresses.iter().any(|address| *address != besides) {
            addresses.retain(|address| *address != besides);
        }
        self.random.shuffle(&mut addresses);
        addresses.pop()
    }

    /// Whether this is one of the servers.
    pub(super) fn has(&self, host: &Host) -> bool {
        self.hosts.contains(host)
    }

    /// There are these servers from now on, at least one. Says whether a client that is connected
    /// to `connected` should move, so that all clients spread over the new list
    /// (`StaticHostProvider.updateServerList`, ZOOKEEPER-1355).
    pub(super) fn replace(&mut self, hosts: Vec<Host>, connected: Option<&Host>) -> bool {
        let old = core::mem::take(&mut self.hosts);
        let (kept, added): (Vec<_>, Vec<_>) = hosts.into_iter().partition(|h| old.contains(h));
        let odds = self.odds(&kept, &added, old.len(), connected);
        (self.next, self.tried, self.current) = (0, 0, None);
        self.preferred = None;
        self.failures.retain(|failure| kept.contains(&failure.host));
        match odds {
            Some((numerator, denominator)) => {
                self.hosts = self.draw(kept, added, numerator, denominator);
                true
            }
            None => {
                self.hosts = [kept, added].concat();
                self.random.shuffle(&mut self.hosts);
                false
            }
        }
    }

    /// The chance to draw one of the kept servers rather than one of the added; `None` to stay.
    fn odds(
        &mut self,
        kept: &[Host],
        added: &[Host],
        old: usize,
        connected: Option<&Host>,
    ) -> Option<(u64, u64)> {
        let connected = connected?;
        let stays = kept.contains(connected) || added.contains(connected);
        let [kept, added, old] = [kept.len(), added.len(), old].map(|len| len as u64);
        let total = kept.saturating_add(added);
        match (total > old, stays) {
            // More servers: each client moves to a new one with the chance that evens the load.
            (true, true) => self.random.chance(total.saturating_sub(old), total).then_some((0, 1)),
            (true, false) => Some((0, 1)),
            (false, true) => None,
            (false, false) => Some((
                kept.saturating_mul(old.saturating_sub(total)),
                total.saturating_mul(old.saturating_sub(kept)),
            )),
        }
    }

    /// All servers, in an order drawn by chance: each time a kept one `numerator` times in
    /// `denominator`.
    fn draw(
        &mut self,
        mut kept: Vec<Host>,
        mut added: Vec<Host>,
        numerator: u64,
        denominator: u64,
    ) -> Vec<Host> {
        self.random.shuffle(&mut kept);
        self.random.shuffle(&mut added);
        let mut order = Vec::new();
        loop {
            let keep = self.random.chance(numerator, denominator);
            let (first, second) =
                if keep { (&mut kept, &mut added) } else { (&mut added, &mut kept) };
            match first.pop().or_else(|| second.pop()) {
                Some(host) => order.push(host),
                None => return order,
            }
        }
    }

    fn advance(&mut self) -> Host {
        let host = self.hosts.get(self.next).or_else(|| self.hosts.first()).cloned();
        self.next = self.next.saturating_add(1).checked_rem(self.hosts.len()).unwrap_or(0);
        host.unwrap_or_else(|| Host::new("", 0))
    }

    /// Anything from a tenth of the longest pause to all of it, so that clients which lost one
    /// server do not come back as one.
    fn next_pause(&mut self, patience: Duration) -> Duration {
        let longest = self.pause.min(patience.max(Self::FIRST_PAUSE));
        self.pause = fraction(longest, 3, 2).min(Self::LAST_PAUSE);
        let shortest = fraction(longest, 1, 10);
        let span = longest.saturating_sub(shortest).as_micros();
        let extra = self.random.below(u64::try_from(span).unwrap_or(u64::MAX).saturating_add(1));
        shortest.saturating_add(Duration::from_micros(extra))
    }
}

/// For people: what a resolver or a transport says can be long, and hold anything.
fn printable(why: &str) -> Box<str> {
    let printable: String = why.chars().filter(|c| !c.is_control()).take(200).collect();
    printable.trim().to_string().into()
}
