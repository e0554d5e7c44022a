//! Where one value is left by the driver and fetched by a caller.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// A place for one value.
pub(crate) struct Slot<V>(Mutex<Content<V>>);

enum Content<V> {
    Empty,
    Awaited(Waker),
    Full(V),
    Taken,
}

impl<V> Slot<V> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Content::Empty)))
    }

    /// Leaves the value, and wakes who waits for it. A second one is dropped.
    pub(crate) fn fill(&self, value: V) {
        let mut content = lock(&self.0);
        if matches!(*content, Content::Full(_) | Content::Taken) {
            return;
        }
        let before = std::mem::replace(&mut *content, Content::Full(value));
        drop(content);
        if let Content::Awaited(waker) = before {
            waker.wake();
        }
    }

    /// Fetches the value. Pending for ever once it has been fetched.
    pub(crate) fn poll_take(&self, cx: &Context<'_>) -> Poll<V> {
        let mut content = lock(&self.0);
        match &*content {
            Content::Awaited(waker) if waker.will_wake(cx.waker()) => Poll::Pending,
            Content::Taken => Poll::Pending,
            Content::Empty | Content::Awaited(_) => {
                let before = std::mem::replace(&mut *content, Content::Awaited(cx.waker().clone()));
                drop(content); // another task's waker may run anything when it is dropped
                drop(before);
                Poll::Pending
            }
            Content::Full(_) => match std::mem::replace(&mut *content, Content::Taken) {
                Content::Full(value) => Poll::Ready(value),
                Content::Empty | Content::Awaited(_) | Content::Taken => Poll::Pending,
            },
        }
    }
}

impl<V> fmt::Debug for Slot<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").finish_non_exhaustive()
    }
}

/// Locks a mutex. Nothing panics while one of ours is held, but if it did, what they protect
/// would still be whole.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
