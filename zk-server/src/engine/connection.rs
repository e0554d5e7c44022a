//! One connection: what has come, what is to go, and where it stands.

use std::collections::VecDeque;
use std::net::SocketAddr;

use bytes::Bytes;
use zk_proto::wire::{Inbox, Outbox, put_frame};
use zk_proto::{EventType, Instant, KeeperState, Record, ReplyHeader, WatchedEvent};

use super::ConnectionId;
use super::sasl::Exchange;
use crate::tree::Identity;

#[derive(Debug)]
pub(super) struct Connection {
    pub(super) member: usize,
    pub(super) peer: SocketAddr,
    pub(super) stage: Stage,
    pub(super) inbox: Inbox,
    pub(super) outbox: Outbox,
    /// Requests that were read and not carried out, without their length.
    pub(super) requests: VecDeque<Bytes>,
    /// Bytes of these.
    pub(super) requests_size: usize,
    /// Why the next one is not carried out.
    pub(super) wait: Option<Wait>,
    pub(super) identities: Vec<Identity>,
    pub(super) sasl: Exchange,
    /// When a request that has begun must be there.
    pub(super) frame_by: Option<Instant>,
    /// When something must have come, if it has a session.
    pub(super) heard_by: Option<Instant>,
    /// Bytes of the latest answer, unless everything was read.
    pub(super) latest: usize,
    /// When some of what waits to be read must have been.
    pub(super) written_by: Option<Instant>,
    /// The deadline that the engine keeps for it.
    pub(super) armed: Option<Instant>,
    pub(super) traffic: Traffic,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It has not said what it wants, and has to until then.
    New { by: Instant },
    /// It has a session.
    Open { session: i64, read_only: bool },
    /// What is left is written, and then it ends.
    Closing,
    /// It ends at once.
    Gone,
}

/// What the next request waits for.
#[derive(Debug)]
pub(super) enum Wait {
    /// Its time; then it is carried out.
    Delay { until: Instant, request: Bytes },
    /// Its member's view of the tree to come to this zxid; then this is the answer.
    View { zxid: i64, reply: Bytes, after: After },
    /// Nothing that will happen.
    Forever,
}

/// What becomes of a connection when an answer was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    GoOn,
    Close,
    /// Only so many bytes of the answer are sent.
    Cut(usize),
}

/// What has passed, for those who ask.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Traffic {
    pub(super) received: u64,
    pub(super) sent: u64,
    pub(super) established: Instant,
    pub(super) last_xid: i32,
    pub(super) last_zxid: i64,
    pub(super) last_op: Option<zk_proto::OpCode>,
}

/// What a connection is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// It goes on; its bytes are welcome or have to wait.
    Open {
        /// Whether to read from it.
        read: bool,
    },
    /// To be closed once what is pending has been written.
    Closing,
    /// To be closed at once.
    Gone,
}

impl Connection {
    pub(super) fn new(now: Instant, member: usize, peer: SocketAddr, by: Instant) -> Self {
        let address = peer.ip().to_canonical().to_string();
        Self {
            member,
            peer,
            stage: Stage::New { by },
            inbox: Inbox::default(),
            outbox: Outbox::default(),
            requests: VecDeque::new(),
            requests_size: 0,
            wait: None,
            identities: vec![Identity { scheme: Identity::IP, id: address.into() }],
            sasl: Exchange::default(),
            frame_by: None,
            heard_by: None,
            latest: 0,
            written_by: None,
            armed: None,
            traffic: Traffic { established: now, ..Traffic::default() },
        }
    }

    pub(super) fn session(&self) -> Option<i64> {
        match self.stage {
            Stage::Open { session, .. } => Some(session),
            Stage::New { .. } | Stage::Closing | Stage::Gone => None,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        match self.stage {
            Stage::New { .. } | Stage::Open { .. } => true,
            Stage::Closing | Stage::Gone => false,
        }
    }

    /// Reads what has come into the inbox.
    pub(super) fn read(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let space = self.inbox.space();
            let len = space.len().min(bytes.len());
            let (now, later) = bytes.split_at(len);
            space[..len].copy_from_slice(now);
            self.inbox.commit(len);
            bytes = later;
        }
    }

    pub(super) fn enqueue(&mut self, request: Bytes) {
        self.requests_size = self.requests_size.saturating_add(request.len());
        self.requests.push_back(request);
    }

    pub(super) fn dequeue(&mut self) -> Option<Bytes> {
        let request = self.requests.pop_front()?;
        self.requests_size = self.requests_size.saturating_sub(request.len());
        Some(request)
    }

    /// Appends a message.
    pub(super) fn write(&mut self, message: &[u8]) {
        self.latest = message.len();
        self.traffic.sent = self.traffic.sent.saturating_add(1);
        put_frame(self.outbox.buffer(), |out| out.extend_from_slice(message));
    }

    /// Appends an event.
    pub(super) fn notify(&mut self, zxid: i64, kind: EventType, path: &str) {
        self.traffic.sent = self.traffic.sent.saturating_add(1);
        let event = WatchedEvent { kind, state: KeeperState::SYNC_CONNECTED, path: path.into() };
        put_frame(self.outbox.buffer(), |out| {
            ReplyHeader { xid: ReplyHeader::NOTIFICATION, zxid, err: 0 }.encode(out);
            event.encode(out);
        });
    }

    /// When something has to be done about it at the latest.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let stage = match self.stage {
            Stage::New { by } => Some(by),
            Stage::Open { .. } | Stage::Closing | Stage::Gone => None,
        };
        let wait = match &self.wait {
            Some(Wait::Delay { until, .. }) => Some(*until),
            Some(Wait::View { .. } | Wait::Forever) | None => None,
        };
        [stage, wait, self.frame_by, self.heard_by, self.written_by].into_iter().flatten().min()
    }

    /// Nothing more is read or carried out.
    pub(super) fn end(&mut self, stage: Stage) {
        self.stage = stage;
        self.inbox.clear();
        self.requests.clear();
        self.requests_size = 0;
        self.wait = None;
        (self.frame_by, self.heard_by) = (None, None);
        if stage == Stage::Gone {
            self.outbox.clear();
            self.written_by = None;
        }
    }
}

impl ConnectionId {
    /// The one after this one.
    pub(super) fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}
