//! Threads that wait.

use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use zk_proto::Instant;

use crate::shared::Shared;

impl Shared {
    /// Blocks this thread until the answer to what it asked for is there.
    pub(crate) fn wait_for_answer<T>(
        &self,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> T {
        loop {
            let Some(host) = self.host() else {
                self.wake_driver(); // nobody else sends it
                return park(poll);
            };
            let mut result = None;
            host.wait_for_answer(&mut |cx| is_ready(poll(cx), &mut result));
            if let Some(value) = result {
                return value;
            }
        }
    }

    /// Blocks this thread until there is something, or until that moment.
    pub(crate) fn wait_for_news<T>(
        &self,
        until: Option<Instant>,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Option<T> {
        let left = || until.map_or(Duration::MAX, |until| until.saturating_since(self.now()));
        loop {
            let Some(host) = self.host() else { return park_for(left, &mut poll) };
            let mut result = None;
            host.wait_for_news(until, &mut |cx| is_ready(poll(cx), &mut result));
            if result.is_some() || left().is_zero() {
                return result;
            }
        }
    }
}

/// Keeps the value.
fn is_ready<T>(poll: Poll<T>, result: &mut Option<T>) -> bool {
    match poll {
        Poll::Ready(value) => {
            *result = Some(value);
            true
        }
        Poll::Pending => false,
    }
}

/// Parks this thread until `poll` is ready.
pub(crate) fn park<T>(mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> T {
    loop {
        if let Some(value) = park_for(|| Duration::MAX, &mut poll) {
            return value;
        }
    }
}

/// Parks this thread until `poll` is ready, or no time is left.
fn park_for<T>(
    left: impl Fn() -> Duration,
    poll: &mut dyn FnMut(&mut Context<'_>) -> Poll<T>,
) -> Option<T> {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut cx = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(value) = poll(&mut cx) {
            return Some(value);
        }
        let left = left();
        if left.is_zero() {
            return None;
        }
        thread::park_timeout(left);
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
