//! A client of an ensemble, as the script plays it, and what it can rely on.

use std::collections::VecDeque;

use bytes::{Buf, Bytes};
use zk_proto::wire::{Inbox, Reader};
use zk_proto::{
    ConnectResponse, ErrorCode, OpCode, Record, ReplyHeader, RequestHeader, WatchedEvent,
};
use zk_server::ConnectionId;

use crate::answers;

pub(super) struct Client {
    pub(super) id: ConnectionId,
    /// It has stopped reading.
    pub(super) is_stalled: bool,
    received: Inbox,
    stage: Stage,
    last_zxid: i64,
}

/// How far it has come.
enum Stage {
    /// It has said nothing yet.
    New,
    /// It waits for its session; meanwhile it has asked for this.
    Greeting { asked: VecDeque<RequestHeader> },
    /// It has a session, and is owed the answers to this.
    Open { asked: VecDeque<RequestHeader> },
    /// It has sent what no client would: whatever it is answered is right.
    Wild,
}

impl Client {
    pub(super) fn new(id: ConnectionId) -> Self {
        Self { id, is_stalled: false, received: Inbox::default(), stage: Stage::New, last_zxid: 0 }
    }

    /// It sends a handshake, which must be the first that it sends.
    pub(super) fn greets(&mut self) {
        self.stage = match self.stage {
            Stage::New => Stage::Greeting { asked: VecDeque::new() },
            Stage::Greeting { .. } | Stage::Open { .. } | Stage::Wild => Stage::Wild,
        };
    }

    /// It sends a request.
    pub(super) fn asks(&mut self, header: RequestHeader) {
        match &mut self.stage {
            Stage::Greeting { asked } | Stage::Open { asked } => asked.push_back(header),
            Stage::New | Stage::Wild => self.stage = Stage::Wild,
        }
    }

    /// It sends anything.
    pub(super) fn goes_wild(&mut self) {
        self.stage = Stage::Wild;
    }

    pub(super) fn has_greeted(&self) -> bool {
        matches!(self.stage, Stage::Greeting { .. } | Stage::Open { .. })
    }

    /// Bytes of the server. Tells of a session that was granted.
    pub(super) fn reads(&mut self, bytes: &[u8]) -> Option<ConnectResponse> {
        if matches!(self.stage, Stage::Wild) {
            return None;
        }
        let mut granted = None;
        self.received.extend(bytes.to_vec());
        while let Some(frame) = self.received.take_frame(usize::MAX).expect("a length") {
            match std::mem::replace(&mut self.stage, Stage::Wild) {
                Stage::New => panic!("an answer to nothing"),
                Stage::Greeting { asked } => {
                    granted = greeting(&frame);
                    self.stage = Stage::Open { asked };
                }
                Stage::Open { mut asked } => {
                    self.message(frame, &mut asked);
                    self.stage = Stage::Open { asked };
                }
                Stage::Wild => {}
            }
        }
        granted
    }

    /// Answers come in the order of the requests, and never from the past.
    fn message(&mut self, mut frame: Bytes, asked: &mut VecDeque<RequestHeader>) {
        let header = ReplyHeader::decode(&mut Reader::new(&frame)).expect("a header");
        frame.advance(ReplyHeader::LEN);
        if header.xid == ReplyHeader::NOTIFICATION {
            let mut reader = Reader::new(&frame);
            WatchedEvent::decode(&mut reader).expect("an event");
            return assert!(reader.rest().is_empty(), "more than an event");
        }
        let RequestHeader { xid, op } = asked.pop_front().expect("an answer to a request");
        assert_eq!(header.xid, xid, "the answer to {op}");
        if header.zxid > 0 {
            assert!(header.zxid >= self.last_zxid, "{op} is answered from the past: {header:?}");
            self.last_zxid = header.zxid;
        }
        match ErrorCode::of_reply(header.err) {
            // Apache's servers have a body even here.
            Some(_) if matches!(op, OpCode::MultiRead | OpCode::Sasl) => {}
            Some(_) => assert!(frame.is_empty(), "{op} is refused, with a body: {header:?}"),
            None => assert!(answers::is_understood(op, &frame), "no client understands {op}"),
        }
    }
}

/// A session, or a header that says why there is none.
fn greeting(frame: &Bytes) -> Option<ConnectResponse> {
    if frame.len() == ReplyHeader::LEN {
        return None;
    }
    let granted = ConnectResponse::decode(&mut Reader::new(frame)).expect("a handshake");
    assert_eq!(granted.session_id == 0, granted.timeout == 0, "a session, or none: {granted:?}");
    Some(granted).filter(|granted| granted.session_id != 0)
}
