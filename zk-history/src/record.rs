//! What was seen on the wire, in the order in which it was seen.

use std::time::Duration;

use bytes::Bytes;
use zk_proto::{OpCode, WatchedEvent};

/// What was seen of a whole ensemble: by all of its clients, from when it was empty.
///
/// A [`Recorder`](crate::Recorder) makes one of bytes; a test can make one by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// In the order in which it was seen.
    pub records: Vec<Record>,
}

/// A connection of a history: they are numbered in the order in which they were opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub usize);

/// One thing that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// On which connection.
    pub connection: ConnectionId,
    /// When, since the history began. Only for people: the checker goes by the order of records.
    pub at: Duration,
    /// What.
    pub what: What,
}

/// What can be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The client asks for a session.
    Hello {
        /// The session to resume; 0 for a new one.
        session: i64,
        /// The last transaction that the client says it has seen.
        last_zxid: i64,
    },
    /// The server answers that.
    Welcome {
        /// The session; 0 if the one that was asked for has expired.
        session: i64,
    },
    /// The client asks for something, which may reach the server any time from now.
    Request {
        /// The number that comes back with the reply.
        xid: i32,
        /// What it asks for.
        op: OpCode,
        /// The body, without the header.
        body: Bytes,
    },
    /// The server answers.
    Reply {
        /// The number of the request.
        xid: i32,
        /// The last transaction that the server had processed.
        zxid: i64,
        /// The error code, or 0.
        err: i32,
        /// The body, without the header.
        body: Bytes,
    },
    /// The server tells of a change.
    Event {
        /// The transaction, if the server tells, as it does from 3.9 on; otherwise -1.
        zxid: i64,
        /// The change.
        event: WatchedEvent,
    },
    /// The connection is gone: what it left unanswered will never be answered.
    Lost,
    /// Bytes that are no message.
    Unreadable,
}
