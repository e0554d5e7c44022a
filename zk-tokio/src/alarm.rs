//! Tells when a session's next deadline has come.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};
use zk_client::Driver;

/// A timer that is moved only when it would be late: if it goes off early, it is set again.
pub(crate) struct Alarm(Pin<Box<Sleep>>);

/// Where it stands before it is set: later than any deadline.
const FAR: Duration = Duration::from_secs(86_400 * 365);

impl Alarm {
    pub(crate) fn new() -> Self {
        Self(Box::pin(sleep_until(Instant::now() + FAR)))
    }

    /// Ready when it is time to say so.
    pub(crate) fn poll(&mut self, driver: &Driver, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let Some(at) = driver.poll_timeout() else { return Poll::Pending };
            let left = at.saturating_since(driver.now());
            if left.is_zero() {
                return Poll::Ready(());
            }
            let at = Instant::now() + left;
            if at < self.0.deadline() || self.0.is_elapsed() {
                self.0.as_mut().reset(at);
            }
            ready!(self.0.as_mut().poll(cx));
        }
    }
}
