//! The two directions of one connection.

use std::collections::VecDeque;

use zk_proto::wire::{Inbox, Outbox, Reader};
use zk_proto::{
    AnyRequest, ConnectRequest, Instant, OpCode, Record, ReplyHeader, RequestHeader, Session,
};

use super::world::{Token, Watcher};

/// A connection, the server's end of it included. There is at most one at a time.
#[derive(Default)]
pub(super) struct Line {
    inbox: Inbox,
    outbox: Outbox,
    /// What the server has received and not understood yet.
    received: Inbox,
    is_greeted: bool,
    /// Requests that the server has not answered.
    requests: VecDeque<RequestHeader>,
    last_xid: i32,
}

impl Line {
    /// Moves what there is to the server's end, which understands all of it; says how much it was.
    pub(super) fn transmit(
        &mut self,
        session: &mut Session<Token, Watcher>,
        now: Instant,
    ) -> usize {
        let is_wanted = session.wants_transmit();
        let has_bytes = session.poll_transmit(now, &mut self.outbox);
        assert!(is_wanted || !has_bytes, "bytes out of nowhere");
        let count = self.outbox.pending().len();
        self.received.extend(self.outbox.pending().to_vec());
        self.outbox.consume(count);
        while let Some(frame) = self.received.take_frame(usize::MAX).expect("a length") {
            self.understand(&frame, session.state().is_connected());
        }
        assert!(!self.received.has_begun_frame(), "frames are sent whole");
        count
    }

    fn understand(&mut self, frame: &[u8], is_connected: bool) {
        let mut reader = Reader::new(frame);
        if !self.is_greeted {
            let greeting = ConnectRequest::decode(&mut reader).expect("a handshake comes first");
            assert!(greeting.read_only.is_some() && reader.rest().is_empty());
            self.is_greeted = true;
            return;
        }
        let header = RequestHeader::decode(&mut reader).expect("a header");
        assert!(is_connected || header.op == OpCode::Sasl, "{header:?} before the session");
        let request = AnyRequest::decode(header.op, reader.rest());
        assert!(request.is_ok(), "no server understands {header:?}");
        if header.op == OpCode::Ping {
            assert_eq!(header.xid, ReplyHeader::PING);
        } else if header.op == OpCode::Auth {
            assert_eq!(header.xid, ReplyHeader::AUTH);
        } else {
            assert!(header.xid > self.last_xid, "{header:?} after {}", self.last_xid);
            self.last_xid = header.xid;
        }
        self.requests.push_back(header);
    }

    /// The handshake has been sent.
    pub(super) fn is_greeted(&self) -> bool {
        self.is_greeted
    }

    /// The oldest request that the server has not answered.
    pub(super) fn take_request(&mut self) -> Option<RequestHeader> {
        self.requests.pop_front()
    }

    /// As many of these bytes as one read takes have come from the server.
    pub(super) fn arrive<'a>(&mut self, bytes: &'a [u8]) -> (&mut Inbox, &'a [u8]) {
        let space = self.inbox.space();
        let (now, later) = bytes.split_at(bytes.len().min(space.len()));
        space[..now.len()].copy_from_slice(now);
        self.inbox.commit(now.len());
        (&mut self.inbox, later)
    }
}
