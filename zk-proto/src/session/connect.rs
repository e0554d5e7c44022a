//! Finding a server, the handshake, and losing the connection again.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::net::SocketAddr;
use core::time::Duration;

use bytes::Bytes;

use super::Session;
use super::endpoints::Next;
use super::link::{Closing, Identity, Link, Ping, Rearm, Up};
use super::output::{Action, End, Event, Lookup, News, State, Target};
use super::queue::{Entry, Purpose};
use super::search::Search;
use super::ticket::Ticket;
use super::watches::Cursor;
use crate::Instant;
use crate::error::{ErrorKind, Fault, Malformed, Outcome};
use crate::records::{ConnectRequest, ConnectResponse, Record, ReplyHeader};
use crate::request::Answer;
use crate::time::fraction;
use crate::wire::{Reader, put_frame};

/// A connection that lasted this long was of use: if it breaks, the next attempt comes at once.
const OF_USE: Duration = Duration::from_secs(1);

/// The version by which ClickHouse Keeper says that it has no leader.
const NO_LEADER: i32 = 42;

impl<T, W: Clone> Session<T, W> {
    /// A look-up has ended: these are the addresses of the name, or this is why there are none.
    /// Without effect if nobody waits for it any more.
    pub fn handle_resolved(
        &mut self,
        now: Instant,
        lookup: u64,
        addresses: Result<Vec<SocketAddr>, &str>,
    ) {
        match &mut self.link {
            Link::Resolving { lookup: awaited, host, give_up } if *awaited == lookup => {
                let (host, give_up) = (host.clone(), *give_up);
                match addresses {
                    Ok(addresses) if !addresses.is_empty() => {
                        self.endpoints.resolved(host, addresses);
                        // One deadline spans name, transport and handshake.
                        return self.advance_until(now, give_up);
                    }
                    Ok(_) => self.endpoints.failed(host, None, "the name has no address"),
                    Err(why) => self.endpoints.failed(host, None, why),
                }
                self.advance(now);
            }
            Link::Up(up) => {
                let Some(search) = &mut up.search else { return };
                let Some(host) = search.awaited(lookup).cloned() else { return };
                let all = addresses.unwrap_or_default();
                match self.endpoints.pick(all, up.target.address) {
                    Some(address) => self.ask(now, Target { host, address }),
                    None => search.pause(now),
                }
            }
            Link::Idle { .. }
            | Link::Resolving { .. }
            | Link::Opening { .. }
            | Link::Greeting { .. }
            | Link::Authenticating { .. }
            | Link::Over(_) => {}
        }
    }

    /// The transport is up; with TLS, its handshake is done as well. Without effect if the
    /// attempt was given up: [`Action::Disconnect`] waits to be carried out.
    pub fn handle_connected(&mut self, _now: Instant) {
        if self.is_given_up() {
            return;
        }
        let Link::Opening { target, give_up } = &self.link else { return };
        self.link = Link::Greeting { target: target.clone(), give_up: *give_up };
        let (session_id, password) = self.identity.credentials();
        let request = ConnectRequest {
            protocol_version: 0,
            last_zxid_seen: self.last_zxid,
            timeout: i32::try_from(self.wanted_timeout.as_millis()).unwrap_or(i32::MAX),
            session_id,
            password,
            read_only: Some(self.read_only),
        };
        put_frame(&mut self.raw, |out| request.encode(out));
    }

    /// The transport did not come up; `why` is for people. Without effect if the attempt was given
    /// up.
    pub fn handle_connect_failed(&mut self, now: Instant, why: &str) {
        if self.is_given_up() {
            return;
        }
        if let Link::Opening { target, .. } = &self.link {
            let target = target.clone();
            self.endpoints.failed(target.host, Some(target.address), why);
            self.advance(now);
        }
    }

    /// The transport is gone; `why` is for people. Without effect if it was given up.
    pub fn handle_disconnected(&mut self, now: Instant, why: &str) {
        if self.is_given_up() {
            return;
        }
        match &self.link {
            Link::Opening { .. } => self.handle_connect_failed(now, why),
            Link::Greeting { .. } | Link::Authenticating { .. } => {
                self.note_failure(&format!("closed during the handshake: {why}"));
                self.lose_link(now, Fault::Closed);
            }
            Link::Up(_) => {
                self.note_failure(why);
                self.lose_link(now, Fault::Closed);
            }
            Link::Idle { .. } | Link::Resolving { .. } | Link::Over(_) => {}
        }
    }

    /// The transport was up, or nearly so, but is of no use: its encryption failed, or whatever else
    /// it does with the bytes. `why` is for people. Asks for it to be closed. Without effect if it
    /// was given up.
    pub fn handle_transport_failed(&mut self, now: Instant, why: &str) {
        if self.is_given_up() {
            return;
        }
        match &self.link {
            Link::Opening { .. }
            | Link::Greeting { .. }
            | Link::Authenticating { .. }
            | Link::Up(_) => {
                self.actions.push_back(Action::Disconnect(Fault::Transport));
                self.note_failure(why);
                self.lose_link(now, Fault::Transport);
            }
            Link::Idle { .. } | Link::Resolving { .. } | Link::Over(_) => {}
        }
    }

