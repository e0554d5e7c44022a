//! What the server says.

use alloc::boxed::Box;

use bytes::{Buf, Bytes};

use super::Session;
use super::link::{Closing, Link, Ping};
use super::output::{Change, End, Event, News};
use super::queue::{Entry, Purpose};
use super::removal::Removal;
use super::timers::CLOSE_TIMEOUT;
use super::watches::{Registration, WatchKind};
use crate::error::{AuthFailure, Fault, Malformed};
use crate::records::{EventType, Record, ReplyHeader, WatchedEvent};
use crate::request::Answer;
use crate::wire::{Inbox, Reader, is_tls_record};
use crate::{ErrorCode, Instant};

impl<T, W: Clone> Session<T, W> {
    /// Bytes came from the server: takes the whole frames out of `inbox`.
    pub fn handle_input(&mut self, now: Instant, inbox: &mut Inbox) {
        if !matches!(self.link, Link::Greeting { .. } | Link::Authenticating { .. } | Link::Up(_)) {
            return inbox.clear(); // from a connection that is no more
        }
        let (mut frames, waiting) = (0_usize, self.flight.len());
        loop {
            let result = match inbox.take_frame(self.limits.frame_in) {
                Ok(Some(frame)) => {
                    frames = frames.saturating_add(1);
                    self.handle_frame(now, frame)
                }
                Ok(None) => break,
                Err(fault) => Err(self.explain(fault, inbox)),
            };
            match (result, &self.link) {
                (Ok(()), Link::Greeting { .. } | Link::Authenticating { .. } | Link::Up(_)) => {}
                (Ok(()), _) => return inbox.clear(),
                (Err(fault), _) => {
                    inbox.clear();
                    return self.drop_link(now, fault);
                }
            }
        }
        self.note_heard(now, frames, inbox.has_begun_frame());
        self.note_answered(now, waiting);
    }

    /// What is wrong with a server whose bytes are not a frame.
    fn explain(&self, fault: Fault, inbox: &Inbox) -> Fault {
        let is_first = matches!(self.link, Link::Greeting { .. });
        if is_first && is_tls_record(inbox.pending()) { Fault::TlsPort } else { fault }
    }

    fn handle_frame(&mut self, now: Instant, frame: Bytes) -> Result<(), Fault> {
        let len = frame.len().saturating_add(4);
        self.stats.bytes_received = self.stats.bytes_received.saturating_add(len as u64);
        match self.link {
            Link::Up(_) => self.handle_message(frame),
            Link::Greeting { .. } => self.handle_handshake(now, &frame),
            Link::Authenticating { .. } => self.handle_sasl(now, &frame),
            Link::Idle { .. } | Link::Resolving { .. } | Link::Opening { .. } | Link::Over(_) => {
                Ok(())
            }
        }
    }

    /// The connection lives; a frame that has begun has its own deadline.
    fn note_heard(&mut self, now: Instant, frames: usize, has_begun_frame: bool) {
        let Link::Up(up) = &mut self.link else { return };
        self.heard = Some(now);
        let is_waiting = up.ping == Ping::Sent || !self.flight.is_empty();
        up.waiting = is_waiting.then_some(now);
        if frames > 0 {
            up.frame_began = None;
        }
        if has_begun_frame {
            up.frame_began.get_or_insert(now);
        }
        // A server that is still answering what came before has not lost interest.
        if let Closing::Requested { give_up } | Closing::Sent { give_up } = &mut up.closing {
            *give_up = now + CLOSE_TIMEOUT;
        }
    }

    /// Of the requests that waited, some may have been answered: a server that talks and talks, but
    /// not of them, is as good as silent.
    fn note_answered(&mut self, now: Instant, waiting: usize) {
        let Link::Up(up) = &mut self.link else { return };
        if self.flight.is_empty() {
            up.unanswered = None;
        } else if self.flight.len() < waiting {
            up.unanswered = Some(now);
        }
    }

    fn handle_message(&mut self, mut frame: Bytes) -> Result<(), Fault> {
        let header = ReplyHeader::decode(&mut Reader::new(&frame))?;
        frame.advance(ReplyHeader::LEN);
        match header.xid {
            ReplyHeader::NOTIFICATION => self.handle_notification(header.zxid, &frame),
            ReplyHeader::PING => self.handle_pong(header.err),
            _ => self.handle_reply(header, frame),
        }
    }

    fn handle_pong(&mut self, err: i32) -> Result<(), Fault> {
        if let Link::Up(up) = &mut self.link {
            up.ping = Ping::Idle;
        }
        self.heed(ErrorCode::of_reply(err))
    }

    fn handle_notification(&mut self, zxid: i64, frame: &Bytes) -> Result<(), Fault> {
        let event = WatchedEvent::decode(&mut Reader::new(frame))?;
        self.stats.notifications = self.stats.notifications.saturating_add(1);
        if event.kind == EventType::None {
            return Ok(()); // a state, which this connection tells by itself
        }
        self.last_zxid = self.last_zxid.max(zxid);
        let zxid = Some(zxid).filter(|zxid| *zxid > 0);
        let change = Change { kind: event.kind, path: event.path, zxid };
        let events = &mut self.events;
        self.watches.fire(change, |watcher, news| events.push_back(Event::Watch(watcher, news)));
        Ok(())
    }

