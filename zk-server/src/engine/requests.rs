//! From bytes to requests: one after the other, unless something has to be waited for.

use bytes::Bytes;
use zk_proto::wire::Reader;
use zk_proto::{Instant, OpCode, Record, ReplyHeader, RequestHeader};

use super::answer::Reply;
use super::connection::{After, Stage, Wait};
use super::rules::Effect;
use super::words::Word;
use super::{ConnectionId, Engine};

impl Engine {
    /// Takes whole requests out of what a connection has sent.
    pub(super) fn take_requests(&mut self, now: Instant, id: ConnectionId) {
        let limits = self.config.limits;
        let Some(open) = self.connections.get_mut(&id) else { return };
        if let (Stage::New { .. }, 0) = (open.stage, open.traffic.received)
            && let Some(word) = Word::parse(open.inbox.pending())
        {
            return self.answer_word(now, id, word);
        }
        loop {
            match open.inbox.take_frame(limits.frame) {
                Ok(Some(request)) => {
                    open.traffic.received = open.traffic.received.saturating_add(1);
                    open.frame_by = None;
                    open.enqueue(request);
                    if let Some(session) = open.session() {
                        self.sessions.touch(now, session);
                    }
                }
                Ok(None) => break,
                // What came before it is answered; an empty request ends the connection.
                Err(_) => {
                    open.inbox.clear();
                    open.enqueue(Bytes::new());
                    break;
                }
            }
        }
        if open.inbox.has_begun_frame() {
            open.frame_by.get_or_insert(now + limits.transfer);
        }
    }

    /// Carries out what has been read, as far as nothing has to be waited for.
    pub(super) fn advance(&mut self, now: Instant, id: ConnectionId) {
        while let Some(request) = self.next_request(id) {
            let stage = self.connections.get(&id).map(|open| open.stage);
            match stage {
                Some(Stage::New { .. }) => self.shake_hands(now, id, &request),
                Some(Stage::Open { .. }) => self.meet_rules(now, id, request),
                Some(Stage::Closing | Stage::Gone) | None => break,
            }
        }
        self.settle(now, id);
    }

    fn next_request(&mut self, id: ConnectionId) -> Option<Bytes> {
        let output = self.config.limits.output;
        let open = self.connections.get_mut(&id)?;
        let may = open.is_open() && open.wait.is_none() && open.outbox.pending().len() < output;
        if may { open.dequeue() } else { None }
    }

    /// What a test has go wrong comes first.
    fn meet_rules(&mut self, now: Instant, id: ConnectionId, request: Bytes) {
        let Ok(header) = RequestHeader::decode(&mut Reader::new(&request)) else {
            return self.end(now, id, Stage::Closing);
        };
        let effect = match self.rules.is_empty() {
            true => None,
            false => self.rules.meet(header.op, path(header.op, body(&request))),
        };
        match effect {
            None => self.carry_out(now, id, &request, After::GoOn),
            Some(Effect::Delay(time)) => {
                self.wait(id, Wait::Delay { until: now + time, request });
            }
            Some(Effect::Fail(code)) => {
                let reply = Reply::error(self.seen(id), code);
                self.reply(now, id, header.xid, reply, After::GoOn);
            }
            Some(Effect::Drop) => self.end(now, id, Stage::Gone),
            Some(Effect::Lose) => self.carry_out(now, id, &request, After::Cut(0)),
            Some(Effect::Cut(len)) => self.carry_out(now, id, &request, After::Cut(len)),
            Some(Effect::Hold) => self.wait(id, Wait::Forever),
        }
    }

    pub(super) fn carry_out(
        &mut self,
        now: Instant,
        id: ConnectionId,
        request: &[u8],
        after: After,
    ) {
        let Ok(header) = RequestHeader::decode(&mut Reader::new(request)) else {
            return self.end(now, id, Stage::Closing);
        };
        match self.answer(now, id, header.op, body(request)) {
            // A ping's answer has the xid of pings, whatever was sent.
            Some(reply) if header.op == OpCode::Ping => {
                self.reply(now, id, ReplyHeader::PING, reply, after);
            }
            Some(reply) => self.reply(now, id, header.xid, reply, after),
            None => self.end(now, id, Stage::Closing),
        }
    }

    /// Sends a reply, or what a test leaves of it.
    fn reply(&mut self, now: Instant, id: ConnectionId, xid: i32, reply: Reply, after: After) {
        let after = match after {
            After::GoOn if reply.is_last => After::Close,
            After::GoOn | After::Close | After::Cut(_) => after,
        };
        if let Some(open) = self.connections.get_mut(&id) {
            (open.traffic.last_xid, open.traffic.last_zxid) = (xid, reply.zxid);
        }
        let (zxid, message) = (reply.zxid, reply.encode(xid));
        self.send(now, id, zxid, message, after);
    }

    /// Sends a message once the member has seen this zxid.
    pub(super) fn send(
        &mut self,
        now: Instant,
        id: ConnectionId,
        zxid: i64,
        message: Bytes,
        after: After,
    ) {
        if zxid > self.seen(id) {
            return self.wait(id, Wait::View { zxid, reply: message, after });
        }
        let Some(open) = self.connections.get_mut(&id) else { return };
        match after {
            After::GoOn => open.write(&message),
            After::Close => {
                open.write(&message);
                self.end(now, id, Stage::Closing);
            }
            After::Cut(len) => {
                open.write(&message);
                let out = open.outbox.buffer();
                let whole = out.len().saturating_sub(message.len().saturating_add(4));
                out.truncate(whole.saturating_add(len).min(out.len()));
                self.end(now, id, Stage::Closing);
            }
        }
    }

    /// The zxid that a connection's member has seen.
    pub(super) fn seen(&self, id: ConnectionId) -> i64 {
        self.connections.get(&id).map_or(0, |open| self.view(open.member).zxid())
    }

    fn wait(&mut self, id: ConnectionId, wait: Wait) {
        if let Some(open) = self.connections.get_mut(&id) {
            open.wait = Some(wait);
        }
    }
}

fn body(request: &[u8]) -> &[u8] {
    request.get(8..).unwrap_or_default()
}

/// The path that a request is about, for rules. Of a transaction, that of its first operation.
#[expect(clippy::wildcard_enum_match_arm, reason = "operations are an open set")]
fn path(op: OpCode, body: &[u8]) -> &str {
    let body = match op {
        OpCode::Multi | OpCode::MultiRead => body.get(9..).unwrap_or_default(),
        OpCode::Auth
        | OpCode::Sasl
        | OpCode::SetWatches
        | OpCode::SetWatches2
        | OpCode::WhoAmI
        | OpCode::Reconfig => &[],
        _ => body,
    };
    Reader::new(body).string("path").unwrap_or_default()
}
