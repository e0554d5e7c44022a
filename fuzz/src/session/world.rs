//! A session, its clock, and everything around it.

use std::time::Duration;

use arbitrary::{Result, Unstructured};
use zk_proto::{Action, Config, Instant, RequestId, Session};

use super::audit::Audit;
use super::line::Line;

/// What is attached to requests.
pub(super) type Token = u32;
/// What is attached to watches.
pub(super) type Watcher = u32;
pub(super) type Event = zk_proto::Event<Token, Watcher>;

/// How often a session may be told the time while it passes: with a timeout of a millisecond, a
/// minute has many pings.
const MOST_TICKS: usize = 64;
/// How often bytes may come out between two inputs, of which some need 64 KiB.
const MOST_PORTIONS: usize = 64;

/// After whatever happens all outputs are drained, and held against the rules; see [`Audit`].
pub(super) struct World {
    pub(super) session: Session<Token, Watcher>,
    pub(super) now: Instant,
    pub(super) audit: Audit,
    pub(super) line: Line,
    /// The socket takes no more bytes.
    is_stalled: bool,
    /// The last transaction of the servers.
    pub(super) zxid: i64,
    pub(super) last_token: Token,
    /// Requests that were submitted, and the server's paths that they are about.
    pub(super) calls: Vec<(RequestId, String)>,
    /// What the session asked for and nobody has answered.
    pub(super) lookups: Vec<u64>,
    pub(super) probes: Vec<u64>,
}

impl World {
    pub(super) fn new(config: Config) -> Self {
        let session = Session::new(config);
        let mut world = Self {
            audit: Audit::of(&session),
            session,
            now: Instant::ORIGIN,
            line: Line::default(),
            is_stalled: false,
            zxid: 100,
            last_token: 0,
            calls: Vec::new(),
            lookups: Vec::new(),
            probes: Vec::new(),
        };
        world.tick();
        world
    }

    /// The clock moves and the session is told. It must not be due again at once.
    pub(super) fn tick(&mut self) {
        self.session.handle_timeout(self.now);
        self.drain();
        self.audit.clock(&self.session, self.now);
    }

    /// Time passes; whatever becomes due is done in time.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = before_the_end_of_time(self.now + time);
        for _ in 0..MOST_TICKS {
            let Some((at, _)) = self.session.poll_timeout().filter(|(at, _)| *at <= end) else {
                break;
            };
            self.now = self.now.max(at);
            self.tick();
        }
        self.now = end;
    }

    /// Time passes, and nobody tells the session until the end.
    pub(super) fn leap(&mut self, time: Duration) {
        self.now = before_the_end_of_time(self.now + time);
        self.tick();
    }

    /// What happens next if network and servers do as they should.
    pub(super) fn progress(&mut self) {
        if let Some(lookup) = self.lookups.pop() {
            let addresses = [1, 2].map(|last| ([10, 0, 0, last], 2181).into());
            self.session.handle_resolved(self.now, lookup, Ok(addresses.into()));
            self.drain();
        } else if !self.audit.has_transport() {
            let next = self.session.poll_timeout();
            self.now = self.now.max(next.map_or(self.now, |(at, _)| before_the_end_of_time(at)));
            self.tick();
        } else if !self.session.state().is_connected() {
            self.session.handle_connected(self.now);
            self.drain();
            self.server_grants_a_session();
        } else {
            self.server_answers();
        }
    }

    /// The transport is gone, without a word.
    pub(super) fn line_breaks(&mut self) {
        if self.audit.has_transport() {
            self.line = Line::default();
            self.audit.transport_is_gone();
            self.session.handle_disconnected(self.now, "reset by peer");
            self.drain();
        }
    }

    /// The transport does not come up, or it is of no use.
    pub(super) fn attempt_fails(&mut self) {
        if self.audit.has_transport() && !self.line.is_greeted() {
            self.audit.transport_is_gone();
            self.session.handle_connect_failed(self.now, "refused");
        } else {
            self.session.handle_transport_failed(self.now, "bad record");
        }
        self.drain();
    }

    /// A name has these addresses, or none, or it cannot be looked up, or it was another name.
    pub(super) fn name_is_resolved(&mut self, script: &mut Unstructured<'_>) -> Result<()> {
        let lookup = self.lookups.pop().unwrap_or(script.arbitrary::<u8>()?.into());
        let addresses = match script.arbitrary::<u8>()? {
            0 => Err("no such name"),
            count => Ok((1..count % 5).map(|last| ([10, 0, 1, last], 2181).into()).collect()),
        };
        self.session.handle_resolved(self.now, lookup, addresses);
        self.drain();
        Ok(())
    }

    pub(super) fn probe_ends(&mut self, script: &mut Unstructured<'_>) -> Result<()> {
        let probe = self.probes.pop().unwrap_or(script.arbitrary::<u8>()?.into());
        let answer: &[u8] =
            script.choose(&[&b"rw"[..], b"ro", b"null", b"", b"rw\n", &[0xff; 16]])?;
        self.session.handle_probed(self.now, probe, answer);
        self.drain();
        Ok(())
    }

    pub(super) fn stalls_or_goes_on(&mut self) {
        self.is_stalled = !self.is_stalled;
        self.drain();
    }

    /// Closed, the session ends soon, whatever it was at; and it keeps nothing back.
    pub(super) fn finish(mut self) {
        self.close();
        self.pass(Duration::from_secs(2));
        self.tick();
        assert!(self.session.is_over(), "closed, and not over: {:?}", self.session);
    }

    pub(super) fn drain(&mut self) {
        while let Some(turn) = self.session.poll_turn() {
            self.session.handle_turn(self.now, turn.take());
        }
        while let Some(action) = self.session.poll_action() {
            self.audit.action(&action);
            match action {
                Action::Connect(_) | Action::Disconnect(_) => self.line = Line::default(),
                Action::Resolve(lookup) => self.lookups.push(lookup.id),
                Action::Probe(probe) => self.probes.push(probe.id),
                Action::Finish => {}
            }
        }
        if !self.is_stalled {
            let mut portions = 0;
            while self.line.transmit(&mut self.session, self.now) > 0 {
                portions += 1;
                assert!(portions <= MOST_PORTIONS, "it never stops sending");
            }
            assert!(!self.session.wants_transmit(), "drained of bytes, it still wants to send");
        }
        while let Some(event) = self.session.poll_event() {
            self.audit.event(&event);
        }
        self.audit.session(&self.session);
    }
}

/// What would come after the end of time is due there: it never comes, and no clock goes so far.
fn before_the_end_of_time(at: Instant) -> Instant {
    at.min(Instant::ORIGIN + Duration::from_secs(u64::MAX / 1_000_000_000 - 1))
}
