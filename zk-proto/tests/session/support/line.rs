//! The two directions of one connection.

use std::collections::VecDeque;

use zk_proto::wire::{Inbox, Outbox, Reader};
use zk_proto::{
    AnyRequest, ConnectRequest, Instant, OpCode, Record, ReplyHeader, RequestHeader, Session,
};

use super::{Token, Watcher};

/// A connection, the server's end of it included. There is at most one at a time.
#[derive(Default)]
pub(crate) struct Line {
    inbox: Inbox,
    outbox: Outbox,
    /// What the server has received and not understood yet.
    received: Inbox,
    greeting: Option<ConnectRequest>,
    is_greeted: bool,
    /// Frames of the session that the server has not looked at.
    frames: VecDeque<Sent>,
    last_xid: i32,
}

/// A request as the server sees it.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) xid: i32,
    pub(crate) op: OpCode,
    body: Vec<u8>,
}

impl Sent {
    pub(crate) fn request(&self) -> AnyRequest<'_> {
        AnyRequest::decode(self.op, &self.body).expect("a request that servers understand")
    }

    /// The path, for those that begin with one.
    pub(crate) fn path(&self) -> &str {
        Reader::new(&self.body).string("path").expect("a path")
    }

    /// How many bytes it has without its header.
    pub(crate) fn len(&self) -> usize {
        self.body.len()
    }
}

impl Line {
    /// Another connection takes its place. Nothing of it is left.
    pub(crate) fn cut(&mut self) {
        *self = Self::default();
    }

    /// Moves what there is to the server's end.
    pub(crate) fn transmit(&mut self, session: &mut Session<Token, Watcher>, now: Instant) -> bool {
        let is_wanted = session.wants_transmit();
        let has_bytes = session.poll_transmit(now, &mut self.outbox);
        assert!(is_wanted || !has_bytes, "bytes out of nowhere");
        self.received.extend(self.outbox.pending().to_vec());
        self.outbox.consume(usize::MAX);
        while let Some(frame) = self.received.take_frame(usize::MAX).expect("a length") {
            self.understand(&frame);
        }
        has_bytes
    }

    fn understand(&mut self, frame: &[u8]) {
        let mut reader = Reader::new(frame);
        if self.greeting.is_none() && !self.is_greeted {
            assert_eq!(frame.len(), 45, "the first frame is a handshake, which has its length");
            self.greeting = ConnectRequest::decode(&mut reader).ok();
            return;
        }
        assert!(self.is_greeted, "nothing follows the handshake before its answer");
        let RequestHeader { xid, op } = RequestHeader::decode(&mut reader).expect("a header");
        if op == OpCode::Ping {
            assert_eq!(xid, ReplyHeader::PING);
        } else if op == OpCode::Auth {
            assert_eq!(xid, ReplyHeader::AUTH);
        } else {
            assert!(xid > self.last_xid, "numbers are used once: {xid} after {}", self.last_xid);
            self.last_xid = xid;
        }
        self.frames.push_back(Sent { xid, op, body: reader.rest().into() });
    }

    /// Takes the handshake.
    pub(crate) fn take_greeting(&mut self) -> Option<ConnectRequest> {
        self.is_greeted |= self.greeting.is_some();
        self.greeting.take()
    }

    pub(crate) fn take_frame(&mut self) -> Option<Sent> {
        self.frames.pop_front()
    }

    /// As many of these bytes as one read takes have come from the server.
    pub(crate) fn arrive<'a>(&mut self, bytes: &'a [u8], most: usize) -> (&mut Inbox, &'a [u8]) {
        let space = self.inbox.space();
        let (now, later) = bytes.split_at(bytes.len().min(space.len()).min(most));
        space[..now.len()].copy_from_slice(now);
        self.inbox.commit(now.len());
        (&mut self.inbox, later)
    }
}
