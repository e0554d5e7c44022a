//! The owner's end of a machine.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::slot::Slot;
use crate::view::Hold;
use crate::{Client, Mode, Reply};

/// A machine at work. It keeps the session open; dropping it cancels the machine.
#[must_use = "dropping it cancels the machine"]
pub struct Task {
    hold: Arc<Hold>,
    key: u64,
}

impl Task {
    pub(super) fn new(hold: Arc<Hold>, key: u64) -> Self {
        Self { hold, key }
    }

    /// Steps the machine with [`Input::Called`](super::Input::Called): something was left for it.
    pub fn call(&self) {
        self.hold.shared().call_machine(self.key);
    }

    /// Cancels the machine and waits until it has ended.
    ///
    /// # Errors
    ///
    /// What it has ended in, or that the session was over before.
    pub fn stop<M: Mode>(self) -> M::Output<()> {
        let (shared, slot) = (self.hold.shared().clone(), Slot::new());
        shared.stop_machine(self.key, slot.clone());
        M::finish(Reply::left(shared, slot))
    }

    /// A client of the machine's session.
    #[must_use]
    pub fn client<M: Mode>(&self) -> Client<M> {
        Client { hold: self.hold.clone(), mode: PhantomData }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.hold.shared().cancel_machine(self.key);
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").finish_non_exhaustive()
    }
}
