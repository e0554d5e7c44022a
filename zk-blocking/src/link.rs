//! How threads share a connection: whoever waits for an answer reads it.
//!
//! A caller writes its own request. If nobody else does, it then reads until its own answer is
//! there: it leads. Those that come meanwhile park, and one of them leads when the first has left.
//! The session's own thread reads when nobody calls, and stays away from the socket while somebody
//! does.

mod turn;
mod waiting;
mod writing;

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Context;
use std::thread::Thread;

use zk_client::Driver;

use crate::bell::Bell;
use crate::lock::lock;
use crate::reader::Reader;
use crate::stream::Stream;
use crate::writer::Writer;

pub(crate) use turn::Turn;

/// Says whether a wait is over.
type Ready<'a> = &'a mut dyn FnMut(&mut Context<'_>) -> bool;

/// What the threads of a session share.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) driver: Driver,
    pub(crate) bell: Arc<Bell>,
    /// Locked by the thread that reads, for as long as it does: see [`lead`](Self::lead). Who just
    /// wanted to know whether somebody does would be taken for that thread.
    reader: Mutex<Reader>,
    /// Whether there is such a thread.
    is_led: AtomicBool,
    /// Whether it found the connection broken.
    is_broken: AtomicBool,
    /// Locked by the thread that writes. Not the same lock: the server may not read before we do.
    writer: Mutex<Writer>,
    /// Whether something was to be written that had no room.
    has_backlog: AtomicBool,
    followers: Mutex<Followers>,
    /// Whether there was a call since the session's own thread looked.
    called: AtomicBool,
}

/// Who would read if nobody else did.
#[derive(Debug, Default)]
struct Followers {
    threads: Vec<Thread>,
    /// The session's own thread, if none of them does.
    keeper: bool,
}

impl Link {
    pub(crate) fn new(driver: Driver, bell: Arc<Bell>) -> Self {
        Self {
            driver,
            bell,
            reader: Mutex::default(),
            is_led: AtomicBool::new(false),
            is_broken: AtomicBool::new(false),
            writer: Mutex::default(),
            has_backlog: AtomicBool::new(false),
            followers: Mutex::default(),
            called: AtomicBool::new(false),
        }
    }

    /// There is a connection, or none any more. Waits until nobody uses the one before, which is
    /// to be shut down.
    pub(crate) fn replace(&self, stream: Option<&Arc<Stream>>) {
        let mut reader = lock(&self.reader);
        *reader = stream.cloned().map(Reader::new).unwrap_or_default();
        self.is_broken.store(false, Ordering::SeqCst);
        drop(reader);
        *lock(&self.writer) = stream.cloned().map(Writer::new).unwrap_or_default();
        lock(&self.followers).threads.drain(..).for_each(|thread| thread.unpark());
    }

    /// Why the connection broke, if it did; told once.
    pub(crate) fn take_loss(&self) -> Option<io::Error> {
        let is_broken = self.is_broken.swap(false, Ordering::SeqCst);
        is_broken.then(|| lock(&self.reader).take_loss()).flatten()
    }

    /// Whether there was a call since [`take_called`](Self::take_called).
    pub(crate) fn is_called(&self) -> bool {
        self.called.load(Ordering::SeqCst)
    }

    /// Whether there was a call since this was last asked.
    pub(crate) fn take_called(&self) -> bool {
        self.called.swap(false, Ordering::SeqCst)
    }

    /// Whether a caller reads.
    pub(crate) fn is_led(&self) -> bool {
        self.is_led.load(Ordering::SeqCst)
    }

    /// Rings for the session's own thread when there is nobody else to read.
    pub(crate) fn ring_when_left(&self) {
        lock(&self.followers).keeper = true;
    }
}
