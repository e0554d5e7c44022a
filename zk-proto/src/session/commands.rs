//! What callers ask of a session.

use alloc::vec::Vec;

use super::link::{Closing, Link};
use super::output::{End, Event, News};
use super::queue::{Entry, Purpose};
use super::timers::{CLOSE_TIMEOUT, abandon};
use super::watches::Registration;
use super::{AuthPacket, Identification, Session};
use crate::error::{ErrorKind, Fault, Misuse, Outcome};
use crate::records::{Record, RequestHeader};
use crate::request::{Answer, Encoder, Request, WatchRequest};
use crate::wire::put_frame;
use crate::{Chroot, Error, Host, Instant};

/// A request that was submitted; also the name of the watch that it may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(u64);

/// What concerns any request: its caller's view of the tree, and how long it may take.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The part of the tree that the caller sees.
    pub chroot: &'a Chroot,
    /// When to answer with [`DeadlineExceeded`](ErrorKind::DeadlineExceeded) at the latest.
    pub deadline: Option<Instant>,
    /// Whether it may be refused.
    pub admission: Admission,
}

/// Whether a request may be refused because the queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Admission {
    /// It is refused then.
    IfRoom,
    /// It is a step of something that was let in, and has to come to its end.
    Always,
}

impl Default for Scope<'_> {
    /// The whole tree, and all the time it takes.
    fn default() -> Self {
        Self { chroot: &Chroot::ALL, deadline: None, admission: Admission::IfRoom }
    }
}

/// A request that was cancelled: what its caller had attached.
#[derive(Debug)]
pub struct Cancelled<T, W> {
    /// To the request.
    pub token: T,
    /// To the watch.
    pub watcher: Option<W>,
}

impl<T, W: Clone> Session<T, W> {
    /// Asks for an operation; `token` comes back with the answer in an [`Event::Reply`]. The
    /// request is encoded here: its place among the others is that of this call.
    ///
    /// # Errors
    ///
    /// The request is not sent, and there will be no event; the token comes back at once:
    /// [`Misuse`] if it is invalid or too large, [`ErrorKind::QueueFull`] if there is no room,
    /// or what ended the session.
    pub fn submit<R: Request>(
        &mut self,
        request: &R,
        scope: Scope<'_>,
        token: T,
    ) -> Result<RequestId, (T, Error)> {
        match self.encode(request, scope, false) {
            Ok(len) => Ok(self.enqueue(len, scope.deadline, Purpose::Request(token))),
            Err(error) => Err((token, error)),
        }
    }

    /// Asks for an operation that leaves a watch, if it succeeds. Events of the watch come with
    /// `watcher`; its name, for [`unwatch`](Self::unwatch), is that of the request.
    ///
    /// # Errors
    ///
    /// See [`submit`](Self::submit).
    pub fn submit_watch<R: WatchRequest>(
        &mut self,
        request: &R,
        scope: Scope<'_>,
        token: T,
        watcher: W,
    ) -> Result<RequestId, (T, W, Error)> {
        let path = match request.watch_path(scope.chroot) {
            Ok(path) => path,
            Err(misuse) => return Err((token, watcher, misuse.into())),
        };
        match self.encode(request, scope, true) {
            Ok(len) => {
                let kind = request.watch_kind();
                self.watches.expect(&path, kind);
                let registration = Registration { path, kind, watcher };
                let purpose = Purpose::Watch(token, registration.into());
                Ok(self.enqueue(len, scope.deadline, purpose))
            }
            Err(error) => Err((token, watcher, error)),
        }
    }

    /// Nobody waits for this request any more. If it was not sent, it never will be; if it was,
    /// it keeps its place, its answer is ignored, and a watch that it leaves is removed. `None`
    /// if it has been answered.
    pub fn cancel(&mut self, RequestId(id): RequestId) -> Option<Cancelled<T, W>> {
        let (deadline, purpose) = match self.queue.cancel(id) {
            Some(entry) => {
                if let Purpose::Watch(_, registration) = &entry.purpose {
                    self.settle(&registration.path, registration.kind);
                }
                (entry.deadline, entry.purpose)
            }
            None => {
                let entry = self.flight.find(id)?;
                (entry.deadline.take(), abandon(entry))
            }
        };
        if let Some(at) = deadline {
            self.deadlines.remove(&(at, id));
        }
        match purpose {
            Purpose::Request(token) => Some(Cancelled { token, watcher: None }),
            Purpose::Watch(token, registration) => {
                Some(Cancelled { token, watcher: Some(registration.watcher) })
            }
            Purpose::Abandoned(_)
            | Purpose::Auth(_)
            | Purpose::SetWatches
            | Purpose::AddWatch
            | Purpose::Removal(_)
            | Purpose::Close => None,
        }
    }

    /// Nobody wants this watch any more, which was set by that request at this path of the
    /// server. If it was the last to use the server's watch, that is removed as well. `None` if
    /// it has ended.
    pub fn unwatch(&mut self, path: &str, RequestId(id): RequestId) -> Option<W> {
        let (watcher, kind) = self.watches.remove(path, id)?;
        if matches!(self.link, Link::Up(_)) {
            self.watches.doubt(path, kind);
            self.remove_useless(path);
        }
        Some(watcher)
    }

