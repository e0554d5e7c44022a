//! What goes over the wire, held against the protocol.

use std::collections::VecDeque;
use std::time::Duration;

use zk_client::wire::Reader;
use zk_client::{Instant, OpCode};
use zk_proto::{AnyRequest, ConnectRequest, ConnectResponse, Record, ReplyHeader, RequestHeader};

use crate::network::{Direction, LinkId};
use crate::tap::{Frame, Peer};

/// The connection of one client, as its adapter sees it.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    link: Option<LinkId>,
    stage: Stage,
    /// The last transaction that it said it has seen, on this connection.
    since: i64,
    /// The greatest zxid of a reply on this connection.
    replied: i64,
    /// All events up to here have been told, but no more than that is known.
    told: i64,
    /// The last transactions that its program knows of.
    pub(crate) known: Known,
    last_xid: i32,
    /// Requests that wait for their replies.
    sent: VecDeque<(i32, OpCode)>,
    /// How many of them are of the program, for sure.
    asked: usize,
    has_pinged: bool,
    /// Whether a request of the program was sent on this connection.
    has_asked: bool,
    session: i64,
    /// Identities that a server has accepted, and those that were sent on this connection.
    accepted: usize,
    identified: usize,
    /// What the server has granted.
    pub(crate) timeout: Duration,
    /// The zxid of the last reply that said that watches are set again.
    pub(crate) set_again: i64,
    /// When its connection was established, by its own clock.
    pub(crate) established_at: Instant,
    /// When it last heard on a connection that was established, by its own clock.
    pub(crate) alive_at: Option<Instant>,
    /// When it last heard, on any connection that was established.
    pub(crate) heard_at: Instant,
    /// Since when it waits for an answer, by its own clock, and has heard nothing.
    pub(crate) waits_since: Option<Instant>,
    /// Whether a server said that the session is over.
    pub(crate) is_told_over: bool,
}

/// The last transactions that a program knows of.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known {
    /// Answers have shown the data as of this one.
    pub(crate) answered: i64,
    /// A change has named this one.
    pub(crate) changed: i64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    New,
    Greeted,
    Established,
}

impl Wire {
    /// Looks at a frame that its client wrote or read, at this moment of the client's clock.
    pub(crate) fn see(&mut self, frame: &Frame, local: Instant) -> Result<(), String> {
        if frame.end != Peer::Client {
            return Ok(());
        }
        if self.link != Some(frame.link) {
            self.begin(frame.link);
        }
        let result = match frame.direction {
            Direction::Up => self.wrote(&frame.bytes, local),
            Direction::Down => self.read(&frame.bytes, local),
        };
        result.map_err(|wrong| format!("on the wire, {}: {wrong} ({:?})", frame.link.0, self.stage))
    }

    pub(crate) fn is_established(&self) -> bool {
        self.stage == Stage::Established
    }

    /// Whether it waits for any answer.
    pub(crate) fn is_waiting(&self) -> bool {
        self.has_pinged || !self.sent.is_empty()
    }

    /// It begins another session.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }

