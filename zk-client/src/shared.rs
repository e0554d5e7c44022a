//! What clients and driver share, and who may hold which lock.
//!
//! `core` is held for one submit or one read's worth of frames, by anyone, and never while foreign
//! code runs: no waker is woken, and nothing of a user's dropped, under it. `dispatch` belongs to
//! whoever drives; it keeps answers in order while they are handed out with `core` released. No
//! caller's thread waits for it. With TLS, the connection has a lock of its own
//! (`tls/line.rs`), which may be taken when these are held, but not the other way round.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, Weak};
use std::task::{Poll, Waker};
use std::time::Duration;

use tracing::Span;
use zk_proto::{Answer, Config, Error, Instant, Request, RequestId, Scope, Session, WatchRequest};

use crate::driver::{Clock, Host};
use crate::machine::dispatch::Dispatch;
use crate::machine::run::Run;
use crate::slot::{Slot, lock};
use crate::states::StateQueue;
use crate::watch::WatchQueue;

pub(crate) struct Shared {
    core: Mutex<Core>,
    dispatch: Mutex<Dispatch>,
    host: OnceLock<Weak<dyn Host>>,
    clock: Clock,
    /// What happens in this session, for whoever reads traces.
    pub(crate) span: Span,
    pub(crate) watch_buffer: usize,
}

pub(crate) struct Core {
    pub(crate) session: Session<Token, Watcher>,
    pub(crate) commands: VecDeque<Command>,
    last_machine: u64,
    /// When which machine wants to be stepped: with its key and its own tag.
    pub(crate) timers: BTreeSet<(Instant, u64, u64)>,
    /// Who waits for room in the queue of requests.
    waiting_for_room: Vec<Arc<Slot<Result<(), Error>>>>,
    pub(crate) states: Vec<Weak<StateQueue>>,
    driver: Option<Waker>,
    /// Whether the driver has been woken and not come yet.
    is_woken: bool,
    /// The deadline that the driver sleeps on.
    armed: Option<Instant>,
    /// Whether the transport has something to write that the session does not know of.
    pub(crate) transport_wants_transmit: bool,
}

/// Who gets an answer.
#[derive(Debug)]
pub(crate) enum Token {
    Caller(Arc<Slot<Answer>>),
    /// Somebody who added an identity.
    Auth(Arc<Slot<Result<(), Error>>>),
    Machine {
        key: u64,
        tag: u64,
    },
}

/// Who hears of a watch.
#[derive(Clone, Debug)]
pub(crate) enum Watcher {
    Queue(Arc<WatchQueue>),
    Machine { key: u64, tag: u64, turn: u64 },
}

/// What callers ask of the driver.
pub(crate) enum Command {
    Run(u64, Box<dyn Run>),
    Call(u64),
    Cancel(u64),
    /// Cancels, and wants to know when that was that.
    Stop(u64, Arc<Slot<Result<(), Error>>>),
}

