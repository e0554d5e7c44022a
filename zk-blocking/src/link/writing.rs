//! Writing: callers write their own requests; what has no room is left to the session's own thread.

use std::sync::atomic::Ordering;

use super::Link;
use crate::lock::{lock, try_lock};
use crate::writer::Progress;

impl Link {
    /// Writes what there is to write, unless somebody is at it, who then does. What has no room is
    /// left to the session's own thread.
    pub(crate) fn flush(&self) {
        while self.driver.wants_transmit()
            && let Some(mut writer) = try_lock(&self.writer)
        {
            if self.has_backlog.load(Ordering::SeqCst) {
                return;
            }
            match writer.write(&self.driver) {
                Progress::Written => {}
                Progress::Nothing => {
                    drop(writer);
                    return self.ring_if_wanted();
                }
                Progress::NoRoom => {
                    self.has_backlog.store(true, Ordering::SeqCst);
                    return self.bell.ring();
                }
                Progress::Closed => {
                    drop(writer);
                    return self.driver.handle_timeout(); // what needs no connection can begin
                }
            }
        }
    }

    /// The same for the session's own thread, which sees to what had no room. Says whether there
    /// is still something of that.
    pub(crate) fn flush_backlog(&self) -> bool {
        // Without a look at the lock: who holds it would have to wake us.
        while self.has_backlog.load(Ordering::SeqCst) || self.driver.wants_transmit() {
            let mut writer = lock(&self.writer);
            let progress = writer.write(&self.driver);
            self.has_backlog.store(progress == Progress::NoRoom, Ordering::SeqCst);
            drop(writer);
            match progress {
                Progress::Written => {}
                Progress::Nothing => {
                    self.ring_if_wanted();
                    break;
                }
                Progress::NoRoom | Progress::Closed => break,
            }
        }
        self.has_backlog.load(Ordering::SeqCst)
    }

    /// There was nothing to write, and still there is: a thread that hands out answers holds it up,
    /// or one has asked just now, and found that somebody was writing. We come back to it.
    fn ring_if_wanted(&self) {
        if self.driver.wants_transmit() {
            self.bell.ring();
        }
    }

    /// Writes the last that there is, as far as that goes without waiting: nobody will read an
    /// answer.
    pub(crate) fn say_goodbye(&self) {
        let _ = lock(&self.writer).write(&self.driver);
    }
}
