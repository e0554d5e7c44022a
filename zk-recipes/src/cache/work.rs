//! What a cache has to ask, and what it has asked.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::below::Below;

/// How many requests are in flight at most: enough to keep a server busy over a long line, few
/// beside the thousand that a session may have.
pub(super) const WINDOW: usize = 128;

/// What there is to ask about a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// Its data and stat.
    Read = 1,
    /// The names of its children, and its stat.
    List = 2,
    /// Its stat.
    Check = 4,
}

/// What there is to ask, of each node one thing at a time.
#[derive(Debug)]
pub(super) struct Work {
    jobs: BTreeMap<Arc<str>, Job>,
    /// Those with something to ask and nothing in flight. A job may have been forgotten since.
    queue: VecDeque<Arc<str>>,
    flights: Vec<Flight>,
    /// The numbers of those that are free.
    free: Vec<usize>,
}

/// What is to be asked about one node.
#[derive(Debug, Default)]
struct Job {
    /// A set of [`Ask`]s.
    wanted: u8,
    flight: Option<usize>,
}

#[derive(Debug)]
enum Flight {
    Free,
    Going(Arc<str>, Ask),
}

impl Work {
    pub(super) fn new() -> Self {
        Self {
            jobs: BTreeMap::new(),
            queue: VecDeque::new(),
            flights: (0..WINDOW).map(|_| Flight::Free).collect(),
            free: (0..WINDOW).collect(),
        }
    }

    /// Asks this about a node, after what is in flight about it.
    pub(super) fn want(&mut self, path: &Arc<str>, ask: Ask) {
        let job = self.jobs.entry(path.clone()).or_default();
        if job.wanted == 0 && job.flight.is_none() {
            self.queue.push_back(path.clone());
        }
        job.wanted |= ask as u8;
    }

    /// What to ask now, and the number of its flight, if there is anything and room for it.
    pub(super) fn depart(&mut self) -> Option<(usize, Arc<str>, Ask)> {
        while self.has_room() {
            let path = self.queue.pop_front()?;
            let Some(job) = self.jobs.get_mut(&path) else { continue };
            if job.flight.is_some() {
                continue;
            }
            let (Some(ask), Some(number)) = (job.take(), self.free.pop()) else { continue };
            job.flight = Some(number);
            self.flights[number] = Flight::Going(path.clone(), ask);
            return Some((number, path, ask));
        }
        None
    }

    /// A flight has come back: what was asked, unless the node was forgotten meanwhile.
    pub(super) fn arrive(&mut self, number: usize) -> Option<(Arc<str>, Ask)> {
        let flight = std::mem::replace(self.flights.get_mut(number)?, Flight::Free);
        let Flight::Going(path, ask) = flight else { return None };
        self.free.push(number);
        let job = self.jobs.get_mut(&path).filter(|job| job.flight == Some(number))?;
        job.flight = None;
        if job.wanted == 0 {
            self.jobs.remove(&path);
        } else {
            self.queue.push_back(path.clone());
        }
        Some((path, ask))
    }

    /// Whether something is asked about this node, or will be.
    pub(super) fn concerns(&self, path: &str) -> bool {
        self.jobs.contains_key(path)
    }

    /// Whether there is room for another flight.
    pub(super) fn has_room(&self) -> bool {
        !self.free.is_empty()
    }

    /// Whether there is nothing to ask and nothing asked.
    pub(super) fn is_done(&self) -> bool {
        self.jobs.is_empty()
    }

    /// There is nothing to ask about this node; what is in flight does not matter.
    pub(super) fn forget(&mut self, path: &str) {
        self.jobs.remove(path);
    }

    /// The same for all that are below it.
    pub(super) fn forget_below(&mut self, path: &str) {
        let below = self.jobs.range(Below::new(path));
        let gone: Vec<_> = below.map(|(path, _)| path.clone()).collect();
        gone.iter().for_each(|path| self.forget(path));
    }
}

impl Job {
    /// What is asked first.
    fn take(&mut self) -> Option<Ask> {
        let wants = |ask: &Ask| self.wanted & *ask as u8 != 0;
        let ask = [Ask::Read, Ask::List, Ask::Check].into_iter().find(wants)?;
        self.wanted &= !(ask as u8);
        Some(ask)
    }
}
