//! What is between a session and its socket.

use std::task::{Poll, Waker};

use zk_proto::wire::{Inbox, Outbox};
use zk_proto::{Action, Instant};

use crate::shared::Shared;
use crate::tls::{Line, Tls};

/// What is between a session and its socket.
pub(crate) enum Transport {
    /// Nothing.
    Plain,
    Tls(Box<Line>),
}

impl Transport {
    pub(crate) fn new(tls: Option<Tls>) -> Self {
        tls.map_or(Self::Plain, |tls| Self::Tls(Box::new(Line::new(tls))))
    }

    pub(crate) fn tls(&self) -> Option<&Tls> {
        match self {
            Self::Plain => None,
            Self::Tls(line) => Some(line.tls()),
        }
    }

    /// The adapter is about to do this.
    pub(crate) fn note(&self, action: &Action) {
        match self {
            Self::Plain => {}
            Self::Tls(line) => line.note(action),
        }
    }

    /// The socket is up.
    pub(crate) fn connected(&self, shared: &Shared) {
        match self {
            Self::Plain => {
                shared.drive(|core, now| core.session.handle_connected(now));
            }
            Self::Tls(line) => line.connected(shared),
        }
    }

    /// Bytes came. Says whether that may have left something to do.
    pub(crate) fn input(&self, shared: &Shared, inbox: &mut Inbox) -> bool {
        match self {
            Self::Plain => shared.drive(|core, now| core.session.handle_input(now, inbox)),
            Self::Tls(line) => {
                line.input(shared, inbox);
                true // TLS itself can have something to say
            }
        }
    }

    /// The socket is gone.
    pub(crate) fn disconnected(&self, shared: &Shared, why: String) {
        let (why, perhaps) = match self {
            Self::Plain => (why, ", perhaps it is for TLS, or does not serve now"),
            Self::Tls(line) => (line.disconnected(why), ""),
        };
        shared.span.in_scope(|| tracing::debug!(why, "connection lost"));
        shared.drive(|core, now| {
            // Servers do not say why when they close before they have granted a session.
            let perhaps = if core.session.state().is_connected() { "" } else { perhaps };
            core.session.handle_disconnected(now, &format!("{why}{perhaps}"));
            core.transport_wants_transmit = false;
        });
    }

    /// What is to be written, or a wake-up when there is something.
    pub(crate) fn poll_transmit(
        &self,
        shared: &Shared,
        waker: &Waker,
        outbox: &mut Outbox,
    ) -> Poll<()> {
        match self {
            Self::Plain => shared
                .poll(waker, |core, now| core.session.poll_transmit(now, outbox).then_some(())),
            Self::Tls(line) => {
                let mut turn = line.begin_transmit(outbox);
                let _ = shared.poll(waker, |core, now| {
                    turn.ask(core, now);
                    None::<()>
                });
                line.end_transmit(shared, turn, outbox);
                if outbox.is_empty() { Poll::Pending } else { Poll::Ready(()) }
            }
        }
    }

    /// What is to be written; says whether there is any.
    pub(crate) fn take_transmit(&self, shared: &Shared, now: Instant, outbox: &mut Outbox) -> bool {
        match self {
            Self::Plain => shared.take(|core| core.session.poll_transmit(now, outbox)),
            Self::Tls(line) => {
                let mut turn = line.begin_transmit(outbox);
                shared.take(|core| turn.ask(core, now));
                line.end_transmit(shared, turn, outbox);
                !outbox.is_empty()
            }
        }
    }
}