    /// Adds an identity, to this connection and to all that follow; `token` comes back once a
    /// server has accepted it. If one refuses it, the session is over.
    ///
    /// # Errors
    ///
    /// The session is over.
    pub fn add_auth(&mut self, packet: AuthPacket, token: T) -> Result<(), (T, Error)> {
        if let Err(error) = self.check_open() {
            return Err((token, error));
        }
        self.auth.push(Identification { packet, waiting: Some(token) });
        if matches!(self.link, Link::Up(_)) {
            self.send_auth(self.auth.len().saturating_sub(1));
        }
        Ok(())
    }

    /// There are these servers from now on. The session moves to another one if its own is not
    /// among them, or by chance, so that all clients spread evenly. Without effect if there are
    /// none.
    pub fn replace_hosts(&mut self, now: Instant, hosts: Vec<Host>) {
        if hosts.is_empty() {
            return;
        }
        let connected = self.link_target().map(|target| target.host);
        let moves = self.endpoints.replace(hosts, connected.as_ref());
        let is_closing = matches!(&self.link, Link::Up(up) if up.closing != Closing::No);
        let looks_for_none =
            matches!(&self.link, Link::Resolving { host, .. } if !self.endpoints.has(host));
        if looks_for_none {
            self.advance(now);
        } else if moves && !is_closing {
            self.drop_link(now, Fault::Moving);
        }
    }

    /// Ends the session, once all that was submitted has been answered. Without a connection it
    /// ends at once; the servers then wait for its timeout.
    pub fn close(&mut self, now: Instant) {
        match &mut self.link {
            Link::Up(up) => {
                if up.closing == Closing::No {
                    up.closing = Closing::Requested { give_up: now + CLOSE_TIMEOUT };
                    up.search = None; // nobody is to move any more
                }
            }
            Link::Over(_) => {}
            Link::Idle { .. }
            | Link::Resolving { .. }
            | Link::Opening { .. }
            | Link::Greeting { .. }
            | Link::Authenticating { .. } => self.end(End::Closed),
        }
    }

    /// Ends this handle and leaves the session to itself: whoever has its [`Ticket`](crate::Ticket)
    /// can go on with it until it expires.
    pub fn abandon(&mut self) {
        if !matches!(self.link, Link::Over(_)) {
            self.end(End::Closed);
        }
    }

    /// Whether the session is over and [`Action::Finish`](crate::Action::Finish) has been told, or will be.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.link, Link::Over(_))
    }

    pub(super) fn answer_abandoned(&mut self, purpose: Purpose<T, W>, answer: Answer) {
        match purpose {
            Purpose::Request(token) => self.events.push_back(Event::Reply(token, answer)),
            Purpose::Watch(token, registration) => {
                self.events.push_back(Event::Reply(token, answer));
                self.events.push_back(Event::Watch(registration.watcher, News::NotSet));
            }
            Purpose::Abandoned(_)
            | Purpose::Auth(_)
            | Purpose::SetWatches
            | Purpose::AddWatch
            | Purpose::Removal(_)
            | Purpose::Close => {}
        }
    }

    /// Appends a request to the queue's bytes; returns its length.
    fn encode<R: Request>(
        &mut self,
        request: &R,
        Scope { chroot, admission, .. }: Scope<'_>,
        watch: bool,
    ) -> Result<usize, Error> {
        self.check_open()?;
        let is_let_in = admission == Admission::Always;
        if !is_let_in && !self.has_room() {
            return Err(ErrorKind::QueueFull.into());
        }
        let room = self.limits.queue_bytes.saturating_sub(self.queue.bytes());
        let is_let_in = is_let_in || self.queue.is_empty();
        let out = self.queue.buffer();
        let start = out.len();
        let encoded = put_frame(out, |out| {
            RequestHeader { xid: 0, op: request.op() }.encode(out);
            request.encode(&mut Encoder::new(out, chroot, watch))
        });
        let len = out.len().saturating_sub(start);
        let (size, limit) = (len.saturating_sub(4), self.limits.frame_out);
        let result = match encoded {
            Err(misuse) => Err(misuse.into()),
            Ok(()) if size > limit => Err(Misuse::TooLarge { size, limit }.into()),
            Ok(()) if len > room && !is_let_in => Err(ErrorKind::QueueFull.into()),
            Ok(()) => Ok(len),
        };
        if result.is_err() {
            self.queue.undo(start);
        }
        result
    }

    fn enqueue(
        &mut self,
        len: usize,
        deadline: Option<Instant>,
        purpose: Purpose<T, W>,
    ) -> RequestId {
        self.last_id = self.last_id.saturating_add(1);
        let (id, len) = (self.last_id, u32::try_from(len).unwrap_or(u32::MAX));
        if let Some(at) = deadline {
            self.deadlines.insert((at, id));
        }
        self.queue.push(Entry { id, len, deadline, purpose });
        self.stats.requests = self.stats.requests.saturating_add(1);
        RequestId(id)
    }

    fn check_open(&self) -> Result<(), Error> {
        match &self.link {
            Link::Over(end) => Err(end.error(Outcome::NotApplied)),
            Link::Up(up) if up.closing != Closing::No => {
                Err(End::Closed.error(Outcome::NotApplied))
            }
            Link::Up(_)
            | Link::Idle { .. }
            | Link::Resolving { .. }
            | Link::Opening { .. }
            | Link::Greeting { .. }
            | Link::Authenticating { .. } => Ok(()),
        }
    }
}
