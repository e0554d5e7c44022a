//! From bytes to records.

use std::time::Duration;

use bytes::Bytes;
use zk_proto::wire::{Inbox, Reader};
use zk_proto::{
    ConnectRequest, ConnectResponse, Malformed, OpCode, Record as _, ReplyHeader, RequestHeader,
    WatchedEvent,
};

use crate::{ConnectionId, History, Record, What};

/// Turns bytes on connections into a [`History`].
///
/// The order of calls is the order of the history, and what the checker takes for time: say
/// [`sent`](Self::sent) before a request can reach a server, and [`received`](Self::received)
/// after its answer has come. Passwords and other secrets are read over, and not kept.
///
/// ```
/// use std::time::Duration;
/// use zk_history::Recorder;
///
/// let mut recorder = Recorder::default();
/// let connection = recorder.opened();
/// recorder.sent(connection, Duration::ZERO, &[0, 0, 0]);
/// recorder.lost(connection, Duration::from_millis(5));
/// assert_eq!(recorder.finish().records.len(), 1);
/// ```
#[derive(Debug, Default)]
pub struct Recorder {
    history: History,
    connections: Vec<Tapped>,
}

/// A connection, both ways.
#[derive(Debug, Default)]
struct Tapped {
    sent: Half,
    received: Half,
}

/// One direction of a connection.
#[derive(Debug, Default)]
struct Half {
    inbox: Inbox,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, Default)]
enum Stage {
    #[default]
    Handshake,
    Messages,
    /// Nothing more can be read.
    Over,
}

/// What is longer is no message.
const FRAME_LIMIT: usize = 64 << 20;

impl Recorder {
    /// A connection was made.
    pub fn opened(&mut self) -> ConnectionId {
        self.connections.push(Tapped::default());
        ConnectionId(self.connections.len().saturating_sub(1))
    }

    /// The client sends these bytes, next after those before.
    pub fn sent(&mut self, connection: ConnectionId, at: Duration, bytes: &[u8]) {
        let Some(tapped) = self.connections.get_mut(connection.0) else { return };
        let seen = tapped.sent.read(bytes, client_message);
        self.note(connection, at, seen);
    }

    /// The server sent these bytes, next after those before.
    pub fn received(&mut self, connection: ConnectionId, at: Duration, bytes: &[u8]) {
        let Some(tapped) = self.connections.get_mut(connection.0) else { return };
        let seen = tapped.received.read(bytes, server_message);
        self.note(connection, at, seen);
    }

    /// The connection is gone.
    pub fn lost(&mut self, connection: ConnectionId, at: Duration) {
        let Some(tapped) = self.connections.get_mut(connection.0) else { return };
        (tapped.sent.stage, tapped.received.stage) = (Stage::Over, Stage::Over);
        self.note(connection, at, vec![What::Lost]);
    }

    /// All that was seen.
    #[must_use]
    pub fn finish(self) -> History {
        self.history
    }

    fn note(&mut self, connection: ConnectionId, at: Duration, seen: Vec<What>) {
        let records = seen.into_iter().map(|what| Record { connection, at, what });
        self.history.records.extend(records);
    }
}

/// Reads one message.
type ReadMessage = fn(Stage, &[u8]) -> Result<What, Malformed>;

impl Half {
    fn read(&mut self, mut bytes: &[u8], message: ReadMessage) -> Vec<What> {
        let mut seen = Vec::new();
        while !bytes.is_empty() {
            let space = self.inbox.space();
            let count = space.len().min(bytes.len());
            let (now, later) = bytes.split_at(count);
            space.iter_mut().zip(now).for_each(|(to, from)| *to = *from);
            self.inbox.commit(count);
            bytes = later;
            while let Some(what) = self.next(message) {
                seen.push(what);
            }
        }
        seen
    }

    fn next(&mut self, message: ReadMessage) -> Option<What> {
        if let Stage::Over = self.stage {
            self.inbox.clear();
            return None;
        }
        let read = match self.inbox.take_frame(FRAME_LIMIT) {
            Ok(frame) => frame.map(|frame| message(self.stage, &frame).ok())?,
            Err(_) => None,
        };
        self.stage = if read.is_some() { Stage::Messages } else { Stage::Over };
        Some(read.unwrap_or(What::Unreadable))
    }
}

fn client_message(stage: Stage, frame: &[u8]) -> Result<What, Malformed> {
    let mut reader = Reader::new(frame);
    if let Stage::Handshake = stage {
        let hello = ConnectRequest::decode(&mut reader)?;
        return Ok(What::Hello { session: hello.session_id, last_zxid: hello.last_zxid_seen });
    }
    let RequestHeader { xid, op } = RequestHeader::decode(&mut reader)?;
    let is_secret = matches!(op, OpCode::Auth | OpCode::Sasl);
    let body = if is_secret { Bytes::new() } else { Bytes::copy_from_slice(reader.rest()) };
    Ok(What::Request { xid, op, body })
}

fn server_message(stage: Stage, frame: &[u8]) -> Result<What, Malformed> {
    let mut reader = Reader::new(frame);
    if let Stage::Handshake = stage {
        let session = ConnectResponse::decode(&mut reader)?.session_id;
        return Ok(What::Welcome { session });
    }
    let ReplyHeader { xid, zxid, err } = ReplyHeader::decode(&mut reader)?;
    if xid == ReplyHeader::NOTIFICATION {
        return Ok(What::Event { zxid, event: WatchedEvent::decode(&mut reader)? });
    }
    Ok(What::Reply { xid, zxid, err, body: Bytes::copy_from_slice(reader.rest()) })
}
