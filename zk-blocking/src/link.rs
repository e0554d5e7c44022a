//! How threads share a connection: whoever waits for an answer reads it.
//!
//! A caller writes its own request. If nobody else does, it then reads until its own answer is
//! there: it leads. Those that come meanwhile park, and one of them leads when the first has left.
//! The session's own thread reads when nobody calls, and stays away from the socket while somebody
//! does.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use zk_client::{BlockingHost, Driver, Instant};

use crate::bell::Bell;
use crate::lock::{lock, try_lock};
use crate::reader::Reader;
use crate::stream::Stream;
use crate::writer::{Progress, Writer};

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

impl BlockingHost for Link {
    fn wait_for_answer(&self, ready: Ready<'_>) {
        if ready(&mut Context::from_waker(Waker::noop())) {
            return;
        }
        self.called.store(true, Ordering::SeqCst);
        self.flush();
        let mut unpark = None;
        loop {
            let is_over = match self.lead() {
                Some(turn) => turn.read_until(ready),
                None => self.follow(unpark.get_or_insert_with(waker), ready),
            };
            if is_over {
                return;
            }
        }
    }

    /// Does not read: others who wait for answers would have to be handed the reading.
    fn wait_for_news(&self, until: Option<Instant>, ready: Ready<'_>) {
        if self.called.swap(false, Ordering::SeqCst) {
            self.bell.ring(); // somebody has to
        }
        let waker = waker();
        let mut cx = Context::from_waker(&waker);
        while !ready(&mut cx) {
            let left = until.map(|until| until.saturating_since(self.driver.now()));
            if left.is_some_and(|left| left.is_zero()) {
                return;
            }
            self.park(left.unwrap_or(Duration::MAX));
        }
    }
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

    /// Makes this thread the one that reads, if there is a connection and nobody else does.
    pub(crate) fn lead(&self) -> Option<Turn<'_>> {
        let reader = try_lock(&self.reader)?;
        if !reader.is_open() {
            return None;
        }
        self.is_led.store(true, Ordering::SeqCst);
        Some(Turn { link: self, reader: Some(reader) })
    }

    /// Parks until the wait may be over, or it may be our turn to read. Says whether it is over.
    fn follow(&self, waker: &Waker, ready: Ready<'_>) -> bool {
        let me = thread::current();
        lock(&self.followers).threads.push(me.clone());
        let is_over = ready(&mut Context::from_waker(waker));
        if !is_over && !self.may_lead() {
            self.park(Duration::MAX);
        }
        if !self.leave(&me) && is_over {
            self.hand_on(); // it was our turn
        }
        is_over
    }

    /// Says whether this thread was still among those whose turn has not come.
    fn leave(&self, me: &Thread) -> bool {
        let threads = &mut lock(&self.followers).threads;
        let place = threads.iter().position(|thread| thread.id() == me.id());
        place.map(|place| threads.swap_remove(place)).is_some()
    }

    fn may_lead(&self) -> bool {
        try_lock(&self.reader).is_some_and(|reader| reader.is_open())
    }

    /// Parks until the next deadline, or for this time at most. Sees to what is due.
    fn park(&self, at_most: Duration) {
        let left = self.keep_time();
        if !left.is_zero() {
            thread::park_timeout(left.min(at_most));
        }
    }

    /// How long it is until the next deadline; none at all if there was one, which was seen to.
    fn keep_time(&self) -> Duration {
        self.keep(self.driver.next_timeout())
    }

    fn keep(&self, deadline: Option<Instant>) -> Duration {
        let Some(at) = deadline else { return Duration::MAX };
        let left = at.saturating_since(self.driver.now());
        if left.is_zero() {
            self.driver.handle_timeout();
            self.flush();
        }
        left
    }

    fn hand_on(&self) {
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
    fn read_until(mut self, ready: Ready<'_>) -> bool {
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

fn waker() -> Waker {
    Waker::from(Arc::new(Unpark(thread::current())))
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}
