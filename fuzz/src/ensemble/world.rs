//! An ensemble, its clock, its clients, and a journal of what was written.

use std::sync::Arc;
use std::time::Duration;

use arbitrary::{Result, Unstructured};
use zk_proto::wire::Reader;
use zk_proto::{Instant, OpCode, ReplyHeader, RequestHeader};
use zk_server::tree::{Transaction, Tree};
use zk_server::{Config, Engine, Interest, Lag, RuleId};

use super::client::Client;
use super::config::entropy;

/// How often the ensemble may be told the time while it passes.
const MOST_TICKS: usize = 64;
/// How often a host may have to look at connections after one thing happened.
const MOST_LOOKS: usize = 10_000;
/// How long it takes for all sessions to be over, in steps of the clock.
const UNTIL_THE_END: usize = 1_000;

/// After whatever happens the outputs are drained as a host does it, and the rules checked.
pub(super) struct World {
    pub(super) engine: Engine,
    pub(super) now: Instant,
    pub(super) clients: Vec<Client>,
    /// Sessions that were granted: id and password.
    pub(super) sessions: Vec<(i64, Vec<u8>)>,
    pub(super) rules: Vec<RuleId>,
    pub(super) last_xid: i32,
    /// More than this, beside the latest answer, is never kept for a client that does not read.
    most_pending: usize,
    /// The tree before anything was written, and what was written since.
    first: Tree,
    journal: Vec<Arc<Transaction>>,
}

impl World {
    pub(super) fn new(config: Config) -> Self {
        let most_pending = config.limits.output * 4;
        let mut engine = Engine::new(config, entropy());
        engine.keep_journal();
        Self {
            first: engine.tree().clone(),
            journal: Vec::new(),
            engine,
            now: Instant::ORIGIN,
            clients: Vec::new(),
            sessions: Vec::new(),
            rules: Vec::new(),
            last_xid: 0,
            most_pending,
        }
    }

    /// The clock moves and the ensemble is told. It must not be due again at once.
    fn tick(&mut self) {
        self.engine.handle_timeout(self.now);
        self.drain();
        if let Some(at) = self.engine.poll_timeout() {
            assert!(at > self.now, "due at {at}, although it is {}", self.now);
        }
    }

    /// Time passes; whatever becomes due is done in time.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        for _ in 0..MOST_TICKS {
            let Some(at) = self.engine.poll_timeout().filter(|at| *at <= end) else { break };
            self.now = self.now.max(at);
            self.tick();
        }
        self.now = end;
    }

    /// Time passes, and nobody tells the ensemble until the end.
    pub(super) fn leap(&mut self, time: Duration) {
        self.now = self.now + time;
        self.tick();
    }

    pub(super) fn client(&mut self, script: &mut Unstructured<'_>) -> Result<Option<usize>> {
        if self.clients.is_empty() {
            Ok(None)
        } else {
            script.choose_index(self.clients.len()).map(Some)
        }
    }

    /// A client sends this, if the server reads from it.
    pub(super) fn send(&mut self, client: usize, bytes: &[u8], note: impl FnOnce(&mut Client)) {
        let client = &mut self.clients[client];
        if self.engine.interest(client.id) == (Interest::Open { read: true }) {
            note(client);
            let id = client.id;
            self.engine.handle_input(self.now, id, bytes);
            self.drain();
        }
    }

    /// Pings and identities have numbers of their own.
    pub(super) fn next_header(&mut self, op: OpCode) -> RequestHeader {
        self.last_xid += 1;
        let xid = if op == OpCode::Ping {
            ReplyHeader::PING
        } else if op == OpCode::Auth {
            ReplyHeader::AUTH
        } else {
            self.last_xid
        };
        RequestHeader { xid, op }
    }

    /// What a host does after each input.
    pub(super) fn drain(&mut self) {
        let mut looks = 0;
        while let Some(id) = self.engine.poll_touched() {
            looks += 1;
            assert!(looks < MOST_LOOKS, "it never settles");
            if let Some(place) = self.clients.iter().position(|client| client.id == id) {
                self.look_at(place);
            }
        }
        assert_eq!(self.engine.connections(), self.clients.len(), "a connection is forgotten");
        self.journal.extend(self.engine.take_journal());
    }

    /// What a host does with a connection that has something for it.
    pub(super) fn look_at(&mut self, place: usize) {
        let client = &mut self.clients[place];
        let id = client.id;
        let pending = self.engine.pending(id);
        let interest = self.engine.interest(id);
        let is_open = matches!(interest, Interest::Open { .. });
        let beside = pending.len() - latest_answer(pending);
        assert!(!is_open || beside <= self.most_pending, "{beside} bytes wait");
        if !client.is_stalled && !pending.is_empty() {
            let granted = client.reads(pending);
            let count = pending.len();
            self.sessions.extend(granted.map(|granted| (granted.session_id, granted.password)));
            self.engine.consume(self.now, id, count);
        }
        let is_over = match self.engine.interest(id) {
            Interest::Open { .. } => false,
            Interest::Closing => self.engine.pending(id).is_empty(),
            Interest::Gone => true,
        };
        if is_over {
            self.disconnect(place);
        }
    }

    pub(super) fn disconnect(&mut self, place: usize) {
        let client = self.clients.swap_remove(place);
        self.engine.handle_disconnected(self.now, client.id);
    }

    /// Once all is well again and everybody is gone, nothing is left of them.
    pub(super) fn finish(mut self) {
        self.members_follow_the_journal();
        for member in 0..self.engine.members() {
            self.engine.thaw(self.now, member);
            self.engine.restart(self.now, member);
            self.engine.lag(self.now, member, Lag::None);
        }
        self.engine.set_read_only(self.now, false);
        while !self.clients.is_empty() {
            self.disconnect(0);
        }
        self.drain();
        assert_eq!(self.engine.watches(), 0, "a watch is left, and nobody to tell");
        for _ in 0..UNTIL_THE_END {
            let is_alive = self.engine.sessions().next().is_some();
            let Some(at) = self.engine.poll_timeout().filter(|_| is_alive) else { break };
            self.now = self.now.max(at);
            self.tick();
        }
        assert_eq!(self.engine.sessions().next(), None, "a session lives on");
        assert_eq!(self.engine.tree().owners().next(), None, "an ephemeral node lives on");
        self.members_follow_the_journal();
    }

    /// Each member has the tree that follows from what it has seen of the journal.
    fn members_follow_the_journal(&self) {
        for member in 0..self.engine.members() {
            let (view, mut tree) = (self.engine.tree_of(member), self.first.clone());
            let seen = self.journal.iter().filter(|transaction| transaction.at.zxid <= view.zxid());
            seen.for_each(|transaction| drop(tree.follow(transaction)));
            is_the_same(view, &tree);
        }
    }
}

/// How long the last answer is among these frames; all others may be events.
fn latest_answer(frames: &[u8]) -> usize {
    let (mut reader, mut latest) = (Reader::new(frames), 0);
    while let Ok(Some(frame)) = reader.buffer("a frame") {
        if !frame.starts_with(&ReplyHeader::NOTIFICATION.to_be_bytes()) {
            latest = size_of::<i32>() + frame.len();
        }
    }
    latest
}

fn is_the_same(one: &Tree, other: &Tree) {
    assert_eq!((one.len(), one.size()), (other.len(), other.size()));
    for ((path, node), (other_path, other)) in one.walk("/").zip(other.walk("/")) {
        assert_eq!(path, other_path);
        assert_eq!(node.stat(), other.stat(), "{path}");
    }
}