    /// Whether an adapter that speaks of its connection, or of its attempt, has not heard yet that
    /// it was given up: it does not mean the next one, which may have been chosen.
    fn is_given_up(&self) -> bool {
        self.actions.iter().any(|action| matches!(action, Action::Disconnect(_)))
    }

    /// A probe has ended with this answer; empty if there was none.
    pub fn handle_probed(&mut self, now: Instant, probe: u64, answer: &[u8]) {
        let Link::Up(up) = &mut self.link else { return };
        let found = up.search.as_mut().and_then(|search| search.answered(now, probe, answer));
        if let Some(target) = found {
            self.endpoints.prefer(target);
            self.drop_link(now, Fault::Moving);
        }
    }

    /// Takes the next step towards a connection.
    pub(super) fn advance(&mut self, now: Instant) {
        self.advance_until(now, now + self.attempt_timeout());
    }

    /// Takes the next step, to be given up at that moment.
    fn advance_until(&mut self, now: Instant, give_up: Instant) {
        // A session must not expire while its client waits for the moment to ask.
        let is_session = self.identity.is_session();
        let patience = if is_session { fraction(self.timeout, 1, 3) } else { Duration::MAX };
        self.link = match self.endpoints.next(patience) {
            Next::Pause(pause) => Link::Idle { retry_at: now + pause },
            Next::Resolve(host) => {
                let lookup = self.next_lookup();
                self.actions.push_back(Action::Resolve(Lookup { id: lookup, host: host.clone() }));
                Link::Resolving { lookup, host, give_up }
            }
            Next::Connect(target) => {
                self.actions.push_back(Action::Connect(target.clone()));
                Link::Opening { target, give_up }
            }
        };
    }

    /// The answer to the handshake.
    pub(super) fn handle_handshake(&mut self, now: Instant, frame: &Bytes) -> Result<(), Fault> {
        if frame.len() == ReplyHeader::LEN {
            return Err(Fault::NotServing); // so a read-only server refuses a session
        }
        let granted = ConnectResponse::decode(&mut Reader::new(frame))?;
        if granted.protocol_version == NO_LEADER {
            return Err(Fault::NotServing);
        }
        if granted.timeout <= 0 && self.identity.is_session() {
            self.end(End::Expired);
            return Ok(());
        }
        if granted.timeout <= 0 || granted.session_id == 0 || granted.password.len() > 256 {
            return Err(Malformed("a session that is none").into());
        }
        if granted.read_only == Some(true) && !self.read_only {
            return Err(Fault::NotServing);
        }
        if self.identity.is_session() && granted.session_id != self.identity.id() {
            // Another session under our name: ours, with its ephemeral nodes, is gone.
            self.end(End::Expired);
            return Ok(());
        }
        self.authenticate(now, granted);
        Ok(())
    }

    /// We give the connection up.
    pub(super) fn drop_link(&mut self, now: Instant, fault: Fault) {
        if self.is_over() {
            return; // and so is the connection
        }
        self.actions.push_back(Action::Disconnect(fault));
        if fault != Fault::Moving {
            self.note_failure(&fault.to_string());
        }
        self.lose_link(now, fault);
    }

    /// The server of the attempt or of the connection is not to be had.
    pub(super) fn note_failure(&mut self, why: &str) {
        if let Some(target) = self.link_target() {
            self.endpoints.failed(target.host, Some(target.address), why);
        }
    }

    /// Answers all that was submitted on the connection, so that nothing overtakes a request that
    /// was lost, and looks for another server.
    pub(super) fn lose_link(&mut self, now: Instant, fault: Fault) {
        self.raw.clear();
        let link = core::mem::replace(&mut self.link, Link::Idle { retry_at: now });
        if let Link::Up(up) = link {
            if up.closing != Closing::No {
                return self.end(End::Closed);
            }
            if now.saturating_since(up.since) >= OF_USE {
                self.endpoints.succeeded();
            }
            self.answer_all(&|outcome| ErrorKind::ConnectionLost { fault, outcome });
            self.watches.forget_doubts();
            self.events.push_back(Event::State(State::Suspended));
        }
        if self.expiry().is_some_and(|at| at <= now) {
            return self.end(End::Expired); // after a leap of the clock
        }
        self.advance(now);
    }

    /// The session is over: answers everything, ends every watch. The first end counts.
    pub(super) fn end(&mut self, end: End) {
        if self.is_over() {
            return;
        }
        self.raw.clear();
        self.link = Link::Over(end.clone());
        self.actions.push_back(Action::Disconnect(Fault::SessionOver));
        self.actions.push_back(Action::Finish);
        self.answer_all(&|outcome| end.error(outcome).kind().clone());
        let waiting = self.auth.iter_mut().filter_map(|identity| identity.waiting.take());
        let refused = |token| Event::Reply(token, Err(end.error(Outcome::Unknown)));
        self.events.extend(waiting.map(refused));
        let over = |watcher| Event::Watch(watcher, News::SessionOver(end.state()));
        self.events.extend(self.watches.drain().map(over));
        self.events.push_back(Event::State(end.state()));
    }

