//! The connection, as far as the session knows, and who the session is for the servers.
//!
//! ```text
//!            pause over             addresses known            transport up
//!  Idle ───────────────▶ Resolving ────────────────▶ Opening ─────────────▶ Greeting
//!   ▲ ▲                      │ (an address needs none)  │                      │ session granted
//!   │ └──────────────────────┴──────────────────────────┴──────────────────────┤
//!   │        failed, or took too long: next address, next server, or a pause   ▼
//!   │                                                       Authenticating ── Up
//!   └───────────────────────────────────────────────────────────┴──────────────┘
//!                         connection lost
//!
//!  any ──▶ Over:  the server or the clock says expired · an identity was refused · closed
//! ```

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

use super::output::{End, Target};
use super::search::Search;
use super::ticket::Ticket;
use super::watches::Cursor;
use crate::records::ConnectResponse;
use crate::sasl::Asked;
use crate::{Host, Instant, Mechanism};

/// The connection, as far as the session knows.
#[derive(Debug)]
pub(super) enum Link {
    /// None, and none is being made until then.
    Idle { retry_at: Instant },
    /// A name is being looked up.
    Resolving { lookup: u64, host: Host, give_up: Instant },
    /// The transport is being made.
    Opening { target: Target, give_up: Instant },
    /// The handshake is sent, its answer awaited.
    Greeting { target: Target, give_up: Instant },
    /// The session is granted, once SASL agrees.
    Authenticating {
        target: Target,
        give_up: Instant,
        awaited: Awaited,
        granted: Box<ConnectResponse>,
    },
    /// Requests can be sent.
    Up(Up),
    /// There will be no other.
    Over(End),
}

/// What goes on with a SASL exchange.
#[derive(Debug)]
pub(super) enum Awaited {
    /// The mechanism is to be asked this.
    Turn(Asked),
    /// What the mechanism says, which has been asked.
    Taken,
    /// The server's answer to this xid: a challenge, for the mechanism.
    Challenge { xid: i32 },
    /// The server's answer to this xid: nothing but that it agrees.
    End { xid: i32 },
}

/// Where the SASL mechanism is, if there is one.
#[derive(Debug)]
pub(super) enum Login {
    None,
    Here(Box<dyn Mechanism>),
    /// It is being asked something.
    Away,
}

/// A connection that serves the session.
#[derive(Debug)]
pub(super) struct Up {
    pub(super) target: Target,
    pub(super) read_only: bool,
    /// Since when.
    pub(super) since: Instant,
    /// A third of the session timeout: how long to be silent, or to bear silence.
    pub(super) third: Duration,
    /// When we sent something last.
    pub(super) sent: Instant,
    /// Since when we have waited for an answer to something, without hearing anything.
    pub(super) waiting: Option<Instant>,
    /// Since when requests have waited and none was answered, whatever else we heard.
    pub(super) unanswered: Option<Instant>,
    /// When a frame began that has not come to its end.
    pub(super) frame_began: Option<Instant>,
    /// Whether a ping is on its way, or back.
    pub(super) ping: Ping,
    pub(super) rearm: Rearm,
    /// Only while the server is read-only; in a box, since it nearly never is.
    pub(super) search: Option<Box<Search>>,
    pub(super) closing: Closing,
}

/// Whether the answer to a ping is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ping {
    Idle,
    Sent,
}

/// How far the watches of the last connection have been set again.
#[derive(Debug)]
pub(super) struct Rearm {
    pub(super) cursor: Cursor,
    /// What happened up to this transaction was told on the connections before.
    pub(super) since: i64,
}

/// Whether the session is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    /// No.
    No,
    /// Once the requests that were submitted have been sent.
    Requested { give_up: Instant },
    /// The server has been told.
    Sent { give_up: Instant },
}

/// Who the session is for the servers.
#[derive(Debug)]
pub(super) enum Identity {
    /// Nobody yet.
    None,
    /// Somebody for a read-only server, which means nothing to the others.
    Provisional(Ticket),
    /// A session.
    Session(Ticket),
}

impl Identity {
    /// What to ask for in a handshake: the session's number and password, or a new session.
    pub(super) fn credentials(&self) -> (i64, Vec<u8>) {
        match self {
            Self::None | Self::Provisional(_) => (0, [0; 16].into()),
            Self::Session(ticket) => (ticket.session_id, ticket.password.to_vec()),
        }
    }

    pub(super) fn id(&self) -> i64 {
        match self {
            Self::None => 0,
            Self::Provisional(ticket) | Self::Session(ticket) => ticket.session_id,
        }
    }

    pub(super) fn is_session(&self) -> bool {
        matches!(self, Self::Session(_))
    }

    pub(super) fn last_zxid(&self) -> i64 {
        match self {
            Self::None => 0,
            Self::Provisional(ticket) | Self::Session(ticket) => ticket.last_zxid,
        }
    }

    pub(super) fn ticket(&self, last_zxid: i64) -> Option<Ticket> {
        match self {
            Self::None | Self::Provisional(_) => None,
            Self::Session(ticket) => Some(Ticket { last_zxid, ..ticket.clone() }),
        }
    }
}

impl From<Option<Ticket>> for Identity {
    fn from(ticket: Option<Ticket>) -> Self {
        ticket.map_or(Self::None, Self::Session)
    }
}
