//! Where a server has the time from.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use zk_proto::Instant;

/// A clock that the test holds: it stands still until it is told how far to go.
///
/// Clones are the same clock, and one clock can be that of several servers.
///
/// ```
/// use std::time::Duration;
/// use zk_server::{Clock, Server};
///
/// let clock = Clock::manual();
/// let server = Server::builder().clock(&clock).start()?;
/// clock.advance(Duration::from_secs(3600)); // whoever sent no ping by then has expired now
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Clock {
    shared: Arc<Mutex<Hands>>,
}

/// What is done when time has passed.
pub(crate) trait Alarm: Send + Sync {
    /// The next moment at which something falls due.
    fn due(&self) -> Option<Instant>;
    /// Does all that is due by now.
    fn ring(&self);
}

struct Hands {
    now: Instant,
    /// Where those who move it will have moved it to.
    goal: Instant,
    alarms: Vec<Weak<dyn Alarm>>,
}

impl Clock {
    /// A clock that stands still.
    #[must_use]
    pub fn manual() -> Self {
        let (now, goal) = (Instant::ORIGIN, Instant::ORIGIN);
        Self { shared: Arc::new(Mutex::new(Hands { now, goal, alarms: Vec::new() })) }
    }

    /// Lets this much time pass. All that falls due on the way happens at its own moment and in its
    /// order; when this returns, it has happened, and what it says to clients has been sent.
    pub fn advance(&self, by: Duration) {
        let end = self.set_goal(by);
        loop {
            let alarms = self.alarms();
            let due = alarms.iter().filter_map(|alarm| alarm.due()).min();
            let next = due.map_or(end, |due| due.min(end));
            self.move_to(next);
            alarms.iter().for_each(|alarm| alarm.ring());
            if next == end {
                return;
            }
        }
    }

    /// How much time has passed since it was made.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.now().saturating_since(Instant::ORIGIN)
    }

    pub(crate) fn now(&self) -> Instant {
        self.hands().now
    }

    pub(crate) fn attach(&self, alarm: Weak<dyn Alarm>) {
        self.hands().alarms.push(alarm);
    }

    /// Several who move it at once move it by the sum.
    fn set_goal(&self, by: Duration) -> Instant {
        let mut hands = self.hands();
        hands.goal = hands.goal + by;
        hands.goal
    }

    /// Never back, whoever else moves it meanwhile.
    fn move_to(&self, moment: Instant) {
        let mut hands = self.hands();
        hands.now = hands.now.max(moment);
    }

    /// Those that are still there.
    fn alarms(&self) -> Vec<Arc<dyn Alarm>> {
        let mut hands = self.hands();
        hands.alarms.retain(|alarm| alarm.strong_count() > 0);
        hands.alarms.iter().filter_map(Weak::upgrade).collect()
    }

    /// Held for moments only, so that whoever holds the lock of a server can ask for the time.
    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.elapsed()).finish()
    }
}

/// The clock of a server: that of the system, or one that a test holds.
#[derive(Debug)]
pub(crate) enum Time {
    System(std::time::Instant),
    Manual(Clock),
}

impl Time {
    pub(crate) fn system() -> Self {
        Self::System(std::time::Instant::now())
    }

    pub(crate) fn now(&self) -> Instant {
        match self {
            Self::System(start) => Instant::since_origin(start.elapsed()),
            Self::Manual(clock) => clock.now(),
        }
    }

    /// How long to sleep until then; for ever, if only a test can make it that late.
    pub(crate) fn until(&self, due: Instant) -> Option<Duration> {
        match self {
            Self::System(_) => Some(due.saturating_since(self.now())),
            Self::Manual(_) => None,
        }
    }
}
