//! A lock that says so when its holder asks for it again, where others wait for ever.

use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

thread_local! {
    /// Whether this thread is inside of a server.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Locks, also after somebody panicked while holding the lock.
///
/// # Panics
///
/// If this thread holds a lock of a server already.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> Guard<'_, T> {
    let inside = Inside::enter();
    let guard = mutex.lock().unwrap_or_else(PoisonError::into_inner);
    Guard { guard, inside }
}

/// The lock, as long as it is held.
pub(crate) struct Guard<'a, T> {
    guard: MutexGuard<'a, T>,
    inside: Inside,
}

impl<T> Guard<'_, T> {
    /// Lets go of the lock until the condition was told, or the time has passed.
    pub(crate) fn wait(self, condition: &Condvar, limit: Duration) -> Self {
        let Self { guard, inside } = self;
        let waited = condition.wait_timeout(guard, limit);
        Self { guard: waited.unwrap_or_else(PoisonError::into_inner).0, inside }
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

struct Inside;

impl Inside {
    fn enter() -> Self {
        let already = INSIDE.with(|inside| inside.replace(true));
        assert!(!already, "a rule or a question to a server must not call a server");
        Self
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.with(|inside| inside.set(false));
    }
}