    /// The address of the attempt or of the connection.
    pub(super) fn link_target(&self) -> Option<Target> {
        match &self.link {
            Link::Opening { target, .. }
            | Link::Greeting { target, .. }
            | Link::Authenticating { target, .. } => Some(target.clone()),
            Link::Up(up) => Some(up.target.clone()),
            Link::Idle { .. } | Link::Resolving { .. } | Link::Over(_) => None,
        }
    }

    /// Asks another server whether it can write.
    pub(super) fn look_around(&mut self, now: Instant) {
        let lookup = self.next_lookup();
        let Link::Up(up) = &mut self.link else { return };
        let Some(search) = &mut up.search else { return };
        let host = self.endpoints.look_around(&up.target.host);
        let (address, port) = (host.address(), host.port);
        match address {
            Some(address) => {
                let address = SocketAddr::new(address, port);
                self.ask(now, Target { host, address });
            }
            None => self.actions.push_back(Action::Resolve(search.resolve(now, lookup, host))),
        }
    }

    fn ask(&mut self, now: Instant, target: Target) {
        let id = self.next_lookup();
        let Link::Up(up) = &mut self.link else { return };
        let Some(search) = &mut up.search else { return };
        self.actions.push_back(Action::Probe(search.probe(now, id, target)));
    }

    /// All is said: requests can be sent.
    pub(super) fn establish(&mut self, now: Instant, target: Target, granted: &ConnectResponse) {
        let read_only = granted.read_only == Some(true);
        self.adopt(granted, read_only);
        self.heard = Some(now);
        self.stats.connections = self.stats.connections.saturating_add(1);
        self.link = Link::Up(Up {
            target,
            read_only,
            since: now,
            third: fraction(self.timeout, 1, 3),
            sent: now,
            waiting: None,
            unanswered: None,
            frame_began: None,
            ping: Ping::Idle,
            rearm: Rearm { cursor: Cursor::Start, since: self.told_zxid },
            search: read_only.then(|| Box::new(Search::new(now, self.timeout))),
            closing: Closing::No,
        });
        self.events.push_back(Event::State(self.state()));
        let gap = |watcher: &W| Event::Watch(watcher.clone(), News::Resync);
        self.events.extend(self.watches.persistent().map(gap));
        for number in 0..self.auth.len() {
            self.send_auth(number);
        }
    }

    /// Takes over what the server granted.
    fn adopt(&mut self, granted: &ConnectResponse, read_only: bool) {
        self.timeout = Duration::from_millis(u64::try_from(granted.timeout).unwrap_or(0));
        let (session_id, password) = (granted.session_id, granted.password.clone().into());
        let ticket = Ticket { session_id, password, last_zxid: self.last_zxid };
        self.identity = if read_only && !self.identity.is_session() {
            Identity::Provisional(ticket)
        } else {
            Identity::Session(ticket)
        };
    }

    /// Answers what was sent with *unknown*, what was not with *not applied*, in their order.
    fn answer_all(&mut self, error: &dyn Fn(Outcome) -> ErrorKind) {
        let sent: Vec<_> = self.flight.drain().map(|sent| sent.entry).collect();
        let own = self.clean_up.take().into_iter().flat_map(|mut queue| queue.drain());
        let unsent: Vec<_> = own.chain(self.queue.drain()).collect();
        self.deadlines.clear();
        for (entries, outcome) in [(sent, Outcome::Unknown), (unsent, Outcome::NotApplied)] {
            for entry in entries {
                self.answer(entry, Err(error(outcome).into()));
            }
        }
    }

    /// Hands out an answer that leaves no watch.
    pub(super) fn answer(&mut self, entry: Entry<T, W>, answer: Answer) {
        match entry.purpose {
            Purpose::Request(token) => self.events.push_back(Event::Reply(token, answer)),
            Purpose::Watch(token, registration) => {
                self.settle(&registration.path, registration.kind);
                self.events.push_back(Event::Reply(token, answer));
                self.events.push_back(Event::Watch(registration.watcher, News::NotSet));
            }
            Purpose::Abandoned(Some(registration)) => {
                self.settle(&registration.path, registration.kind);
            }
            // Each connection repeats them.
            Purpose::Abandoned(None)
            | Purpose::Auth(_)
            | Purpose::SetWatches
            | Purpose::AddWatch
            | Purpose::Removal(_)
            | Purpose::Close => {}
        }
    }

    fn attempt_timeout(&self) -> Duration {
        let fallback = || fraction(self.timeout, 1, self.endpoints.len().max(3));
        self.connect_timeout.unwrap_or_else(fallback)
    }

    fn next_lookup(&mut self) -> u64 {
        self.last_lookup = self.last_lookup.saturating_add(1);
        self.last_lookup
    }
}
