//! What comes out of a session.

use alloc::boxed::Box;
use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;

use crate::Host;
use crate::error::{AuthFailure, Error, Fault};
use crate::records::EventType;
use crate::request::Answer;

/// What the adapter is to do with names and sockets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Look this name up, then say
    /// [`handle_resolved`](crate::Session::handle_resolved). Go on with everything else meanwhile.
    Resolve(Lookup),
    /// Connect there, then say [`handle_connected`](crate::Session::handle_connected) or
    /// [`handle_connect_failed`](crate::Session::handle_connect_failed). Until then, another
    /// action takes its place.
    Connect(Target),
    /// On a second connection, send the four bytes `isro` and read to the end, at most 16 bytes
    /// and for at most the time given; then say
    /// [`handle_probed`](crate::Session::handle_probed). Go on with everything else meanwhile.
    Probe(Probe),
    /// Close the connection, or stop trying; say nothing.
    Disconnect(Fault),
    /// The session is over: end.
    Finish,
}

/// A name to look up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// Comes back with the answer.
    pub id: u64,
    /// The name, and the port that belongs to it.
    pub host: Host,
}

/// Where to connect: an address, and the name it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The server, as it was written. TLS checks this name.
    pub host: Host,
    /// One of its addresses.
    pub address: SocketAddr,
}

/// A server to ask whether it can write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Comes back with the answer.
    pub id: u64,
    /// Where.
    pub target: Target,
    /// How long it may take.
    pub timeout: Duration,
}

/// What a session has to tell; `T` is what the caller attached to a request, `W` to a watch.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<T, W> {
    /// The state changed.
    State(State),
    /// A request was answered.
    Reply(T, Answer),
    /// Something about a watch.
    Watch(W, News),
}

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// There has been no connection yet.
    Connecting,
    /// Connected to a server that can write.
    Connected,
    /// Connected to a server that can only read.
    ConnectedReadOnly,
    /// The connection is lost; the session may live on.
    Suspended,
    /// Over: the server has given the session up, or must have. Its ephemeral nodes are gone.
    Expired,
    /// Over: the server refused an identity, or SASL failed. The [error](crate::AuthFailure) of
    /// any request says why.
    AuthFailed,
    /// Over: closed by its owner.
    Closed,
}

impl State {
    /// Whether requests can be answered now.
    #[must_use]
    pub const fn is_connected(self) -> bool {
        matches!(self, Self::Connected | Self::ConnectedReadOnly)
    }

    /// Whether the session is over for good.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Expired | Self::AuthFailed | Self::Closed)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::ConnectedReadOnly => "connected read-only",
            Self::Suspended => "suspended",
            Self::Expired => "expired",
            Self::AuthFailed => "authentication failed",
            Self::Closed => "closed",
        })
    }
}

/// News of a watch.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// Something happened; there may be more to come.
    Change(Change),
    /// Something happened, and that was all: the watch told of one change.
    Last(Change),
    /// The connection was lost and is back: changes in between are not told. Read again.
    Resync,
    /// It was never set: the request failed.
    NotSet,
    /// Nothing more will come: the session is over.
    SessionOver(State),
}

/// A change that a watch saw.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Change {
    /// What happened.
    pub kind: EventType,
    /// To which node, by the server's path.
    pub path: Box<str>,
    /// By which transaction, if the server tells: from 3.9 on, and not for what happened while
    /// the connection was down.
    pub zxid: Option<i64>,
}

/// Why a session wants to be woken at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// To try the next server.
    Reconnect,
    /// To give an attempt up.
    ConnectTimeout,
    /// To send a ping.
    Ping,
    /// To give a silent connection up.
    Silence,
    /// To give a connection up on which a frame does not end.
    Stall,
    /// To call the session expired.
    Expiry,
    /// To answer a request whose deadline passes.
    Deadline,
    /// To look for a server that can write.
    Search,
    /// To stop waiting for the answer to closeSession.
    Close,
}

/// A failure to reach a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which.
    pub host: Host,
    /// At which address, if its name has one.
    pub address: Option<SocketAddr>,
    /// Why.
    pub why: Box<str>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            Some(address) if self.host.address().is_none() => {
                write!(f, "{} ({address}): {}", self.host, self.why)
            }
            Some(_) | None => write!(f, "{}: {}", self.host, self.why),
        }
    }
}

/// What a session has counted so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Requests submitted and accepted.
    pub requests: u64,
    /// Replies received to them.
    pub replies: u64,
    /// Notifications received.
    pub notifications: u64,
    /// Bytes handed to the transport.
    pub bytes_sent: u64,
    /// Bytes of whole frames received.
    pub bytes_received: u64,
    /// Connections on which the handshake succeeded.
    pub connections: u64,
    /// Requests sent and not answered.
    pub in_flight: usize,
    /// Requests waiting to be sent.
    pub queued: usize,
    /// Watches set.
    pub watches: usize,
    /// The last transaction that a reply or an event has named.
    pub last_zxid: i64,
}

/// How a session ended: what its requests are answered from then on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Expired,
    AuthFailed(AuthFailure),
    Closed,
}

impl End {
    pub(crate) fn state(&self) -> State {
        match self {
            Self::Expired => State::Expired,
            Self::AuthFailed(_) => State::AuthFailed,
            Self::Closed => State::Closed,
        }
    }

    pub(crate) fn error(&self, outcome: crate::Outcome) -> Error {
        match self {
            Self::Expired => crate::ErrorKind::SessionExpired(outcome),
            Self::AuthFailed(reason) => {
                crate::ErrorKind::AuthFailed { reason: reason.clone(), outcome }
            }
            Self::Closed => crate::ErrorKind::Closed(outcome),
        }
        .into()
    }
}
