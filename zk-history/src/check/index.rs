//! Who asked what, what came of it, and what can be seen without a look at the data.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use zk_proto::{AnyRequest, ErrorCode, OpCode, ReplyHeader, WatchedEvent};

use crate::{History, Rule, Violation, What};

/// A history by requests and by what servers showed.
#[derive(Debug, Default)]
pub(super) struct Index<'h> {
    pub(super) calls: Vec<Call<'h>>,
    /// All that came with a zxid, in the order of records.
    pub(super) shown: Vec<Shown<'h>>,
    pub(super) connections: Vec<Connection<'h>>,
    pub(super) sessions: HashMap<i64, Session>,
}

/// What a session was shown.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Session {
    /// The last zxid of all.
    pub(super) last: i64,
    /// The last zxid of an answer that shows something: those to pings and about watches do not.
    answered: i64,
}

/// A request.
#[derive(Debug)]
pub(super) struct Call<'h> {
    pub(super) session: i64,
    pub(super) op: OpCode,
    /// `None` if nothing is known of such requests.
    pub(super) request: Option<AnyRequest<'h>>,
    pub(super) record: usize,
    /// The last transaction of which anybody knew when it was asked for.
    pub(super) after: i64,
    pub(super) answer: Option<Answer<'h>>,
}

/// A reply.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer<'h> {
    pub(super) zxid: i64,
    pub(super) err: i32,
    pub(super) body: &'h Bytes,
}

/// A reply, and the events that came since the one before.
#[derive(Debug)]
pub(super) struct Shown<'h> {
    pub(super) zxid: i64,
    pub(super) record: usize,
    pub(super) connection: usize,
    /// The request; `None` for a ping.
    pub(super) call: Option<usize>,
    pub(super) events: Vec<Event<'h>>,
}

/// An event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event<'h> {
    pub(super) record: usize,
    pub(super) zxid: i64,
    pub(super) event: &'h WatchedEvent,
}

/// A connection.
#[derive(Debug, Default)]
pub(super) struct Connection<'h> {
    pub(super) session: i64,
    /// Requests that wait.
    waiting: VecDeque<(i32, usize)>,
    seen: i64,
    /// An answer that was not the one to come, and when: the client must not go on.
    refused: Option<(Duration, String)>,
    /// Events that came after the last reply.
    pub(super) events: Vec<Event<'h>>,
    /// How many replies with a zxid it has had.
    pub(super) shown: usize,
}

impl<'h> Index<'h> {
    pub(super) fn new(history: &'h History) -> Result<Self, Violation> {
        let mut index = Self::default();
        let mut seen = 0;
        for (number, record) in history.records.iter().enumerate() {
            let id = record.connection.0;
            if index.connections.len() <= id {
                index.connections.resize_with(id + 1, Connection::default);
            }
            index.take(number, id, record.at, &record.what, &mut seen).map_err(
                |(rule, details)| Violation { rule, at: record.at, record: number, details },
            )?;
        }
        Ok(index)
    }

    /// How many connections were given up for an answer that was not the one to come.
    pub(super) fn misplaced(&self) -> usize {
        self.connections.iter().filter(|connection| connection.refused.is_some()).count()
    }

    fn take(
        &mut self,
        record: usize,
        id: usize,
        at: Duration,
        what: &'h What,
        seen: &mut i64,
    ) -> Result<(), (Rule, String)> {
        let connection = &mut self.connections[id];
        if let Some((refused, details)) = &connection.refused {
            return match what {
                What::Lost => Ok(()),
                // What was read together with it is not looked at.
                What::Reply { .. } | What::Event { .. } if at == *refused => Ok(()),
                What::Reply { .. }
                | What::Event { .. }
                | What::Request { .. }
                | What::Hello { .. }
                | What::Welcome { .. }
                | What::Unreadable => Err((Rule::AnswerOutOfOrder, details.clone())),
            };
        }
        match what {
            What::Unreadable => {
                return Err((Rule::Unreadable, format!("connection {id}")));
            }
            What::Lost => connection.waiting.clear(),
            What::Hello { session, last_zxid } => {
                let shown = self.sessions.get(session).copied().unwrap_or_default().answered;
                if *last_zxid < shown {
                    let details = format!("session {session:#x}: {last_zxid:#x} after {shown:#x}");
                    return Err((Rule::LastZxidForgotten, details));
                }
            }
            What::Welcome { session } => {
                connection.session = *session;
                self.sessions.entry(*session).or_default();
            }
            What::Request { xid, op, body } => {
                if matches!(*xid, ReplyHeader::PING | ReplyHeader::AUTH) {
                    return Ok(());
                }
                let (session, request) = (connection.session, AnyRequest::decode(*op, body).ok());
                let shown = self.sessions.get(&session).copied().unwrap_or_default().last;
                if let Some(AnyRequest::SetWatches(set)) = &request
                    && set.relative_zxid > shown
                {
                    let details = format!("since {:#x}, shown {shown:#x}", set.relative_zxid);
                    return Err((Rule::RearmedTooLate, details));
                }
                connection.waiting.push_back((*xid, self.calls.len()));
                let (op, after) = (*op, *seen);
                self.calls.push(Call { session, op, request, record, after, answer: None });
            }
            What::Event { zxid, event } => {
                connection.events.push(Event { record, zxid: *zxid, event });
                *seen = (*seen).max(*zxid);
            }
            What::Reply { xid, zxid, err, body } => {
                let answer = Answer { zxid: *zxid, err: *err, body };
                match self.is_refused(id, *xid) {
                    Some(details) => self.connections[id].refused = Some((at, details)),
                    None => {
                        self.answer(record, id, *xid, answer)?;
                        *seen = (*seen).max(*zxid);
                    }
                }
            }
        }
        Ok(())
    }

