//! Reading: the right to do so, and how it is handed on.

use std::sync::MutexGuard;
use std::sync::atomic::Ordering;
use std::task::{Context, Waker};

use super::{Link, Ready};
use crate::lock::{lock, try_lock};
use crate::reader::Reader;

impl Link {
    /// Makes this thread the one that reads, if there is a connection and nobody else does.
    pub(crate) fn lead(&self) -> Option<Turn<'_>> {
        let reader = try_lock(&self.reader)?;
        if !reader.is_open() {
            return None;
        }
        self.is_led.store(true, Ordering::SeqCst);
        Some(Turn { link: self, reader: Some(reader) })
    }

    pub(super) fn hand_on(&self) {
        let mut followers = lock(&self.followers);
        // The last to come waits longest, and spares the others their turns.
        if let Some(thread) = followers.threads.pop() {
            thread.unpark();
        } else if std::mem::take(&mut followers.keeper) {
            self.bell.ring();
        }
    }
}

/// The right to read. It is handed on when this is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    link: &'a Link,
    reader: Option<MutexGuard<'a, Reader>>,
}

impl Turn<'_> {
    /// Reads until `ready` says so; false if the connection broke before.
    pub(super) fn read_until(mut self, ready: Ready<'_>) -> bool {
        // Nobody else answers us while we read, but for the end of the connection.
        let mut cx = Context::from_waker(Waker::noop());
        let Some(reader) = &mut self.reader else { return false };
        while !ready(&mut cx) {
            if !reader.is_open() {
                return false;
            }
            // The session's own thread keeps the time of the connection, and can end it.
            let left = self.link.keep(self.link.driver.next_caller_timeout());
            if !left.is_zero() {
                reader.wait(&self.link.driver, left);
                self.link.flush();
            }
        }
        true
    }

    /// Reads what has come, a few times. Gives way to a caller.
    pub(crate) fn read_some(mut self) {
        let Some(reader) = &mut self.reader else { return };
        for _ in 0..READS_PER_TURN {
            if self.link.is_called() || !reader.read_now(&self.link.driver) {
                return;
            }
            self.link.flush();
        }
    }
}

/// How often the session's own thread reads before it looks at the time.
const READS_PER_TURN: usize = 16;

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let link = self.link;
        if self.reader.as_ref().is_some_and(|reader| !reader.is_open()) {
            link.is_broken.store(true, Ordering::SeqCst);
            link.bell.ring();
        }
        link.is_led.store(false, Ordering::SeqCst);
        self.reader = None;
        link.hand_on();
    }
}
