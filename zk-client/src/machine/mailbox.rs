//! What owners leave for their machines.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};

use super::Task;
use crate::slot::lock;

/// Where owners leave letters for their machine. Clones are the same.
pub struct Mailbox<V>(Arc<Mutex<Content<V>>>);

/// The machine's end of a [`Mailbox`]: it looks when it is [`Called`](super::Input::Called). What is
/// left in there when it is dropped is dropped too.
pub struct Letters<V>(Arc<Mutex<Content<V>>>);

enum Content<V> {
    Open(VecDeque<V>),
    /// The machine has ended.
    Closed,
}

impl<V> Mailbox<V> {
    /// An empty one.
    #[must_use]
    pub fn new() -> (Self, Letters<V>) {
        let content = Arc::new(Mutex::new(Content::Open(VecDeque::new())));
        (Self(content.clone()), Letters(content))
    }

    /// Leaves a letter, and calls the machine.
    ///
    /// # Errors
    ///
    /// The letter comes back: the machine has ended.
    pub fn send(&self, task: &Task, letter: V) -> Result<(), V> {
        match &mut *lock(&self.0) {
            Content::Open(letters) => letters.push_back(letter),
            Content::Closed => return Err(letter),
        }
        task.call();
        Ok(())
    }
}

impl<V> Letters<V> {
    /// The oldest letter.
    #[must_use]
    pub fn take(&self) -> Option<V> {
        match &mut *lock(&self.0) {
            Content::Open(letters) => letters.pop_front(),
            Content::Closed => None,
        }
    }
}

impl<V> Drop for Letters<V> {
    fn drop(&mut self) {
        let left = std::mem::replace(&mut *lock(&self.0), Content::Closed);
        drop(left); // no longer locked
    }
}

impl<V> Clone for Mailbox<V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<V> fmt::Debug for Mailbox<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailbox").finish_non_exhaustive()
    }
}

impl<V> fmt::Debug for Letters<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letters").finish_non_exhaustive()
    }
}
