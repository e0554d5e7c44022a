//! Waiting: for an answer, which the thread may read itself, or for what may come at any time.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use zk_client::{BlockingHost, Instant};

use super::{Link, Ready};
use crate::lock::{lock, try_lock};

impl BlockingHost for Link {
    fn wait_for_answer(&self, ready: Ready<'_>) {
        if ready(&mut Context::from_waker(Waker::noop())) {
            return;
        }
        self.called.store(true, Ordering::SeqCst);
        self.flush();
        let mut unpark = None;
        loop {
            let is_over = match self.lead() {
                Some(turn) => turn.read_until(ready),
                None => self.follow(unpark.get_or_insert_with(waker), ready),
            };
            if is_over {
                return;
            }
        }
    }

    /// Does not read: others who wait for answers would have to be handed the reading.
    fn wait_for_news(&self, until: Option<Instant>, ready: Ready<'_>) {
        if self.called.swap(false, Ordering::SeqCst) {
            self.bell.ring(); // somebody has to
        }
        let waker = waker();
        let mut cx = Context::from_waker(&waker);
        while !ready(&mut cx) {
            let left = until.map(|until| until.saturating_since(self.driver.now()));
            if left.is_some_and(|left| left.is_zero()) {
                return;
            }
            self.park(left.unwrap_or(Duration::MAX));
        }
    }
}

impl Link {
    /// Parks until the wait may be over, or it may be our turn to read. Says whether it is over.
    fn follow(&self, waker: &Waker, ready: Ready<'_>) -> bool {
        let me = thread::current();
        lock(&self.followers).threads.push(me.clone());
        let is_over = ready(&mut Context::from_waker(waker));
        if !is_over && !self.may_lead() {
            self.park(Duration::MAX);
        }
        if !self.leave(&me) && is_over {
            self.hand_on(); // it was our turn
        }
        is_over
    }

    /// Says whether this thread was still among those whose turn has not come.
    fn leave(&self, me: &Thread) -> bool {
        let threads = &mut lock(&self.followers).threads;
        let place = threads.iter().position(|thread| thread.id() == me.id());
        place.map(|place| threads.swap_remove(place)).is_some()
    }

    fn may_lead(&self) -> bool {
        try_lock(&self.reader).is_some_and(|reader| reader.is_open())
    }

    /// Parks until the next deadline, or for this time at most. Sees to what is due.
    fn park(&self, at_most: Duration) {
        let left = self.keep_time();
        if !left.is_zero() {
            thread::park_timeout(left.min(at_most));
        }
    }

    /// How long it is until the next deadline; none at all if there was one, which was seen to.
    fn keep_time(&self) -> Duration {
        self.keep(self.driver.next_timeout())
    }

    pub(super) fn keep(&self, deadline: Option<Instant>) -> Duration {
        let Some(at) = deadline else { return Duration::MAX };
        let left = at.saturating_since(self.driver.now());
        if left.is_zero() {
            self.driver.handle_timeout();
            self.flush();
        }
        left
    }
}

fn waker() -> Waker {
    Waker::from(Arc::new(Unpark(thread::current())))
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}
