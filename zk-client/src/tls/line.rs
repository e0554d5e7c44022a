//! The session's connection, with TLS on it.

use std::mem;
use std::sync::{Mutex, MutexGuard};

use zk_proto::wire::{Inbox, Outbox};
use zk_proto::{Action, Host, Instant};

use super::{Stream, Tls};
use crate::shared::{Core, Shared};
use crate::slot::lock;

/// The session's connection, with TLS on it.
///
/// Its lock is never held while the core is locked or anything is handed out. Nor is it while
/// certificates are looked at, which may be for the user's code to do and take its time. It may be
/// taken with the core locked.
pub(crate) struct Line {
    tls: Tls,
    place: Mutex<Place>,
}

/// Where there is at most one connection.
struct Place {
    /// Of the connection: what belongs to another one is out of date.
    number: u64,
    state: State,
}

enum State {
    /// There is none.
    Apart,
    /// One is being made, to this host.
    Opening(Host),
    /// It is in somebody's hands, who will put it back.
    Taken,
    /// It is up.
    Open(Box<Stream>),
    /// The session has given it up; it may say goodbye.
    Leaving(Box<Stream>),
}

/// What came out of a connection.
struct Received {
    number: u64,
    is_ready: bool,
    wants_transmit: bool,
    plaintext: Inbox,
    result: Result<(), String>,
}

impl Line {
    pub(crate) fn new(tls: Tls) -> Self {
        Self { tls, place: Mutex::new(Place { number: 0, state: State::Apart }) }
    }

    pub(crate) fn tls(&self) -> &Tls {
        &self.tls
    }

    /// The adapter is about to do this.
    pub(crate) fn note(&self, action: &Action) {
        match action {
            Action::Connect(target) => drop(self.replace(State::Opening(target.host.clone()))),
            Action::Disconnect(_) => match self.replace(State::Apart) {
                State::Open(stream) | State::Leaving(stream) => {
                    drop(self.replace(State::Leaving(stream)));
                }
                State::Apart | State::Opening(_) | State::Taken => {}
            },
            Action::Resolve(_) | Action::Probe(_) | Action::Finish => {}
        }
    }

    /// The socket is up: now the handshake of TLS.
    pub(crate) fn connected(&self, shared: &Shared) {
        let Some((number, host)) = self.take_opening() else { return };
        match self.tls.connect(&host) {
            Ok(stream) => {
                self.put_back(number, stream);
                shared.drive(|core, _| core.transport_wants_transmit = true);
            }
            Err(why) => {
                shared.drive(|core, now| {
                    if self.is_current(number) {
                        core.session.handle_transport_failed(now, &why);
                    }
                });
            }
        }
    }

    /// Bytes came.
    pub(crate) fn input(&self, shared: &Shared, ciphertext: &mut Inbox) {
        let Some(mut received) = self.receive(ciphertext) else { return ciphertext.clear() };
        shared.drive(|core, now| {
            if !self.is_current(received.number) {
                return;
            }
            core.transport_wants_transmit |= received.wants_transmit;
            if received.is_ready {
                core.session.handle_connected(now);
            }
            // A record that is not whole is no sign of life: it has no deadline of its own.
            if received.plaintext.has_begun_frame() {
                core.session.handle_input(now, &mut received.plaintext);
            }
            if let Err(why) = &received.result {
                core.session.handle_transport_failed(now, why);
            }
        });
        self.give_back(received);
    }

    /// The socket is gone: returns why, as far as TLS knows better.
    pub(crate) fn disconnected(&self, why: String) -> String {
        match self.replace(State::Apart) {
            State::Open(stream) => stream.explain_end(&why),
            State::Apart | State::Opening(_) | State::Taken | State::Leaving(_) => why,
        }
    }

