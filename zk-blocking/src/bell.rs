//! What the session's own thread sleeps on: a socket, and a bell that other threads can ring.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Wake, Waker};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::stream::Stream;

/// A bell: a pipe with one byte in it at most.
#[derive(Debug)]
pub(crate) struct Bell {
    reader: PipeReader,
    writer: PipeWriter,
    has_rung: AtomicBool,
}

/// Why a sleep is over: because of neither if the time is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Woken {
    /// It has rung. Whoever is told of this has to see to it: it is told once.
    pub(crate) has_rung: bool,
    /// The socket is ready.
    pub(crate) is_ready: bool,
}

impl Bell {
    pub(crate) fn new() -> io::Result<Arc<Self>> {
        let (reader, writer) = io::pipe()?;
        Ok(Arc::new(Self { reader, writer, has_rung: AtomicBool::new(false) }))
    }

    pub(crate) fn ring(&self) {
        if !self.has_rung.swap(true, Ordering::SeqCst) {
            // Into an empty pipe, which we keep open: this neither fails nor blocks.
            let _ = (&self.writer).write(&[1]);
        }
    }

    /// A waker that rings it, as long as there is one.
    pub(crate) fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(Arc::new(Ringer(Arc::downgrade(self))))
    }

    /// Sleeps until it rings, the time is over, or the socket is ready for that.
    pub(crate) fn sleep(&self, at_most: Duration, stream: Option<(&Stream, PollFlags)>) -> Woken {
        let mut fds = vec![PollFd::new(&self.reader, PollFlags::IN)];
        if let Some((stream, interest)) = stream.filter(|(_, interest)| !interest.is_empty()) {
            fds.push(PollFd::new(stream, interest));
        }
        let timeout = Timespec::try_from(at_most).ok(); // what is too long is for ever
        if poll(&mut fds, timeout.as_ref()).is_err() {
            return Woken { has_rung: true, is_ready: false }; // a signal came
        }
        let is_ready = |fd: Option<&PollFd<'_>>| fd.is_some_and(|fd| !fd.revents().is_empty());
        let woken = Woken { has_rung: is_ready(fds.first()), is_ready: is_ready(fds.get(1)) };
        if woken.has_rung {
            let _ = (&self.reader).read(&mut [0]);
            self.has_rung.store(false, Ordering::SeqCst);
        }
        woken
    }
}

struct Ringer(Weak<Bell>);

impl Wake for Ringer {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.upgrade().iter().for_each(|bell| bell.ring());
    }
}
