//! How a connection gets its session (`ZooKeeperServer.processConnectRequest`).

use std::time::Duration;

use bytes::Bytes;
use zk_proto::wire::Reader;
use zk_proto::{ConnectRequest, ConnectResponse, ErrorCode, Instant, Record, ReplyHeader};

use super::connection::{After, Stage};
use super::{ConnectionId, Engine, Scope, Service};

impl Engine {
    /// The first message of a connection. What is not answered ends it: its client should try
    /// another member.
    pub(super) fn shake_hands(&mut self, now: Instant, id: ConnectionId, message: &[u8]) {
        let Some(member) = self.connections.get(&id).map(|open| open.member) else { return };
        let request = match ConnectRequest::decode(&mut Reader::new(message)) {
            Ok(request) if request.last_zxid_seen <= self.view(member).zxid() => request,
            Ok(_) | Err(_) => return self.end(now, id, Stage::Gone),
        };
        let is_new = request.session_id == 0;
        match self.service(member) {
            Service::Everything if is_new => self.open_session(now, id, &request, Scope::Ensemble),
            Service::Everything => self.resume_session(now, id, &request),
            Service::Reads if request.read_only != Some(true) => self.end(now, id, Stage::Gone),
            Service::Reads if !self.config.local_sessions => self.refuse_session(now, id),
            Service::Reads if is_new => self.open_session(now, id, &request, Scope::Connection),
            Service::Reads | Service::Nothing => self.end(now, id, Stage::Gone),
        }
    }

    fn open_session(
        &mut self,
        now: Instant,
        id: ConnectionId,
        request: &ConnectRequest,
        scope: Scope,
    ) {
        let Some(member) = self.connections.get(&id).map(|open| open.member) else { return };
        let session = self.new_session_id(member);
        let mut password = [0; 16];
        (self.entropy)(&mut password);
        let timeout = self.config.session_timeout(request.timeout);
        self.sessions.open(now, session, password, timeout, scope, id);
        if scope == Scope::Ensemble {
            self.record(now);
        }
        self.welcome(now, id, request, session, &password, timeout);
    }

    /// Takes a session over. The connection that had it ends, whether the password is right or
    /// not, if it is at the same member; at another one, when it says something.
    fn resume_session(&mut self, now: Instant, id: ConnectionId, request: &ConnectRequest) {
        let session = request.session_id;
        let holder = self.sessions.get(session).and_then(|session| session.connection);
        let member = |id: &ConnectionId| self.connections.get(id).map(|open| open.member);
        if let Some(holder) = holder.filter(|holder| member(holder) == member(&id)) {
            self.end(now, holder, Stage::Gone);
        }
        let timeout = self.config.session_timeout(request.timeout);
        let Some(resumed) = self.sessions.with_password(session, &request.password) else {
            return self.turn_away(now, id, request);
        };
        (resumed.timeout, resumed.connection) = (timeout, Some(id));
        self.sessions.touch(now, session);
        self.welcome(now, id, request, session, &request.password, timeout);
    }

    fn welcome(
        &mut self,
        now: Instant,
        id: ConnectionId,
        request: &ConnectRequest,
        session: i64,
        password: &[u8],
        timeout: Duration,
    ) {
        let Some(open) = self.connections.get_mut(&id) else { return };
        let member = open.member;
        let read_only = self.service(member) == Service::Reads;
        if let Some(open) = self.connections.get_mut(&id) {
            open.stage = Stage::Open { session, read_only };
        }
        self.hear(now, id);
        let response = ConnectResponse {
            protocol_version: 0,
            timeout: i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX),
            session_id: session,
            password: password.to_vec(),
            read_only: request.read_only.map(|_| read_only),
        };
        let zxid = if request.session_id == 0 { self.tree.zxid() } else { 0 };
        let zxid = if read_only { 0 } else { zxid };
        self.send(now, id, zxid, encode(&response), After::GoOn);
    }

    /// The session is not there any more, or the password is not its own.
    fn turn_away(&mut self, now: Instant, id: ConnectionId, request: &ConnectRequest) {
        let response = ConnectResponse {
            protocol_version: 0,
            timeout: 0,
            session_id: 0,
            password: vec![0; 16],
            read_only: request.read_only.map(|_| false),
        };
        self.send(now, id, 0, encode(&response), After::Close);
    }

    /// What Apache's read-only server answers that has no sessions of its own: no handshake, but
    /// the reply to a request that it may not carry out.
    fn refuse_session(&mut self, now: Instant, id: ConnectionId) {
        let reply = ReplyHeader { xid: 0, zxid: 0, err: ErrorCode::NotReadOnly.code() };
        self.send(now, id, 0, encode(&reply), After::Close);
    }

    /// The member's number in the highest byte, as Apache has it; the rest cannot be guessed.
    fn new_session_id(&mut self, member: usize) -> i64 {
        loop {
            let mut bytes = [0; 8];
            (self.entropy)(&mut bytes);
            let server = u8::try_from(member.saturating_add(1)).unwrap_or(i8::MAX as u8);
            bytes[0] = server & i8::MAX as u8;
            let id = i64::from_be_bytes(bytes);
            if self.sessions.get(id).is_none() {
                return id;
            }
        }
    }
}

fn encode(record: &impl Record) -> Bytes {
    let mut bytes = Vec::new();
    record.encode(&mut bytes);
    bytes.into()
}
