//! The server's half, as the tests play it.

use zk_proto::wire::{put_frame, put_int};
use zk_proto::{
    ConnectRequest, ConnectResponse, ErrorCode, EventType, KeeperState, OpCode, Record,
    ReplyHeader, WatchedEvent,
};

use super::{Sent, TIMEOUT, World};

pub(crate) const SESSION: i64 = 0x1_0000_5e55;
pub(crate) const PASSWORD: [u8; 16] = *b"sixteen letters!";

/// The usual answer to a handshake.
pub(crate) fn granted() -> ConnectResponse {
    ConnectResponse {
        protocol_version: 0,
        timeout: TIMEOUT.as_millis() as i32,
        session_id: SESSION,
        password: PASSWORD.into(),
        read_only: Some(false),
    }
}

impl World {
    /// These bytes come from the server, in one piece.
    pub(crate) fn server_sends(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (inbox, rest) = self.line.arrive(bytes, self.piece);
            self.session.handle_input(self.now, inbox);
            self.drain();
            bytes = rest;
        }
    }

    /// A frame comes from the server.
    pub(crate) fn server_sends_frame(&mut self, body: &[u8]) {
        let mut bytes = Vec::new();
        put_frame(&mut bytes, |out| out.extend_from_slice(body));
        self.server_sends(&bytes);
    }

    pub(crate) fn server_sends_record(&mut self, record: &impl Record) {
        let mut body = Vec::new();
        record.encode(&mut body);
        self.server_sends_frame(&body);
    }

    /// Reads the handshake.
    pub(crate) fn server_reads_greeting(&mut self) -> ConnectRequest {
        self.find_greeting().expect("a handshake")
    }

    pub(crate) fn find_greeting(&mut self) -> Option<ConnectRequest> {
        self.line.take_greeting()
    }

    pub(crate) fn server_grants(&mut self) -> ConnectRequest {
        self.server_responds(&granted())
    }

    /// Answers the handshake so.
    pub(crate) fn server_responds(&mut self, response: &ConnectResponse) -> ConnectRequest {
        let greeting = self.server_reads_greeting();
        self.server_sends_record(response);
        greeting
    }

    /// The next request, if one was sent.
    pub(crate) fn find_request(&mut self) -> Option<Sent> {
        self.line.take_frame()
    }

    pub(crate) fn next_request(&mut self) -> Sent {
        self.find_request().expect("a request")
    }

    /// The next request, which is this operation.
    pub(crate) fn next_is(&mut self, op: OpCode) -> Sent {
        let sent = self.next_request();
        assert_eq!(sent.op, op);
        sent
    }

    /// All that was sent, oldest first.
    pub(crate) fn requests(&mut self) -> Vec<Sent> {
        std::iter::from_fn(|| self.find_request()).collect()
    }

    pub(crate) fn ops(&mut self) -> Vec<OpCode> {
        self.requests().iter().map(|sent| sent.op).collect()
    }

    pub(crate) fn paths(&mut self) -> Vec<String> {
        self.requests().iter().map(|sent| sent.path().into()).collect()
    }

    /// Answers with success, in the name of the next transaction.
    pub(crate) fn server_answers(&mut self, sent: &Sent) {
        self.server_answers_with(sent, &[]);
    }

    pub(crate) fn server_answers_with(&mut self, sent: &Sent, body: &[u8]) {
        self.zxid += 1;
        self.server_replies(sent.xid, 0, body);
    }

    pub(crate) fn server_refuses(&mut self, sent: &Sent, code: ErrorCode) {
        self.server_replies(sent.xid, code.code(), &[]);
    }

    /// Sends a reply, whatever was asked.
    pub(crate) fn server_replies(&mut self, xid: i32, err: i32, body: &[u8]) {
        let mut bytes = Vec::new();
        ReplyHeader { xid, zxid: self.zxid, err }.encode(&mut bytes);
        bytes.extend_from_slice(body);
        self.server_sends_frame(&bytes);
    }

    /// Answers all that was sent with success.
    pub(crate) fn server_answers_all(&mut self) {
        while let Some(sent) = self.find_request() {
            self.server_answers(&sent);
        }
    }

    /// Tells of an event, as servers before 3.9 do, and all of them of one that was missed.
    pub(crate) fn server_notifies(&mut self, kind: EventType, path: &str) {
        self.server_notifies_of(-1, kind, path);
    }

    /// Tells of an event of this transaction, as servers since 3.9 do.
    pub(crate) fn server_notifies_of(&mut self, zxid: i64, kind: EventType, path: &str) {
        let mut body = Vec::new();
        ReplyHeader { xid: ReplyHeader::NOTIFICATION, zxid, err: 0 }.encode(&mut body);
        WatchedEvent { kind, state: KeeperState::SYNC_CONNECTED, path: path.into() }
            .encode(&mut body);
        self.server_sends_frame(&body);
    }

    /// Asks for the step of a SASL exchange that is awaited, and answers with a token or null.
    pub(crate) fn server_challenges(&mut self, token: Option<&[u8]>) {
        let sent = self.next_is(OpCode::Sasl);
        let mut body = Vec::new();
        match token {
            Some(token) => zk_proto::wire::put_buffer(&mut body, Some(token)),
            None => put_int(&mut body, -1),
        }
        self.server_replies(sent.xid, 0, &body);
    }
}
