//! Looking for a server that can write, while connected to one that cannot.

use core::time::Duration;

use super::output::{Lookup, Probe, Target};
use crate::time::fraction;
use crate::{Host, Instant};

/// How long one server may take to answer, at most.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);
const FIRST_DELAY: Duration = Duration::from_millis(100);
const LAST_DELAY: Duration = Duration::from_secs(60);

/// A search: one server after another is asked, ever more seldom.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Search {
    delay: Duration,
    /// How long one server may take to answer.
    patience: Duration,
    step: Step,
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// Ask the next server then.
    Waiting { until: Instant },
    /// Its name is being looked up.
    Resolving { id: u64, host: Host, until: Instant },
    /// It was asked.
    Probing { id: u64, target: Target, until: Instant },
}

impl Search {
    /// A search that begins soon, in a session with this timeout. An adapter with a single thread
    /// may be busy with a probe until that ends: a sixth of the timeout leaves it as much before
    /// its own ping is due.
    pub(super) fn new(now: Instant, timeout: Duration) -> Self {
        let patience = PROBE_TIMEOUT.min(fraction(timeout, 1, 6));
        let step = Step::Waiting { until: now + FIRST_DELAY };
        Self { delay: FIRST_DELAY, patience, step }
    }

    /// When to call [`is_due`](Self::is_due) next.
    pub(super) fn deadline(&self) -> Instant {
        match &self.step {
            Step::Waiting { until }
            | Step::Resolving { until, .. }
            | Step::Probing { until, .. } => *until,
        }
    }

    /// Whether it is time to ask a server; gives up on one that does not answer.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        if self.deadline() > now {
            return false;
        }
        match &self.step {
            Step::Waiting { .. } => true,
            Step::Resolving { .. } | Step::Probing { .. } => {
                self.pause(now);
                false
            }
        }
    }

    /// Asks for the addresses of this server.
    pub(super) fn resolve(&mut self, now: Instant, id: u64, host: Host) -> Lookup {
        self.step = Step::Resolving { id, host: host.clone(), until: now + self.patience };
        Lookup { id, host }
    }

    /// The host whose addresses this look-up is for, if it is ours.
    pub(super) fn awaited(&self, lookup: u64) -> Option<&Host> {
        match &self.step {
            Step::Resolving { id, host, .. } if *id == lookup => Some(host),
            Step::Resolving { .. } | Step::Waiting { .. } | Step::Probing { .. } => None,
        }
    }

    /// Asks this server.
    pub(super) fn probe(&mut self, now: Instant, id: u64, target: Target) -> Probe {
        self.step = Step::Probing { id, target: target.clone(), until: now + self.patience };
        Probe { id, target, timeout: self.patience }
    }

    /// A server answered, or none did: where to go, if it can write.
    pub(super) fn answered(&mut self, now: Instant, probe: u64, answer: &[u8]) -> Option<Target> {
        match &self.step {
            Step::Probing { id, target, .. } if *id == probe => {
                if answer.trim_ascii() == b"rw" {
                    return Some(target.clone());
                }
                self.pause(now);
                None
            }
            Step::Probing { .. } | Step::Resolving { .. } | Step::Waiting { .. } => None,
        }
    }

    /// This one was not it.
    pub(super) fn pause(&mut self, now: Instant) {
        self.delay = self.delay.saturating_mul(2).min(LAST_DELAY);
        self.step = Step::Waiting { until: now + self.delay };
    }
}
