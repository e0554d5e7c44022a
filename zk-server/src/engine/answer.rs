//! What a request is answered, by its operation.

use std::borrow::Cow;

use bytes::Bytes;
use zk_proto::wire::{Reader, put_buffer, put_string};
use zk_proto::{AnyRequest, ErrorCode, Instant, OpCode, Record, ReplyHeader, encode_multi_results};

use super::connection::Stage;
use super::{ConnectionId, Engine};

/// The answer to a request.
pub(super) struct Reply {
    pub(super) zxid: i64,
    pub(super) code: i32,
    pub(super) body: Vec<u8>,
    /// Whether the connection ends after it.
    pub(super) is_last: bool,
}

impl Reply {
    pub(super) fn new(zxid: i64, body: Vec<u8>) -> Self {
        Self { zxid, code: 0, body, is_last: false }
    }

    pub(super) fn error(zxid: i64, code: ErrorCode) -> Self {
        Self { zxid, code: code.code(), body: Vec::new(), is_last: false }
    }

    pub(super) fn of(zxid: i64, result: Result<Vec<u8>, ErrorCode>) -> Self {
        match result {
            Ok(body) => Self::new(zxid, body),
            Err(code) => Self::error(zxid, code),
        }
    }

    /// And then the connection ends.
    pub(super) fn last(self) -> Self {
        Self { is_last: true, ..self }
    }

    pub(super) fn encode(self, xid: i32) -> Bytes {
        let mut message = Vec::with_capacity(self.body.len().saturating_add(ReplyHeader::LEN));
        ReplyHeader { xid, zxid: self.zxid, err: self.code }.encode(&mut message);
        message.extend_from_slice(&self.body);
        message.into()
    }
}

impl Engine {
    /// Carries a request out. `None`: its connection ends without an answer.
    #[expect(clippy::wildcard_enum_match_arm, reason = "operations are an open set")]
    pub(super) fn answer(
        &mut self,
        now: Instant,
        id: ConnectionId,
        op: OpCode,
        body: &[u8],
    ) -> Option<Reply> {
        let open = self.connections.get_mut(&id)?;
        let Stage::Open { session, read_only } = open.stage else { return None };
        open.traffic.last_op = Some(op);
        // Who has the session now is another connection.
        self.sessions.get(session).filter(|session| session.connection == Some(id))?;
        if self.config.require_sasl
            && !self.is_sasl_authenticated(id)
            && !matches!(op, OpCode::Auth | OpCode::Sasl)
        {
            return Some(Reply::error(0, ErrorCode::SessionClosedRequireSaslAuth).last());
        }
        if read_only && is_refused_read_only(op) {
            return Some(Reply::error(0, ErrorCode::NotReadOnly));
        }
        match op {
            OpCode::Sync => return Some(self.sync(id, body)),
            OpCode::CreateContainer => {
                return Some(self.create_container(now, id, &with_path_in_utf8(op, body)));
            }
            OpCode::SetWatches => return Some(self.set_watches(now, id, body, 3)),
            OpCode::SetWatches2 => return Some(self.set_watches(now, id, body, 5)),
            _ => {}
        }
        match AnyRequest::decode(op, &with_path_in_utf8(op, body)) {
            Ok(request) => self.answer_request(now, id, &request),
            Err(ErrorCode::Unimplemented) => {
                Some(Reply::error(-1, ErrorCode::Unimplemented).last())
            }
            Err(_) if matches!(op, OpCode::Auth | OpCode::Sasl) => None,
            Err(code) => Some(self.refuse(now, id, op, body, code)),
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "requests are an open set")]
    fn answer_request(
        &mut self,
        now: Instant,
        id: ConnectionId,
        request: &AnyRequest<'_>,
    ) -> Option<Reply> {
        Some(match request {
            AnyRequest::Create(_)
            | AnyRequest::CreateWithStat(_)
            | AnyRequest::Delete(_)
            | AnyRequest::SetData(_)
            | AnyRequest::SetAcl(_)
            | AnyRequest::Multi(_) => self.write(now, id, request),
            AnyRequest::Reconfig(reconfig) => self.reconfigure(now, id, reconfig),
            AnyRequest::Auth(auth) => self.authenticate(id, auth),
            AnyRequest::Sasl(sasl) => self.authenticate_by_sasl(id, sasl.0)?,
            AnyRequest::CloseSession => self.close_session(now, id)?,
            AnyRequest::Ping => Reply::new(self.seen(id), Vec::new()),
            request => self.read(id, request),
        })
    }

    /// Answers when the member has seen all that was written before, with the path as it was sent.
    fn sync(&mut self, id: ConnectionId, body: &[u8]) -> Reply {
        match Reader::new(body).buffer("path") {
            Ok(path) => {
                let path = path.map(String::from_utf8_lossy);
                let mut body = Vec::new();
                put_buffer(&mut body, path.as_deref().map(str::as_bytes));
                Reply::new(self.tree.zxid(), body)
            }
            Err(_) => Reply::error(self.seen(id), ErrorCode::MarshallingError),
        }
    }

    /// A request whose arguments make no sense. A write uses a zxid up, unless it cannot be read;
    /// a transaction in any case. Writes where reads belong are refused with an empty list.
    pub(super) fn refuse(
        &mut self,
        now: Instant,
        id: ConnectionId,
        op: OpCode,
        body: &[u8],
        code: ErrorCode,
    ) -> Reply {
        if code != ErrorCode::MarshallingError || op == OpCode::Multi {
            return Reply::error(self.record(now), code);
        }
        let mut reply = Reply::error(self.seen(id), code);
        if op == OpCode::MultiRead && AnyRequest::decode(OpCode::Multi, body).is_ok() {
            encode_multi_results(&mut reply.body, &[]);
        }
        reply
    }

    fn close_session(&mut self, now: Instant, id: ConnectionId) -> Option<Reply> {
        let session = self.connections.get(&id)?.session()?;
        let zxid = self.end_session(now, session);
        Some(Reply::new(zxid, Vec::new()).last())
    }
}

/// The body, with what Java reads of a path that is not UTF-8. In transactions such paths read as
/// one that no node can have, which comes to the same but for a missing parent.
fn with_path_in_utf8(op: OpCode, body: &[u8]) -> Cow<'_, [u8]> {
    let mut reader = Reader::new(body);
    match reader.buffer("path") {
        Ok(Some(path)) if begins_with_path(op) && str::from_utf8(path).is_err() => {
            let mut repaired = Vec::new();
            put_string(&mut repaired, &String::from_utf8_lossy(path));
            repaired.extend_from_slice(reader.rest());
            repaired.into()
        }
        Ok(_) | Err(_) => body.into(),
    }
}

fn begins_with_path(op: OpCode) -> bool {
    !matches!(
        op,
        OpCode::Multi
            | OpCode::MultiRead
            | OpCode::Auth
            | OpCode::Sasl
            | OpCode::Reconfig
            | OpCode::SetWatches
            | OpCode::SetWatches2
    )
}

/// What a member does not do that serves reads only (`ReadOnlyRequestProcessor`).
fn is_refused_read_only(op: OpCode) -> bool {
    matches!(
        op,
        OpCode::Sync
            | OpCode::Create
            | OpCode::Create2
            | OpCode::CreateTtl
            | OpCode::CreateContainer
            | OpCode::Delete
            | OpCode::SetData
            | OpCode::Reconfig
            | OpCode::SetAcl
            | OpCode::Multi
            | OpCode::Check
    )
}