impl Shared {
    pub(crate) fn new(config: Config, watch_buffer: usize, clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            core: Mutex::new(Core {
                session: Session::new(config),
                commands: VecDeque::new(),
                last_machine: 0,
                timers: BTreeSet::new(),
                waiting_for_room: Vec::new(),
                states: Vec::new(),
                driver: None,
                is_woken: false,
                armed: None,
                transport_wants_transmit: false,
            }),
            dispatch: Mutex::default(),
            host: OnceLock::new(),
            clock,
            span: tracing::debug_span!("zk_session", id = tracing::field::Empty),
            watch_buffer,
        })
    }

    pub(crate) fn now(&self) -> Instant {
        (self.clock)()
    }

    /// Asks for an operation. `wakes` says whether the driver is to be woken.
    pub(crate) fn submit<R: Request>(
        &self,
        request: &R,
        scope: Scope<'_>,
        token: Token,
        wakes: bool,
    ) -> Result<RequestId, (Token, Error)> {
        let is_timed = scope.deadline.is_some();
        self.change(wakes, is_timed, |core| core.session.submit(request, scope, token))
    }

    /// Asks for an operation that leaves a watch.
    pub(crate) fn submit_watch<R: WatchRequest>(
        &self,
        request: &R,
        scope: Scope<'_>,
        token: Token,
        watcher: Watcher,
        wakes: bool,
    ) -> Result<RequestId, (Token, Watcher, Error)> {
        let is_timed = scope.deadline.is_some();
        let submit = |core: &mut Core| core.session.submit_watch(request, scope, token, watcher);
        self.change(wakes, is_timed, submit)
    }

    /// When a request is to be answered at the latest.
    pub(crate) fn deadline(&self, timeout: Option<Duration>) -> Option<Instant> {
        timeout.map(|timeout| self.now() + timeout)
    }

    /// Hands a machine to the driver. Once the session is over there may be none.
    pub(crate) fn run(&self, machine: Box<dyn Run>) -> u64 {
        let queued = self.with(true, |core| {
            if core.session.is_over() {
                return Err(machine);
            }
            core.last_machine += 1;
            core.commands.push_back(Command::Run(core.last_machine, machine));
            Ok(core.last_machine)
        });
        queued.unwrap_or_else(|machine| Dispatch::run_alone(self, machine))
    }

    pub(crate) fn cancel_machine(&self, key: u64) {
        let _ = self.command(Command::Cancel(key)); // or it has ended
    }

    pub(crate) fn call_machine(&self, key: u64) {
        let _ = self.command(Command::Call(key)); // or it has ended
    }

    /// Cancels a machine, and fills `slot` when it has ended.
    pub(crate) fn stop_machine(&self, key: u64, slot: Arc<Slot<Result<(), Error>>>) {
        if let Err(error) = self.command(Command::Stop(key, slot.clone())) {
            slot.fill(Err(error));
        }
    }

    /// Leaves a command for the driver, unless the session is over.
    fn command(&self, command: Command) -> Result<(), Error> {
        self.with(true, |core| match core.session.final_error() {
            Some(error) => Err(error),
            None => {
                core.commands.push_back(command);
                Ok(())
            }
        })
    }

    pub(crate) fn cancel_request(&self, id: RequestId) {
        let cancelled = self.with(true, |core| core.session.cancel(id));
        drop(cancelled);
    }

    pub(crate) fn unwatch(&self, path: &str, id: RequestId) {
        let watcher = self.with(true, |core| core.session.unwatch(path, id));
        drop(watcher);
    }

    /// Gives a machine's watch up, whether its request was sent yet or not.
    pub(crate) fn give_up_watch(&self, path: &str, id: RequestId) {
        let given_up = self.with(true, |core| match core.session.cancel(id) {
            None => (None, core.session.unwatch(path, id)),
            cancelled => (cancelled, None),
        });
        drop(given_up);
    }

    pub(crate) fn close(&self) {
        let now = self.now();
        self.with(true, |core| core.session.close(now));
    }

    /// Fills `slot` once the queue has room, or the session is over.
    pub(crate) fn wait_for_room(&self, slot: &Arc<Slot<Result<(), Error>>>) {
        let (ready, result) = self.with(false, |core| {
            if core.session.has_room() || core.session.is_over() {
                (true, core.room())
            } else {
                core.waiting_for_room.push(slot.clone());
                (false, Ok(()))
            }
        });
        if ready {
            slot.fill(result);
        }
    }

    pub(crate) fn set_host(&self, host: Weak<dyn Host>) {
        let _ = self.host.set(host);
    }

    /// What helps threads to wait, if there is something.
    pub(crate) fn host(&self) -> Option<Arc<dyn Host>> {
        self.host.get().and_then(Weak::upgrade)
    }

    /// For the driver: applies an input to the session and hands out what came of it. Says whether
    /// that left something to do.
    pub(crate) fn drive(&self, input: impl FnOnce(&mut Core, Instant)) -> bool {
        let _inside = self.span.enter();
        let now = self.now();
        let mut dispatch = lock(&self.dispatch);
        let mut core = self.lock();
        input(&mut core, now);
        let mut core = dispatch.run(self, core, now);
        let room = core.take_room();
        let is_wanted = core.wants_driver(true);
        let waker = if is_wanted { core.call_driver() } else { None };
        drop(core);
        drop(dispatch);
        room.fill();
        waker.into_iter().for_each(Waker::wake);
        is_wanted
    }

    /// For the driver: gives back what a busy time needed, and a quiet one does not.
    pub(crate) fn release(&self) {
        lock(&self.dispatch).release();
    }

    /// For a thread that passes by: runs what callers asked for, unless somebody is at it.
    pub(crate) fn settle(&self) {
        loop {
            let core = self.lock();
            if !core.has_news() {
                return;
            }
            drop(core); // dispatch comes first
            let Ok(mut dispatch) = self.dispatch.try_lock() else { return };
            let now = self.now();
            drop(dispatch.run(self, self.lock(), now));
        }
    }

    /// For the driver: an output of the session, or a wake-up when there is one.
    pub(crate) fn poll<T>(
        &self,
        waker: &Waker,
        output: impl FnOnce(&mut Core, Instant) -> Option<T>,
    ) -> Poll<T> {
        let now = self.now();
        let mut core = self.lock();
        if core.has_news() {
            drop(core);
            self.settle();
            core = self.lock();
        }
        let value = output(&mut core, now);
        let room = core.take_room();
        core.is_woken = false;
        let is_known = core.driver.as_ref().is_some_and(|known| known.will_wake(waker));
        let before = if is_known { None } else { core.driver.replace(waker.clone()) };
        let came_between = core.has_news() || core.is_due_earlier();
        drop(core);
        drop(before);
        room.fill();
        if came_between {
            waker.wake_by_ref();
        }
        value.map_or(Poll::Pending, Poll::Ready)
    }

    /// For a thread that does not wait: an output of the session.
    pub(crate) fn take<T>(&self, output: impl FnOnce(&mut Core) -> T) -> T {
        self.settle();
        let mut core = self.lock();
        let value = output(&mut core);
        let room = core.take_room();
        drop(core);
        room.fill();
        value
    }

    /// Runs `f` on the core; wakes the driver if that left it something to do.
    pub(crate) fn with<T>(&self, wakes: bool, f: impl FnOnce(&mut Core) -> T) -> T {
        self.change(wakes, true, f)
    }

    /// The same; `is_timed` says whether `f` can have brought a deadline that is earlier than the
    /// others.
    fn change<T>(&self, wakes: bool, is_timed: bool, f: impl FnOnce(&mut Core) -> T) -> T {
        let mut core = self.lock();
        let result = f(&mut core);
        let wakes = wakes && !core.is_woken && core.wants_driver(is_timed);
        let waker = if wakes { core.call_driver() } else { None };
        drop(core);
        waker.into_iter().for_each(Waker::wake);
        result
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Core> {
        lock(&self.core)
    }

    pub(crate) fn wake_driver(&self) {
        let waker = self.lock().driver.clone();
        waker.into_iter().for_each(Waker::wake);
    }
}