    /// Puts what is to be written into `outbox`, as far as it is known here, and begins to ask the
    /// session for more.
    pub(crate) fn begin_transmit(&self, outbox: &mut Outbox) -> Turn {
        let mut place = self.place();
        let number = place.number;
        let (mut plaintext, mut gone) = (None, None);
        match mem::replace(&mut place.state, State::Apart) {
            State::Open(mut stream) => {
                stream.transmit(outbox);
                if stream.has_room(outbox) {
                    plaintext = Some(mem::take(stream.outbox()));
                }
                place.state = State::Open(stream);
            }
            State::Leaving(mut stream) => {
                stream.leave(outbox);
                gone = Some(stream);
            }
            state @ (State::Apart | State::Opening(_) | State::Taken) => place.state = state,
        }
        drop(place);
        drop(gone);
        Turn { number, plaintext }
    }

    /// Encrypts what the session had.
    pub(crate) fn end_transmit(&self, shared: &Shared, turn: Turn, outbox: &mut Outbox) {
        let mut place = self.place();
        let is_current = place.number == turn.number;
        let mut wants_more = !is_current; // it asked in vain, and somebody else is to ask now
        if let State::Open(stream) = &mut place.state
            && is_current
        {
            if let Some(plaintext) = turn.plaintext {
                *stream.outbox() = plaintext;
            }
            stream.transmit(outbox);
            wants_more = stream.wants_transmit();
        }
        drop(place);
        if wants_more {
            shared.with(!is_current, |core| core.transport_wants_transmit = true);
        }
    }

    /// Decrypts. `None` if there is no connection that it can be from.
    fn receive(&self, ciphertext: &mut Inbox) -> Option<Received> {
        let mut place = self.place();
        match mem::replace(&mut place.state, State::Taken) {
            State::Open(mut stream) if stream.is_ready() => {
                let received = Received::from(place.number, &mut stream, ciphertext);
                place.state = State::Open(stream);
                Some(received)
            }
            State::Open(mut stream) => {
                let number = place.number;
                drop(place);
                let received = Received::from(number, &mut stream, ciphertext);
                self.put_back(number, stream);
                Some(received)
            }
            state @ (State::Apart | State::Opening(_) | State::Taken | State::Leaving(_)) => {
                place.state = state;
                None
            }
        }
    }

    /// Gives back what the session cannot read yet.
    fn give_back(&self, received: Received) {
        let mut place = self.place();
        let is_current = place.number == received.number;
        if let State::Open(stream) = &mut place.state
            && is_current
        {
            *stream.inbox() = received.plaintext;
        }
    }

    fn take_opening(&self) -> Option<(u64, Host)> {
        let mut place = self.place();
        match mem::replace(&mut place.state, State::Taken) {
            State::Opening(host) => Some((place.number, host)),
            state @ (State::Apart | State::Taken | State::Open(_) | State::Leaving(_)) => {
                place.state = state;
                None
            }
        }
    }

    /// Puts a connection back, unless there is to be another one by now.
    fn put_back(&self, number: u64, stream: Box<Stream>) {
        let mut place = self.place();
        if place.number == number
            && let State::Taken = place.state
        {
            place.state = State::Open(stream);
        } else {
            drop(place);
            drop(stream);
        }
    }

    /// There is another connection, or none.
    fn replace(&self, next: State) -> State {
        let mut place = self.place();
        place.number += 1;
        mem::replace(&mut place.state, next)
    }

    fn is_current(&self, number: u64) -> bool {
        self.place().number == number
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        lock(&self.place)
    }
}

/// Asking the session for what is to be written.
pub(crate) struct Turn {
    number: u64,
    /// Where to put it, if it can go at once.
    plaintext: Option<Outbox>,
}

impl Turn {
    pub(crate) fn ask(&mut self, core: &mut Core, now: Instant) {
        core.transport_wants_transmit = false;
        if let Some(plaintext) = &mut self.plaintext {
            let _ = core.session.poll_transmit(now, plaintext);
        }
    }
}

impl Received {
    fn from(number: u64, stream: &mut Stream, ciphertext: &mut Inbox) -> Self {
        let result = stream.receive(ciphertext);
        Self {
            number,
            is_ready: stream.is_ready(),
            wants_transmit: stream.wants_transmit(),
            plaintext: mem::take(stream.inbox()),
            result,
        }
    }
}
