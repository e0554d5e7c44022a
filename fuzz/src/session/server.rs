//! The server's half, as a script plays it.

use arbitrary::{Result, Unstructured};
use zk_proto::wire::{put_buffer, put_frame};
use zk_proto::{
    ConnectResponse, KeeperState, OpCode, Record, ReplyHeader, RequestHeader, WatchedEvent,
};

use super::callers::PATHS;
use super::world::World;
use crate::parts;

/// About requests, and about the session.
const CODES: [i32; 10] = [0, -101, -102, -5, -121, -112, -118, -124, -115, -127];

impl World {
    /// These bytes come from the server.
    pub(super) fn server_sends(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && self.line.is_greeted() {
            let (inbox, rest) = self.line.arrive(bytes);
            self.session.handle_input(self.now, inbox);
            self.drain();
            bytes = rest;
        }
    }

    pub(super) fn server_sends_frame(&mut self, body: &[u8]) {
        let mut bytes = Vec::new();
        put_frame(&mut bytes, |out| out.extend_from_slice(body));
        self.server_sends(&bytes);
    }

    fn server_sends_record(&mut self, record: &impl Record) {
        let mut body = Vec::new();
        record.encode(&mut body);
        self.server_sends_frame(&body);
    }

    /// The session that was asked for.
    pub(super) fn server_grants_a_session(&mut self) {
        self.server_sends_record(&self.granted());
        while !self.session.state().is_connected() && self.server_answers() {}
    }

    fn granted(&self) -> ConnectResponse {
        let id = self.session.id();
        ConnectResponse {
            protocol_version: 0,
            timeout: 6_000,
            session_id: if id == 0 { 0x5e55 } else { id },
            password: vec![9; 16],
            read_only: Some(false),
        }
    }

    /// A session that is more or less the one that was asked for.
    pub(super) fn server_grants(&mut self, script: &mut Unstructured<'_>) -> Result<()> {
        let usual = self.granted();
        if self.audit.has_transport() && !self.line.is_greeted() {
            self.session.handle_connected(self.now);
            self.drain();
        }
        self.server_sends_record(&ConnectResponse {
            protocol_version: *script.choose(&[0, 42, -1])?,
            timeout: *script.choose(&[usual.timeout, 1, 0, -1, i32::MAX, 40])?,
            session_id: *script.choose(&[usual.session_id, 0, 0x77, -1])?,
            read_only: *script.choose(&[usual.read_only, Some(true), None])?,
            password: vec![9; *script.choose(&[16, 0, 256, 257])?],
        });
        Ok(())
    }

    /// Answers the oldest request with success; says whether there was one.
    pub(super) fn server_answers(&mut self) -> bool {
        let Some(RequestHeader { xid, op }) = self.line.take_request() else { return false };
        self.zxid += 1;
        let mut body = Vec::new();
        if op == OpCode::Sasl {
            put_buffer(&mut body, Some(&[]));
        }
        self.reply(ReplyHeader { xid, zxid: self.zxid, err: 0 }, &body);
        true
    }

    /// Answers the oldest request, or one that there is not, with anything.
    pub(super) fn server_replies(&mut self, script: &mut Unstructured<'_>) -> Result<()> {
        let err = *script.choose(&CODES)?;
        let zxid = self.zxid + i64::from(script.arbitrary::<i8>()?);
        let xid = match self.line.take_request() {
            Some(header) => header.xid,
            None => script.arbitrary::<i8>()?.into(),
        };
        self.reply(ReplyHeader { xid, zxid, err }, &[]);
        Ok(())
    }

    pub(super) fn server_notifies(&mut self, script: &mut Unstructured<'_>) -> Result<()> {
        let event = WatchedEvent {
            kind: parts::event_type(script)?,
            state: KeeperState::SYNC_CONNECTED,
            path: (*script.choose(&PATHS)?).into(),
        };
        let mut body = Vec::new();
        event.encode(&mut body);
        let zxid = script.arbitrary::<i8>()?.into();
        self.reply(ReplyHeader { xid: ReplyHeader::NOTIFICATION, zxid, err: 0 }, &body);
        Ok(())
    }

    /// Goes on with SASL.
    pub(super) fn server_challenges(&mut self, script: &mut Unstructured<'_>) -> Result<()> {
        let token = parts::bytes(script)?;
        if let Some(RequestHeader { xid, .. }) = self.line.take_request() {
            let mut body = Vec::new();
            put_buffer(&mut body, (token != b"null").then_some(token));
            self.reply(ReplyHeader { xid, zxid: self.zxid, err: 0 }, &body);
        }
        Ok(())
    }

    fn reply(&mut self, header: ReplyHeader, body: &[u8]) {
        let mut message = Vec::new();
        header.encode(&mut message);
        message.extend_from_slice(body);
        self.server_sends_frame(&message);
    }
}