    fn begin(&mut self, link: LinkId) {
        self.link = Some(link);
        (self.stage, self.replied) = (Stage::New, 0);
        self.sent.clear();
        self.asked = 0;
        (self.has_pinged, self.has_asked) = (false, false);
        self.accepted = self.accepted.max(self.identified);
        self.identified = 0;
        self.waits_since = None;
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "operations are an open set")]
    fn wrote(&mut self, bytes: &[u8], local: Instant) -> Result<(), String> {
        let mut reader = Reader::new(bytes);
        if self.stage == Stage::New {
            let request = ConnectRequest::decode(&mut reader).map_err(|wrong| wrong.to_string())?;
            self.stage = Stage::Greeted;
            return self.greet(&request);
        }
        let header = RequestHeader::decode(&mut reader).map_err(|wrong| wrong.to_string())?;
        if self.stage != Stage::Established {
            return Err(format!("{header:?} before there is a session"));
        }
        self.waits_since.get_or_insert(local);
        match header.op {
            OpCode::Ping if self.has_pinged => return Err("a second ping".into()),
            OpCode::Ping => {
                self.has_pinged = true;
                return Ok(());
            }
            OpCode::Auth => self.identified += 1,
            _ if header.xid <= self.last_xid => {
                return Err(format!("{header:?} after xid {}", self.last_xid));
            }
            _ => self.last_xid = header.xid,
        }
        self.sent.push_back((header.xid, header.op));
        self.asked += usize::from(!may_be_its_own(header.op));
        match AnyRequest::decode(header.op, reader.rest()) {
            Ok(AnyRequest::SetWatches(_)) if self.has_asked => {
                Err("watches are set again behind a request".into())
            }
            Ok(AnyRequest::SetWatches(watches)) => self.set_watches(watches.relative_zxid),
            Ok(AnyRequest::RemoveWatches(_) | AnyRequest::Auth(_)) => Ok(()),
            Ok(_) if !self.has_asked && self.identified < self.accepted => {
                Err(format!("{header:?} before its {} identities", self.accepted))
            }
            Ok(_) => {
                self.has_asked = true;
                Ok(())
            }
            Err(code) => Err(format!("{header:?} cannot be read: {code}")),
        }
    }

    /// Neither are changes told twice, nor is one that was missed passed over.
    fn set_watches(&self, relative: i64) -> Result<(), String> {
        let (least, most) = (self.known.answered, self.told);
        if relative < least || relative > most {
            return Err(format!(
                "watches are set again relative to {relative:#x}, not {least:#x} to {most:#x}"
            ));
        }
        Ok(())
    }

    fn greet(&mut self, request: &ConnectRequest) -> Result<(), String> {
        let before = std::mem::replace(&mut self.since, request.last_zxid_seen);
        let Known { answered, changed } = self.known;
        let least = before.max(answered).max(changed);
        if request.last_zxid_seen < least {
            return Err(format!("says {:#x}, has seen {least:#x}", request.last_zxid_seen));
        }
        if self.session != 0 && request.session_id != self.session {
            return Err(format!(
                "asks for session {:#x}, has {:#x}",
                request.session_id, self.session
            ));
        }
        Ok(())
    }

    fn read(&mut self, bytes: &[u8], local: Instant) -> Result<(), String> {
        let mut reader = Reader::new(bytes);
        if self.stage == Stage::Greeted {
            if bytes.len() != ReplyHeader::LEN {
                let response =
                    ConnectResponse::decode(&mut reader).map_err(|wrong| wrong.to_string())?;
                self.welcome(&response, local);
            }
            return Ok(());
        }
        (self.alive_at, self.heard_at) = (Some(local), local);
        let header = ReplyHeader::decode(&mut reader).map_err(|wrong| wrong.to_string())?;
        let result = match header.xid {
            ReplyHeader::NOTIFICATION => Ok(()),
            ReplyHeader::PING if !self.has_pinged => Err("an answer to no ping".into()),
            ReplyHeader::PING => {
                self.has_pinged = false;
                Ok(())
            }
            _ => self.replied(&header),
        };
        self.waits_since = self.is_waiting().then_some(local);
        result
    }

    fn replied(&mut self, header: &ReplyHeader) -> Result<(), String> {
        let Some((xid, op)) = self.sent.pop_front() else {
            return Err(format!("{header:?} to no request"));
        };
        self.asked -= usize::from(!may_be_its_own(op));
        if xid != header.xid {
            return Err(format!("{header:?} to {op} {xid}"));
        }
        if sets_watches(op) {
            self.set_again = header.zxid;
        }
        self.is_told_over |= header.err == zk_client::ErrorCode::SessionExpired.code();
        if header.zxid > 0 && op != OpCode::Auth {
            let least = self.replied.max(self.since);
            if header.zxid < least {
                return Err(format!("{header:?} to {op}, after {least:#x}"));
            }
            self.replied = header.zxid;
            if self.has_asked && !self.sent.iter().any(|(_, op)| sets_watches(*op)) {
                self.told = self.told.max(header.zxid);
            }
        }
        Ok(())
    }

    fn welcome(&mut self, response: &ConnectResponse, local: Instant) {
        if response.timeout <= 0 {
            self.is_told_over = true;
            return;
        }
        self.stage = Stage::Established;
        self.timeout = Duration::from_millis(u64::try_from(response.timeout).unwrap_or(0));
        (self.alive_at, self.established_at) = (Some(local), local);
        if self.session != 0 && self.session != response.session_id {
            self.is_told_over = true;
        }
        if response.read_only != Some(true) {
            self.session = response.session_id;
        }
    }

    /// It has heard something of the connection that it has, if only a part of a frame.
    pub(crate) fn heard(&mut self, link: LinkId, local: Instant) {
        if self.link == Some(link) && self.is_established() {
            self.alive_at = self.alive_at.max(Some(local));
        }
    }

    /// How many requests of the program wait for their replies.
    pub(crate) fn asked(&self) -> usize {
        self.asked
    }

    /// The session that it is connected with.
    pub(crate) fn session(&self) -> i64 {
        self.session
    }
}

/// Whether it sets watches again.
fn sets_watches(op: OpCode) -> bool {
    matches!(op, OpCode::SetWatches | OpCode::SetWatches2)
}

/// Whether a session asks for such a thing by itself, for which there need not be room.
fn may_be_its_own(op: OpCode) -> bool {
    sets_watches(op)
        || matches!(
            op,
            OpCode::AddWatch | OpCode::RemoveWatches | OpCode::Auth | OpCode::CloseSession
        )
}
