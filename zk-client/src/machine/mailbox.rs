//! What owners leave for their machines.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};

use super::Task;
use crate::slot::lock;

/// Letters for a machine. The machine and its owners have a clone each; the machine looks when it
/// is [`Called`](super::Input::Called).
pub struct Mailbox<V>(Arc<Mutex<VecDeque<V>>>);

impl<V> Mailbox<V> {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::default())
    }

    /// Leaves a letter, and calls the machine.
    pub fn send(&self, task: &Task, letter: V) {
        lock(&self.0).push_back(letter);
        task.call();
    }

    /// The oldest letter.
    #[must_use]
    pub fn take(&self) -> Option<V> {
        lock(&self.0).pop_front()
    }
}

impl<V> Default for Mailbox<V> {
    fn default() -> Self {
        Self::new()
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
