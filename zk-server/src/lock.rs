//! A lock that is fair, that says when what it protects has changed, and that fails where another
//! one would wait for itself.
//!
//! Fair, since a test may well ask a server something in a tight loop, and the server's thread
//! must have its turn too: that of the standard library lets the fastest in.

use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// A value that threads use one after the other, in the order in which they asked for it.
pub(crate) struct Turnstile<T> {
    turns: Mutex<Turns>,
    moved: Condvar,
    value: Mutex<T>,
}

/// Who is next. All numbers only grow.
struct Turns {
    /// That of the next one to come.
    next: u64,
    /// Whose it is now, or will be as soon as its owner has noticed.
    current: u64,
    /// How often the value may have changed.
    changes: u64,
}

/// The value, for as long as this is held.
pub(crate) struct Turn<'a, T> {
    turnstile: &'a Turnstile<T>,
    /// There until the turn ends.
    value: Option<MutexGuard<'a, T>>,
    is_changed: bool,
    _inside: Inside,
}

impl<T> Turnstile<T> {
    pub(crate) fn new(value: T) -> Self {
        let turns = Mutex::new(Turns { next: 0, current: 0, changes: 0 });
        Self { turns, moved: Condvar::new(), value: Mutex::new(value) }
    }

    /// Waits for its turn, also after somebody panicked in theirs.
    ///
    /// # Panics
    ///
    /// If this thread has a turn already, here or at another server.
    pub(crate) fn enter(&self) -> Turn<'_, T> {
        let inside = Inside::enter();
        let mut turns = self.turns();
        let own = turns.next;
        turns.next += 1;
        while turns.current != own {
            turns = self.moved.wait(turns).unwrap_or_else(PoisonError::into_inner);
        }
        drop(turns);
        let value = self.value.lock().unwrap_or_else(PoisonError::into_inner);
        Turn { turnstile: self, value: Some(value), is_changed: false, _inside: inside }
    }

    /// Waits until the value has changed since that turn, which ends; false if it has not until
    /// then.
    pub(crate) fn wait_for_change(turn: Turn<'_, T>, until: Instant) -> bool {
        let this = turn.turnstile;
        // Nobody changes anything before it ends.
        let seen = this.turns().changes;
        drop(turn);
        let mut turns = this.turns();
        while turns.changes == seen {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = this.moved.wait_timeout(turns, left);
            turns = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Deref for Turn<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect("the turn goes on")
    }
}

impl<T> DerefMut for Turn<'_, T> {
    /// Whoever can change it counts as having changed it.
    fn deref_mut(&mut self) -> &mut T {
        self.is_changed = true;
        self.value.as_mut().expect("the turn goes on")
    }
}

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        self.value = None;
        let mut turns = self.turnstile.turns();
        turns.current += 1;
        turns.changes += u64::from(self.is_changed);
        drop(turns);
        self.turnstile.moved.notify_all();
    }
}

thread_local! {
    /// Whether this thread has a turn.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
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
