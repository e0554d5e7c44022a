//! The time of the world, and what each process makes of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use zk_client::Instant;

/// The time of the world. Shared with the clocks of the clients, which tell it when they are asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct WorldClock(Arc<AtomicU64>);

/// The clock of one process: it can be ahead, and it can stand still.
#[derive(Clone, Debug)]
pub(crate) struct ProcessClock {
    world: WorldClock,
    skew: Arc<Skew>,
}

#[derive(Debug)]
struct Skew {
    /// Nanoseconds by which it is ahead of the world.
    ahead: AtomicI64,
    /// What it shows while it stands still; [`RUNNING`] if it does not.
    standing: AtomicU64,
}

const RUNNING: u64 = u64::MAX;

impl WorldClock {
    pub(crate) fn now(&self) -> Instant {
        from_nanos(self.0.load(Ordering::Relaxed))
    }

    pub(crate) fn set(&self, now: Instant) {
        self.0.store(nanos(now.saturating_since(Instant::ORIGIN)), Ordering::Relaxed);
    }
}

impl ProcessClock {
    /// A clock that shows `start` now.
    pub(crate) fn new(world: &WorldClock, ahead: Duration) -> Self {
        let ahead = AtomicI64::new(signed(nanos(ahead)));
        let skew = Skew { ahead, standing: AtomicU64::new(RUNNING) };
        Self { world: world.clone(), skew: Arc::new(skew) }
    }

    /// What it shows.
    pub(crate) fn now(&self) -> Instant {
        match self.skew.standing.load(Ordering::Relaxed) {
            RUNNING => from_nanos(self.shifted(self.world.0.load(Ordering::Relaxed))),
            standing => from_nanos(standing),
        }
    }

    /// When, in the time of the world, it will show this; `None` while it stands still.
    pub(crate) fn when(&self, local: Instant) -> Option<Instant> {
        if self.skew.standing.load(Ordering::Relaxed) != RUNNING {
            return None;
        }
        let local = nanos(local.saturating_since(Instant::ORIGIN));
        let ahead = self.skew.ahead.load(Ordering::Relaxed);
        Some(from_nanos(local.saturating_add_signed(ahead.saturating_neg())))
    }

    /// Leaps forward.
    pub(crate) fn leap(&self, by: Duration) {
        self.skew.ahead.fetch_add(signed(nanos(by)), Ordering::Relaxed);
    }

    /// Stands still from now on.
    pub(crate) fn stop(&self) {
        let now = nanos(self.now().saturating_since(Instant::ORIGIN));
        self.skew.standing.store(now, Ordering::Relaxed);
    }

    /// Goes on: from where it stands, or from where it would be.
    pub(crate) fn resume(&self, catches_up: bool) {
        let standing = self.skew.standing.swap(RUNNING, Ordering::Relaxed);
        if standing != RUNNING && !catches_up {
            let world = self.world.0.load(Ordering::Relaxed);
            let ahead = signed(standing).saturating_sub(signed(world));
            self.skew.ahead.store(ahead, Ordering::Relaxed);
        }
    }

    fn shifted(&self, world: u64) -> u64 {
        world.saturating_add_signed(self.skew.ahead.load(Ordering::Relaxed))
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn signed(nanos: u64) -> i64 {
    i64::try_from(nanos).unwrap_or(i64::MAX)
}

fn from_nanos(nanos: u64) -> Instant {
    Instant::since_origin(Duration::from_nanos(nanos))
}
