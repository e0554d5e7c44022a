//! Tells when a session's next deadline has come.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use async_io::Timer;
use zk_client::{Driver, Instant};

/// A timer that is moved only when it would be late, since that wakes the thread which waits for
/// I/O: if it goes off early, it is set again.
pub(crate) struct Alarm {
    timer: Timer,
    /// When the timer goes off.
    wakes: Option<Instant>,
}

impl Alarm {
    pub(crate) fn new() -> Self {
        Self { timer: Timer::never(), wakes: None }
    }

    /// Ready when it is time to say so.
    pub(crate) fn poll(&mut self, driver: &Driver, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let Some(at) = driver.poll_timeout() else { return Poll::Pending };
            let left = at.saturating_since(driver.now());
            if left.is_zero() {
                return Poll::Ready(());
            }
            if self.wakes.is_none_or(|wakes| at < wakes) {
                self.timer.set_after(left);
                self.wakes = Some(at);
            }
            ready!(Pin::new(&mut self.timer).poll(cx));
            self.wakes = None;
        }
    }

    /// Has the task come back by way of the reactor. A mere wake-up would let the other tasks run,
    /// but those of an executor look at sockets and timers only when there is nothing to run, or
    /// after hundreds of turns.
    pub(crate) fn pause(&mut self, cx: &mut Context<'_>) {
        self.timer.set_after(Duration::from_secs(60));
        let _ = Pin::new(&mut self.timer).poll(cx); // only now the reactor knows whom to wake
        self.timer.set_after(Duration::ZERO);
        self.wakes = Some(Instant::ORIGIN);
    }
}
