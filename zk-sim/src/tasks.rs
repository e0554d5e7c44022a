//! The programs of the world: futures, who wakes whom, and sleep.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use zk_client::Instant;

use crate::clock::WorldClock;

/// Who can be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sleeper {
    /// The future that the world runs until it is ready.
    Main,
    /// The driver of a client.
    Driver(usize),
    /// A task.
    Task(u64),
}

/// Who was woken and has not come yet, in the order of the calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Woken(Arc<Mutex<Vec<Sleeper>>>);

impl Woken {
    pub(crate) fn waker(&self, sleeper: Sleeper) -> Waker {
        Waker::from(Arc::new(Bell { sleeper, woken: self.clone() }))
    }

    pub(crate) fn take(&self) -> Vec<Sleeper> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Bell {
    sleeper: Sleeper,
    woken: Woken,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.0.lock().unwrap_or_else(PoisonError::into_inner).push(self.sleeper);
    }
}

/// Something that a program does.
pub(crate) struct Task {
    pub(crate) future: Pin<Box<dyn Future<Output = ()>>>,
    pub(crate) waker: Waker,
    /// The process that it is part of, which can be stopped.
    pub(crate) process: Option<usize>,
    /// Which call it was that woke it, counted over all tasks; 0 if it sleeps.
    pub(crate) call: u64,
}

/// The clock of the world, for its programs: tells the time, and lets them sleep.
///
/// ```
/// use std::time::Duration;
/// use zk_sim::World;
///
/// let mut world = World::new(7);
/// let time = world.time();
/// world.run_until(async move { time.sleep(Duration::from_secs(3600)).await });
/// assert!(world.now().to_string().starts_with("3600."));
/// ```
#[derive(Clone)]
pub struct Time {
    clock: WorldClock,
    pub(crate) alarms: Alarms,
    pub(crate) nursery: Nursery,
}

/// Tasks that were spawned and have not begun.
pub(crate) type Nursery = Rc<RefCell<Vec<Newborn>>>;
/// A task that has not begun, and the process that it is part of.
pub(crate) type Newborn = (Option<usize>, Pin<Box<dyn Future<Output = ()>>>);
/// Who sleeps until when.
pub(crate) type Alarms = Rc<RefCell<BTreeMap<(Instant, u64), Waker>>>;

impl Time {
    pub(crate) fn new(clock: WorldClock) -> Self {
        Self { clock, alarms: Rc::default(), nursery: Rc::default() }
    }

    /// The present moment, as the world has it.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Waits this long.
    pub async fn sleep(&self, time: Duration) {
        Sleep { until: self.now() + time, key: None, time: self.clone() }.await;
    }

    /// Lets something else go on beside this, until it is done.
    pub fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.nursery.borrow_mut().push((None, Box::pin(task)));
    }

    /// The same, as a part of a client's process.
    pub(crate) fn spawn_in(&self, process: usize, task: impl Future<Output = ()> + 'static) {
        self.nursery.borrow_mut().push((Some(process), Box::pin(task)));
    }

    /// Wakes those whose time has come.
    pub(crate) fn ring(&self) {
        let now = self.now();
        loop {
            let mut alarms = self.alarms.borrow_mut();
            let Some(first) = alarms.first_entry().filter(|first| first.key().0 <= now) else {
                return;
            };
            let waker = first.remove();
            drop(alarms);
            waker.wake();
        }
    }

    pub(crate) fn next_alarm(&self) -> Option<Instant> {
        self.alarms.borrow().first_key_value().map(|((at, _), _)| *at)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Time").field("now", &self.now()).finish_non_exhaustive()
    }
}

struct Sleep {
    until: Instant,
    key: Option<u64>,
    time: Time,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.until <= self.time.now() {
            return Poll::Ready(());
        }
        let alarms = self.time.alarms.clone();
        let mut alarms = alarms.borrow_mut();
        let key = self.key.unwrap_or_else(|| {
            let same = alarms.range((self.until, 0)..=(self.until, u64::MAX));
            same.last().map_or(0, |((_, key), _)| key + 1)
        });
        alarms.insert((self.until, key), cx.waker().clone());
        drop(alarms);
        self.key = Some(key);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.time.alarms.borrow_mut().remove(&(self.until, key));
        }
    }
}
