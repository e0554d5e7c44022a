//! One thread that serves all connections of an [`Engine`], and the calls that steer it.
//!
//! The engine and its sockets are behind one lock. The thread holds it while it carries out what
//! the network brought, not while it waits for the network. A call from outside does its work
//! itself, up to the last byte that can be written and the last connection to be closed: when it
//! returns, that has happened. Then it wakes the thread, whose next deadline may have changed.

mod connection;
mod listener;
mod sockets;
mod stream;
#[cfg(feature = "tls")]
mod subject;
#[cfg(feature = "tls")]
mod tls;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant as Moment};

use mio::{Events, Poll, Token, Waker};
use zk_proto::Instant;

use crate::clock::{Alarm, Time};
use crate::lock::{Turn, Turnstile};
use crate::{Config, Engine};
use sockets::Sockets;

pub(crate) use listener::Entrance;
pub(crate) use stream::Protocol;

/// The token of the waker; those of sockets count up from 0.
const WAKE: Token = Token(usize::MAX);

/// How many events one look at the network brings.
const EVENTS: usize = 1024;

/// How long until the thread tries again what the system refused it, such as one more descriptor.
const PATIENCE: Duration = Duration::from_millis(50);

/// A running engine. Stops when it is dropped.
pub(crate) struct Host {
    addresses: Vec<SocketAddr>,
    /// Where the members serve TLS, if they do.
    secure_addresses: Vec<SocketAddr>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread and the calls from outside share.
struct Shared {
    state: Turnstile<State>,
    waker: Waker,
    time: Time,
}

struct State {
    engine: Engine,
    sockets: Sockets,
    phase: Phase,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Serving,
    Stopped,
}

impl Host {
    /// Serves the members of an ensemble at these entrances: a plain one for each in their order,
    /// then one with TLS for each, or none at all.
    pub(crate) fn start(config: Config, entrances: Vec<Entrance>, time: Time) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKE)?;
        let sockets = Sockets::listen(poll.registry().try_clone()?, entrances)?;
        let mut addresses = sockets.addresses();
        let secure_addresses = addresses.split_off(config.members);
        let config = Config { addresses: addresses.clone(), ..config };
        let engine = Engine::new(config, Box::new(fill_with_entropy));
        let state = Turnstile::new(State { engine, sockets, phase: Phase::Serving });
        let shared = Arc::new(Shared { state, waker, time });
        if let Time::Manual(clock) = &shared.time {
            let alarm: Weak<Shared> = Arc::downgrade(&shared);
            clock.attach(alarm);
        }
        let thread = thread::Builder::new().name("zk-server".to_owned()).spawn({
            let shared = Arc::clone(&shared);
            move || shared.serve(poll)
        })?;
        Ok(Self { addresses, secure_addresses, shared, thread: Some(thread) })
    }

    /// How many members there are.
    pub(crate) fn size(&self) -> usize {
        self.addresses.len()
    }

    /// The address of a member, which stays the same.
    pub(crate) fn address(&self, member: usize) -> SocketAddr {
        self.addresses[member]
    }

    /// Where a member serves TLS, if it does.
    pub(crate) fn secure_address(&self, member: usize) -> Option<SocketAddr> {
        self.secure_addresses.get(member).copied()
    }

    /// Does something to the engine, and all that follows from it.
    pub(crate) fn control<T>(&self, act: impl FnOnce(&mut Engine, Instant) -> T) -> T {
        self.shared.control(|state, now| act(&mut state.engine, now))
    }

    /// Asks the engine something.
    pub(crate) fn inspect<T>(&self, ask: impl FnOnce(&Engine) -> T) -> T {
        ask(&self.shared.enter().engine)
    }

    /// Waits until something is true of the engine; false if that takes longer than `limit`.
    pub(crate) fn wait_until(
        &self,
        limit: Duration,
        mut holds: impl FnMut(&Engine) -> bool,
    ) -> bool {
        let deadline = Moment::now() + limit;
        loop {
            let state = self.shared.enter();
            if holds(&state.engine) {
                return true;
            }
            if !Turnstile::wait_for_change(state, deadline) {
                return false;
            }
        }
    }

    /// Kills a member: its connections are closed and new ones refused.
    pub(crate) fn kill(&self, member: usize) {
        self.shared.control(|state, now| {
            state.sockets.stop_listening(member);
            state.engine.kill(now, member);
        });
    }

    /// Starts a member that was killed, at the address it had.
    pub(crate) fn restart(&self, member: usize) -> io::Result<()> {
        self.shared.control(|state, now| {
            if !state.engine.is_up(member) {
                state.sockets.listen_again(member)?;
                state.engine.restart(now, member);
            }
            Ok(())
        })
    }
}

impl Shared {
    /// The body of the thread.
    fn serve(&self, mut poll: Poll) {
        let _closed_at_the_end = CloseAtTheEnd(self);
        let mut events = Events::with_capacity(EVENTS);
        let mut timeout = Some(Duration::ZERO);
        loop {
            // It fails when a signal arrives, and then brought nothing.
            if poll.poll(&mut events, timeout).is_err() {
                events.clear();
            }
            let mut state = self.enter();
            if state.phase == Phase::Stopped {
                return;
            }
            let now = self.time.now();
            state.step(now, &events);
            timeout = state.timeout(&self.time);
        }
    }

    fn control<T>(&self, act: impl FnOnce(&mut State, Instant) -> T) -> T {
        let mut state = self.enter();
        let now = self.time.now();
        let result = act(&mut state, now);
        let State { engine, sockets, .. } = &mut *state;
        sockets.carry_out(engine, now);
        drop(state);
        self.wake();
        result
    }

    /// Wakes the thread, now or when it next goes to sleep.
    fn wake(&self) {
        self.waker.wake().expect("an event of our own can be written");
    }

    fn enter(&self) -> Turn<'_, State> {
        self.state.enter()
    }
}

impl Alarm for Shared {
    fn due(&self) -> Option<Instant> {
        self.enter().engine.poll_timeout()
    }

    fn ring(&self) {
        self.control(|state, now| state.engine.handle_timeout(now));
    }
}

impl State {
    /// Carries out what the network and the clock brought.
    fn step(&mut self, now: Instant, events: &Events) {
        let Self { engine, sockets, .. } = self;
        if engine.poll_timeout().is_some_and(|due| due <= now) {
            engine.handle_timeout(now);
        }
        events.iter().for_each(|event| sockets.note(event));
        sockets.accept(engine, now);
        sockets.carry_out(engine, now);
        sockets.read(engine, now);
        sockets.carry_out(engine, now);
    }

    /// How long the thread may sleep.
    fn timeout(&self, time: &Time) -> Option<Duration> {
        if self.sockets.is_busy() {
            return Some(Duration::ZERO);
        }
        let again = self.sockets.is_refused().then_some(PATIENCE);
        let due = self.engine.poll_timeout().and_then(|due| time.until(due));
        again.into_iter().chain(due).min()
    }
}

/// Closes all sockets when the thread ends, also if a predicate of a rule panicked: clients and
/// tests see that rather than wait.
struct CloseAtTheEnd<'a>(&'a Shared);

impl Drop for CloseAtTheEnd<'_> {
    fn drop(&mut self) {
        let mut state = self.0.enter();
        state.phase = Phase::Stopped;
        state.sockets.close_all();
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.shared.enter().phase = Phase::Stopped;
        self.shared.wake();
        if let Some(thread) = self.thread.take() {
            // What made it panic was said where it did.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

fn fill_with_entropy(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the system has random numbers");
}
