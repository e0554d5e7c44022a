//! What happens when nothing happens.

use core::time::Duration;

use super::Session;
use super::link::{Closing, Link, Ping, Up};
use super::output::{End, Reason};
use super::queue::{Entry, Purpose};
use super::watches::Registration;
use crate::error::{ErrorKind, Fault, Outcome};
use crate::time::fraction;
use crate::{Error, Instant};

/// How long the answer to closeSession may take when nothing else comes either.
pub(super) const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

impl<T, W: Clone> Session<T, W> {
    /// When to call [`handle_timeout`](Self::handle_timeout) next, and why. May change after
    /// anything.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<(Instant, Reason)> {
        let link = match &self.link {
            Link::Idle { retry_at } => Some((*retry_at, Reason::Reconnect)),
            Link::Resolving { give_up, .. }
            | Link::Opening { give_up, .. }
            | Link::Greeting { give_up, .. }
            | Link::Authenticating { give_up, .. } => Some((*give_up, Reason::ConnectTimeout)),
            Link::Up(up) => up.deadline(self.timeout),
            Link::Over(_) => None,
        };
        let expiry = self.expiry().map(|at| (at, Reason::Expiry));
        let deadline = self.deadlines.first().map(|(at, _)| (*at, Reason::Deadline));
        [link, expiry, deadline].into_iter().flatten().min()
    }

    /// When the first of the requests that wait is to be answered at the latest.
    #[must_use]
    pub fn next_request_timeout(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// When the present attempt to connect will be given up; `None` if there is none.
    #[must_use]
    pub fn attempt_ends(&self) -> Option<Instant> {
        match &self.link {
            Link::Resolving { give_up, .. }
            | Link::Opening { give_up, .. }
            | Link::Greeting { give_up, .. }
            | Link::Authenticating { give_up, .. } => Some(*give_up),
            Link::Idle { .. } | Link::Up(_) | Link::Over(_) => None,
        }
    }

    /// Time passed. Without effect before the moment that [`poll_timeout`](Self::poll_timeout)
    /// told; never late: what is overdue is done now.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.answer_overdue(now);
        self.heard.get_or_insert(now); // a resumed session is not known to be dead
        if self.expiry().is_some_and(|at| at <= now) {
            return self.end(End::Expired);
        }
        match &mut self.link {
            Link::Idle { retry_at } if *retry_at <= now => self.advance(now),
            Link::Resolving { give_up, host, .. } if *give_up <= now => {
                let host = host.clone();
                self.endpoints.failed(host, None, "the look-up of the name took too long");
                self.advance(now);
            }
            Link::Opening { give_up, .. }
            | Link::Greeting { give_up, .. }
            | Link::Authenticating { give_up, .. }
                if *give_up <= now =>
            {
                self.drop_link(now, Fault::ConnectTimeout);
            }
            Link::Up(_) => self.check_connection(now),
            Link::Idle { .. }
            | Link::Resolving { .. }
            | Link::Opening { .. }
            | Link::Greeting { .. }
            | Link::Authenticating { .. }
            | Link::Over(_) => {}
        }
    }

    /// When the session must have expired for want of a connection: a third of its timeout
    /// later than the server can have said so.
    pub(super) fn expiry(&self) -> Option<Instant> {
        if matches!(self.link, Link::Up(_) | Link::Over(_)) || !self.identity.is_session() {
            return None;
        }
        self.heard.map(|at| at + fraction(self.timeout, 4, 3))
    }

    fn check_connection(&mut self, now: Instant) {
        let Link::Up(up) = &mut self.link else { return };
        let timers = up.timers(self.timeout);
        let due = timers.into_iter().flatten().filter(|(at, _)| *at <= now);
        for reason in due.map(|(_, reason)| reason) {
            match reason {
                Reason::Silence => return self.drop_link(now, Fault::Silent),
                Reason::Stall => return self.drop_link(now, Fault::Stalled),
                Reason::Close => return self.end(End::Closed),
                Reason::Ping => {
                    self.release();
                    self.send_ping();
                }
                Reason::Search => self.search(now),
                Reason::Reconnect | Reason::ConnectTimeout | Reason::Expiry | Reason::Deadline => {}
            }
        }
    }

    fn search(&mut self, now: Instant) {
        let Link::Up(up) = &mut self.link else { return };
        if up.search.as_mut().is_some_and(|search| search.is_due(now)) {
            self.look_around(now);
        }
    }

    /// Answers the requests whose deadline has passed. What was sent keeps its place; its answer
    /// will be ignored.
    fn answer_overdue(&mut self, now: Instant) {
        while let Some((_, id)) = self.deadlines.first().filter(|(at, _)| *at <= now).copied() {
            self.deadlines.pop_first();
            if let Some(entry) = self.queue.cancel(id) {
                self.answer(entry, Err(overdue(Outcome::NotApplied)));
            } else if let Some(entry) = self.flight.find(id) {
                let entry = abandon(entry);
                self.answer_abandoned(entry, Err(overdue(Outcome::Unknown)));
            }
        }
    }

    /// Gives back what a busy time needed and a quiet one does not.
    fn release(&mut self) {
        self.queue.release();
        self.flight.release();
        if self.events.is_empty() {
            self.events.shrink_to_fit();
        }
    }
}

impl Up {
    fn deadline(&self, timeout: Duration) -> Option<(Instant, Reason)> {
        self.timers(timeout).into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    /// The verdicts before the others.
    fn timers(&self, timeout: Duration) -> [Option<(Instant, Reason)>; 6] {
        let third = self.third;
        let two_thirds = third.saturating_mul(2);
        let close = match self.closing {
            Closing::No => None,
            Closing::Requested { give_up } | Closing::Sent { give_up } => Some(give_up),
        };
        let ping = match self.ping {
            Ping::Idle => Some(self.sent + third),
            Ping::Sent => None,
        };
        [
            close.map(|at| (at, Reason::Close)),
            self.waiting.map(|since| (since + third, Reason::Silence)),
            self.unanswered.map(|since| (since + timeout, Reason::Silence)),
            self.frame_began.map(|since| (since + two_thirds, Reason::Stall)),
            ping.map(|at| (at, Reason::Ping)),
            self.search.as_ref().map(|search| (search.deadline(), Reason::Search)),
        ]
    }
}

/// Takes the caller out of a request that was sent. The request keeps its place, and the
/// expectation of a watch its count.
pub(super) fn abandon<T, W>(entry: &mut Entry<T, W>) -> Purpose<T, W> {
    let purpose = core::mem::replace(&mut entry.purpose, Purpose::Abandoned(None));
    if let Purpose::Watch(_, registration) = &purpose {
        let (path, kind) = (registration.path.clone(), registration.kind);
        let orphan = Registration { path, kind, watcher: () };
        entry.purpose = Purpose::Abandoned(Some(orphan.into()));
    }
    purpose
}

fn overdue(outcome: Outcome) -> Error {
    ErrorKind::DeadlineExceeded(outcome).into()
}