impl Core {
    /// The next deadline, which the driver will sleep on.
    pub(crate) fn arm(&mut self) -> Option<Instant> {
        self.armed = self.next_deadline();
        self.armed
    }

    /// Whether there is something to write, or something to do that may lead to it.
    pub(crate) fn wants_transmit(&mut self) -> bool {
        self.transport_wants_transmit || !self.commands.is_empty() || self.session.wants_transmit()
    }

    /// Whether there is something for the driver to do. `is_timed` says whether the next deadline
    /// can have changed.
    fn wants_driver(&mut self, is_timed: bool) -> bool {
        self.is_busy() || (is_timed && self.is_due_earlier())
    }

    /// The driver's waker, if it has not been woken yet.
    fn call_driver(&mut self) -> Option<Waker> {
        if self.is_woken {
            return None;
        }
        self.is_woken = true;
        self.driver.clone()
    }

    /// Whether there is something to hand out, or to step.
    pub(crate) fn has_news(&self) -> bool {
        !self.commands.is_empty() || self.session.has_event() || self.session.has_turn()
    }

    /// Whether there is something to do at once.
    fn is_busy(&mut self) -> bool {
        self.session.has_action() || self.session.has_event() || self.wants_transmit()
    }

    fn is_due_earlier(&self) -> bool {
        match (self.next_deadline(), self.armed) {
            (Some(next), Some(armed)) => next < armed,
            (Some(_), None) => true,
            (None, _) => false,
        }
    }

    /// The next deadline of what callers asked for.
    pub(crate) fn next_caller_deadline(&self) -> Option<Instant> {
        let request = self.session.next_request_timeout();
        let machine = self.timers.first().map(|(at, ..)| *at);
        request.into_iter().chain(machine).min()
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let session = self.session.poll_timeout().map(|(at, _)| at);
        let machines = self.timers.first().map(|(at, ..)| *at);
        session.into_iter().chain(machines).min()
    }

    /// Those who wait for room, if there is some, or never will be.
    pub(crate) fn take_room(&mut self) -> Room {
        if self.waiting_for_room.is_empty() || !(self.session.has_room() || self.session.is_over())
        {
            return Room::None;
        }
        Room::For(std::mem::take(&mut self.waiting_for_room), self.room())
    }

    fn room(&self) -> Result<(), Error> {
        self.session.final_error().map_or(Ok(()), Err)
    }
}

/// Who is to be told that there is room, once nothing is locked.
#[must_use]
pub(crate) enum Room {
    None,
    For(Vec<Arc<Slot<Result<(), Error>>>>, Result<(), Error>),
}

impl Room {
    pub(crate) fn fill(self) {
        match self {
            Self::None => {}
            Self::For(waiting, result) => {
                waiting.iter().for_each(|slot| slot.fill(result.clone()));
            }
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}
