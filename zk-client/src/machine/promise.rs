//! Answers that a machine leaves for others than who started it.

use std::fmt;
use std::sync::Arc;

use zk_proto::{Error, ErrorKind, Outcome};

use crate::slot::Slot;

/// An answer that somebody waits for, made by [`Client::promised`](crate::Client::promised). If it
/// is dropped, they are told that it was cancelled.
#[must_use = "somebody waits for it"]
pub struct Promise<T>(Arc<Slot<Result<T, Error>>>);

impl<T> Promise<T> {
    pub(super) fn new(slot: Arc<Slot<Result<T, Error>>>) -> Self {
        Self(slot)
    }

    /// Leaves the answer.
    pub fn fulfil(self, answer: Result<T, Error>) {
        self.0.fill(answer);
    }

    /// Whether nobody waits any more.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        self.0.fill(Err(ErrorKind::Cancelled(Outcome::Unknown).into()));
    }
}

impl<T> fmt::Debug for Promise<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Promise").field("is_abandoned", &self.is_abandoned()).finish()
    }
}