    /// Why an answer is not the one to come, if it is not. Servers that lose their ensemble may leave
    /// out that to a write, and still send that to a read behind it.
    fn is_refused(&self, id: usize, xid: i32) -> Option<String> {
        let expected = self.connections[id].waiting.front().map(|(xid, _)| *xid);
        let is_numbered = !matches!(xid, ReplyHeader::PING | ReplyHeader::AUTH);
        (is_numbered && expected != Some(xid)).then(|| format!("xid {xid}, expected {expected:?}"))
    }

    fn answer(
        &mut self,
        record: usize,
        id: usize,
        xid: i32,
        answer: Answer<'h>,
    ) -> Result<(), (Rule, String)> {
        let connection = &mut self.connections[id];
        let zxid = answer.zxid;
        let call = match xid {
            ReplyHeader::PING | ReplyHeader::AUTH => None,
            _ => connection.waiting.pop_front().map(|(_, call)| call),
        };
        if let Some(call) = call {
            self.calls[call].answer = Some(answer);
        }
        if zxid <= 0 {
            return Ok(());
        }
        let session = connection.session;
        let shown = self.sessions.entry(session).or_default();
        let before = connection.seen.max(shown.answered);
        if zxid < before {
            let details = format!("session {session:#x}: {zxid:#x} after {before:#x}");
            return Err((Rule::ZxidWentBack, details));
        }
        connection.seen = zxid;
        shown.last = shown.last.max(zxid);
        let op = call.map(|call| self.calls[call].op);
        if op.is_some_and(shows) {
            shown.answered = zxid;
        }
        let events = std::mem::take(&mut connection.events);
        connection.shown += 1;
        self.shown.push(Shown { zxid, record, connection: id, call, events });
        Ok(())
    }
}

fn shows(op: OpCode) -> bool {
    let shows_nothing = matches!(
        op,
        OpCode::SetWatches
            | OpCode::SetWatches2
            | OpCode::AddWatch
            | OpCode::CheckWatches
            | OpCode::RemoveWatches
    );
    !shows_nothing
}

impl<'h> Call<'h> {
    /// Whether it asks for a transaction.
    #[expect(clippy::wildcard_enum_match_arm, reason = "operations are an open set")]
    pub(super) fn is_write(&self) -> bool {
        match self.op {
            OpCode::Create
            | OpCode::Create2
            | OpCode::CreateContainer
            | OpCode::CreateTtl
            | OpCode::Delete
            | OpCode::SetData
            | OpCode::SetAcl
            | OpCode::Multi
            | OpCode::CloseSession => self.request.is_some(),
            _ => false,
        }
    }

    /// What became of a write.
    pub(super) fn fate(&self) -> Fate<'h> {
        let Some(answer) = self.answer else { return Fate::Unknown };
        match ErrorCode::of_reply(answer.err) {
            Some(code) if code.outcome() == zk_proto::Outcome::Unknown => Fate::Unknown,
            Some(
                ErrorCode::SessionExpired
                | ErrorCode::SessionMoved
                | ErrorCode::NotReadOnly
                | ErrorCode::Throttled
                | ErrorCode::MarshallingError
                | ErrorCode::Unimplemented,
            ) => Fate::Ignored,
            Some(_) | None => Fate::Told(answer),
        }
    }
}

/// What became of a write.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate<'h> {
    /// It has a zxid, whether it was carried out or refused.
    Told(Answer<'h>),
    /// The server had nothing to do with it.
    Ignored,
    /// It was carried out once, or not at all.
    Unknown,
}