    fn handle_reply(&mut self, header: ReplyHeader, body: Bytes) -> Result<(), Fault> {
        let entry = self.flight.pop(header.xid).ok_or(Fault::OutOfOrder)?;
        if let Some(at) = entry.deadline {
            self.deadlines.remove(&(at, entry.id));
        }
        self.last_zxid = self.last_zxid.max(header.zxid);
        let code = ErrorCode::of_reply(header.err);
        let answer = code.map_or(Ok(body), |code| Err(code.into()));
        let handled = self.handle_answer(entry, header.zxid, code, answer);
        self.heed(code)?;
        handled
    }

    /// Some codes tell of the session rather than of the request.
    pub(super) fn heed(&mut self, code: Option<ErrorCode>) -> Result<(), Fault> {
        if code == Some(ErrorCode::SessionClosedRequireSaslAuth) {
            self.end(End::AuthFailed(AuthFailure::SaslRequired));
        } else if code == Some(ErrorCode::SessionExpired) {
            self.end(End::Expired);
        } else if code == Some(ErrorCode::SessionMoved) {
            return Err(Fault::SessionMoved);
        }
        Ok(())
    }

    fn handle_answer(
        &mut self,
        entry: Entry<T, W>,
        zxid: i64,
        code: Option<ErrorCode>,
        answer: Answer,
    ) -> Result<(), Fault> {
        match entry.purpose {
            Purpose::Request(token) => {
                self.note_reply(zxid);
                self.events.push_back(Event::Reply(token, answer));
            }
            Purpose::Watch(token, registration) => {
                self.note_reply(zxid);
                self.events.push_back(Event::Reply(token, answer));
                self.register(entry.id, *registration, code);
            }
            Purpose::Abandoned(registration) => {
                self.note_reply(zxid);
                self.forget(registration, code);
            }
            Purpose::Auth(number) => self.handle_auth(number, code, answer),
            Purpose::SetWatches if code.is_some() => {
                return Err(Malformed("watches cannot be set again").into());
            }
            Purpose::Removal(removal) => self.handle_removal(*removal, code),
            Purpose::Close => self.end(End::Closed),
            Purpose::SetWatches | Purpose::AddWatch => {}
        }
        Ok(())
    }

    /// A caller's request is sent once all watches have been set again, and answered after all
    /// events up to then. Before, what they have not told must not be skipped if the connection
    /// breaks once more.
    fn note_reply(&mut self, zxid: i64) {
        self.stats.replies = self.stats.replies.saturating_add(1);
        self.told_zxid = self.told_zxid.max(zxid);
    }

    fn register(&mut self, id: u64, registration: Registration<W>, code: Option<ErrorCode>) {
        let Registration { path, kind, watcher } = registration;
        match kind.registered(code) {
            Some(registered) => {
                self.watches.register(id, registered, &path, watcher);
                if !registered.is_persistent() {
                    self.restore_persistent(&path);
                }
                self.remove_useless(&path);
            }
            None => {
                self.events.push_back(Event::Watch(watcher, News::NotSet));
                self.settle(&path, kind);
            }
        }
    }

    /// A watch that nobody waits for any more.
    fn forget(&mut self, registration: Option<Box<Registration<()>>>, code: Option<ErrorCode>) {
        let Some(registration) = registration else { return };
        let Registration { path, kind, watcher: () } = *registration;
        if let Some(registered) = kind.registered(code) {
            self.watches.doubt(&path, registered);
            if !registered.is_persistent() {
                self.restore_persistent(&path);
            }
        }
        self.settle(&path, kind);
    }

    /// A request is no longer under way that might have left a watch.
    pub(super) fn settle(&mut self, path: &str, kind: WatchKind) {
        self.watches.settle(path, kind);
        self.remove_useless(path);
    }

    /// Removes the server's watches at a path that are of no use to anybody any more.
    pub(super) fn remove_useless(&mut self, path: &str) {
        for kind in self.watches.take_useless(path) {
            if matches!(self.link, Link::Up(_)) {
                self.send_removal(Removal::new(path, kind));
            }
        }
    }

    fn handle_auth(&mut self, number: usize, code: Option<ErrorCode>, answer: Answer) {
        if matches!(code, Some(ErrorCode::SessionExpired | ErrorCode::SessionMoved)) {
            return; // about the session: the identity stands
        }
        let Some(identity) = self.auth.get_mut(number) else { return };
        let waiting = identity.waiting.take();
        let refused = code.map(|code| {
            let scheme = identity.packet.scheme.clone();
            End::AuthFailed(AuthFailure::Identity { scheme, code })
        });
        let answer = match &refused {
            Some(end) => Err(end.error(crate::Outcome::NotApplied)),
            None => answer,
        };
        self.events.extend(waiting.map(|token| Event::Reply(token, answer)));
        if let Some(end) = refused {
            self.end(end);
        }
    }

    fn handle_removal(&mut self, removal: Removal, code: Option<ErrorCode>) {
        if code == Some(ErrorCode::MarshallingError)
            && self.watches.is_free(&removal.path)
            && let Some(removal) = removal.fallback()
        {
            self.send_removal(removal);
        }
    }
}
