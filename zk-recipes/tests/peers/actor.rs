//! One who uses recipes in another process.

use std::fmt;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use crate::peer::Peer;

/// Does one thing after the other.
pub(crate) struct Actor<'p> {
    peer: &'p Peer,
    name: String,
    answers: Receiver<String>,
}

impl<'p> Actor<'p> {
    /// Nothing takes longer, unless it hangs.
    pub(crate) const LIMIT: Duration = Duration::from_secs(40);

    pub(crate) fn new(peer: &'p Peer, name: String, answers: Receiver<String>) -> Self {
        Self { peer, name, answers }
    }

    /// Says what to do, such as `mutex acquire /path`, and waits until it is done. What it gives.
    ///
    /// # Panics
    ///
    /// If it fails, or takes too long.
    pub(crate) fn ask(&self, command: &str) -> String {
        self.tell(command);
        self.answer()
    }

    /// Says what to do.
    pub(crate) fn tell(&self, command: &str) {
        self.peer.tell(&format!("{} {command}", self.name));
    }

    /// Waits until what it was told first, of all that is not answered, is done. What it gives.
    ///
    /// # Panics
    ///
    /// If it fails, or takes too long.
    pub(crate) fn answer(&self) -> String {
        let answer = self.answers.recv_timeout(Self::LIMIT);
        let answer = answer.unwrap_or_else(|error| panic!("{self:?} does not answer: {error}"));
        match answer.strip_prefix("ok") {
            Some(told) => told.trim_start().to_owned(),
            None => panic!("{self:?}: {answer}"),
        }
    }

    /// Whether it has not yet answered to what it was told.
    pub(crate) fn is_waiting(&self) -> bool {
        self.answers.try_recv().is_err()
    }
}

impl fmt::Debug for Actor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
