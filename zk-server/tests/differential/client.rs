//! One of the clients of a script: its session, and its connection.

use std::mem;

use zk_proto::wire::Reader;
use zk_proto::{ConnectRequest, ConnectResponse, OpCode, Record, ReplyHeader};

use crate::decode::{Decoder, hex};
use crate::host::Host;
use crate::line::{Heard, Line};
use crate::script::{Handshake, Request, Whose, Xid};
use crate::seen::{Numbering, Seen};

#[derive(Debug, Default)]
pub(crate) enum Client {
    /// It never had a session.
    #[default]
    Fresh,
    Connected(Session, Line),
    /// It has a session, but no connection.
    Away(Session),
    /// It closed its session.
    Ended(Session),
}

#[derive(Clone, Debug)]
pub(crate) struct Session {
    id: i64,
    password: Vec<u8>,
}

/// What a reply is to be.
#[derive(Clone, Copy, Debug)]
struct Awaited {
    xid: i32,
    op: i32,
    /// Whether the request was sent as it should be.
    is_whole: bool,
}

impl Awaited {
    const PING: Self = Self { xid: ReplyHeader::PING, op: 11, is_whole: true };
}

/// What all clients of a script have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) host: Host,
    pub(crate) numbering: Numbering,
    /// The ids of the sessions of the script, in the order in which they were opened.
    pub(crate) sessions: Vec<i64>,
    /// Whether a request to write that the server cannot read takes a zxid, which is left out.
    pub(crate) unreadable_writes_count: bool,
}

impl Shared {
    pub(crate) fn decoder(&self) -> Decoder<'_> {
        Decoder { numbering: &self.numbering, sessions: &self.sessions }
    }

    fn event(&mut self, header: &ReplyHeader, body: &[u8]) -> Seen {
        self.numbering.note(header.zxid);
        self.decoder().event(header, body)
    }

    fn reply(&mut self, awaited: Awaited, header: &ReplyHeader, body: &[u8]) -> Seen {
        let is_new = self.numbering.note(header.zxid) > 0;
        // A multi that cannot be read takes one of any server.
        let is_unreadable =
            header.err == -5 && !awaited.is_whole && awaited.op != OpCode::Multi.code();
        if is_new && is_unreadable && self.unreadable_writes_count {
            self.numbering.leave_out();
        }
        Seen::Reply {
            xid: (header.xid != awaited.xid).then_some(header.xid),
            zxid: self.numbering.count(header.zxid),
            code: header.err,
            body: self.decoder().body(awaited.op, header.err, body),
        }
    }
}

impl Client {
    pub(crate) fn line(&mut self) -> Option<&mut Line> {
        match self {
            Self::Connected(_, line) => Some(line),
            Self::Fresh | Self::Away(_) | Self::Ended(_) => None,
        }
    }

    /// Closes the connection without a word.
    pub(crate) fn cut(&mut self) {
        *self = match mem::take(self) {
            Self::Connected(session, _) => Self::Away(session),
            other @ (Self::Fresh | Self::Away(_) | Self::Ended(_)) => other,
        };
    }

    /// Lets the session run out, if it has one: it does soon.
    pub(crate) fn run_out(&mut self, shared: &mut Shared) -> Vec<Seen> {
        let seen = match self {
            Self::Connected(..) | Self::Away(_) => self.connect(Handshake::LAST, shared),
            Self::Fresh | Self::Ended(_) => Vec::new(),
        };
        *self = match mem::take(self) {
            Self::Connected(session, _) => Self::Ended(session),
            other @ (Self::Fresh | Self::Away(_) | Self::Ended(_)) => other,
        };
        seen
    }

    /// Connects, if that makes sense, and says how it went.
    pub(crate) fn connect(&mut self, handshake: Handshake, shared: &mut Shared) -> Vec<Seen> {
        let Some(request) = self.introduction(handshake, shared) else { return Vec::new() };
        let mut line = Line::open(&shared.host);
        line.send_frame(|out| request.encode(out));
        let mut seen = Vec::new();
        match line.hear() {
            Heard::Frame(frame) => match welcome(&frame) {
                Some(response) => self.welcomed(line, &response, shared, &mut seen),
                None => seen.push(Seen::Odd(hex(&frame))),
            },
            Heard::End => seen.push(Seen::Closed),
            Heard::Silence => seen.push(Seen::Silence),
        }
        seen
    }

    /// What to say in a handshake; `None` if it makes no sense now.
    fn introduction(&self, handshake: Handshake, shared: &Shared) -> Option<ConnectRequest> {
        let (session_id, password) = match (handshake.whose, self) {
            (Whose::New, Self::Fresh | Self::Ended(_)) => (0, vec![0; 16]),
            (Whose::Nobodys, _) => (0x0123_4567, vec![1; 16]),
            (
                Whose::Own,
                Self::Connected(session, _) | Self::Away(session) | Self::Ended(session),
            ) => (session.id, session.password.clone()),
            (
                Whose::OwnWithWrongPassword,
                Self::Connected(session, _) | Self::Away(session) | Self::Ended(session),
            ) => (session.id, session.password.iter().map(|byte| !byte).collect()),
            (Whose::New, Self::Connected(..) | Self::Away(_))
            | (Whose::Own | Whose::OwnWithWrongPassword, Self::Fresh) => return None,
        };
        Some(ConnectRequest {
            protocol_version: 0,
            last_zxid_seen: if handshake.is_ahead { i64::MAX } else { shared.numbering.number(0) },
            timeout: handshake.timeout,
            session_id,
            password,
            read_only: handshake.read_only,
        })
    }

    /// The server answered a handshake over this new line.
    fn welcomed(
        &mut self,
        mut line: Line,
        response: &ConnectResponse,
        shared: &mut Shared,
        seen: &mut Vec<Seen>,
    ) {
        let is_granted = response.timeout > 0;
        let session = Session { id: response.session_id, password: response.password.clone() };
        if is_granted && !shared.sessions.contains(&session.id) {
            shared.sessions.push(session.id);
        }
        let number = shared.sessions.iter().position(|id| *id == session.id);
        seen.push(Seen::Connected {
            session: number.filter(|_| is_granted),
            timeout: response.timeout,
            password: response.password.len(),
            read_only: response.read_only,
        });
        // The former connection may have been closed for this one: the settling will tell.
        let former = mem::take(self);
        *self = match former {
            former if !is_granted => {
                until_end(&mut line, shared, seen);
                former
            }
            Self::Connected(_, mut former) => {
                until_end(&mut former, shared, seen);
                Self::Connected(session, line)
            }
            Self::Fresh | Self::Away(_) | Self::Ended(_) => Self::Connected(session, line),
        };
    }

    /// Sends requests, and says what comes until all of them are answered.
    pub(crate) fn send(&mut self, requests: &[Request], shared: &mut Shared) -> Vec<Seen> {
        let mut seen = Vec::new();
        let Self::Connected(session, line) = self else { return seen };
        let mut awaited = Vec::new();
        let mut bytes = Vec::new();
        for request in requests {
            let xid = match request.xid {
                Xid::Next => line.next_xid(),
                Xid::This(xid) => xid,
            };
            let body = request.body(|counted| shared.numbering.number(counted));
            zk_proto::wire::put_frame(&mut bytes, |out| {
                zk_proto::wire::put_int(out, xid);
                zk_proto::wire::put_int(out, request.op);
                out.extend(body);
            });
            awaited.push(Awaited { xid, op: request.op, is_whole: request.is_whole() });
        }
        line.send(&bytes);
        let mut is_closing = false;
        for awaited in awaited {
            if !until_reply(line, awaited, shared, &mut seen) {
                let session = session.clone();
                *self = if is_closing { Self::Ended(session) } else { Self::Away(session) };
                return seen;
            }
            is_closing |= awaited.op == OpCode::CloseSession.code();
        }
        if is_closing {
            until_end(line, shared, &mut seen);
            *self = Self::Ended(session.clone());
        } else if seen.last().is_some_and(Seen::is_farewell) {
            until_end(line, shared, &mut seen);
            self.cut();
        }
        seen
    }

    /// Sends bytes that end the connection, and says what comes until then.
    pub(crate) fn spoil(&mut self, bytes: &[u8], shared: &mut Shared) -> Vec<Seen> {
        let mut seen = Vec::new();
        if let Self::Connected(_, line) = self {
            line.send(bytes);
            until_end(line, shared, &mut seen);
            self.cut();
        }
        seen
    }

    /// Waits for the answer to a ping that was sent, and says what came before it.
    pub(crate) fn settle(&mut self, shared: &mut Shared) -> Vec<Seen> {
        let mut seen = Vec::new();
        if let Self::Connected(_, line) = self {
            let is_open = until_reply(line, Awaited::PING, shared, &mut seen);
            let answer = seen.pop_if(|_| is_open);
            let is_fine = matches!(answer, Some(Seen::Reply { xid: None, code: 0, .. }) | None);
            seen.extend(answer.filter(|_| !is_fine));
            if !is_open {
                self.cut();
            }
        }
        seen
    }
}

/// Hears events up to the next reply; whether there was one.
fn until_reply(
    line: &mut Line,
    awaited: Awaited,
    shared: &mut Shared,
    seen: &mut Vec<Seen>,
) -> bool {
    loop {
        match line.hear() {
            Heard::Frame(frame) => match header(&frame) {
                Some((header, body)) if header.xid == ReplyHeader::NOTIFICATION => {
                    seen.push(shared.event(&header, body));
                }
                Some((header, body)) => {
                    seen.push(shared.reply(awaited, &header, body));
                    return true;
                }
                None => seen.push(Seen::Odd(hex(&frame))),
            },
            Heard::End => {
                seen.push(Seen::Closed);
                return false;
            }
            Heard::Silence => {
                seen.push(Seen::Silence);
                return false;
            }
        }
    }
}

/// Hears all until the server closes the connection.
fn until_end(line: &mut Line, shared: &mut Shared, seen: &mut Vec<Seen>) {
    while until_reply(line, Awaited::PING, shared, seen) {}
}

fn welcome(frame: &[u8]) -> Option<ConnectResponse> {
    let is_long_enough = frame.len() > ReplyHeader::LEN;
    is_long_enough.then(|| ConnectResponse::decode(&mut Reader::new(frame)).ok()).flatten()
}

fn header(frame: &[u8]) -> Option<(ReplyHeader, &[u8])> {
    let mut reader = Reader::new(frame);
    let header = ReplyHeader::decode(&mut reader).ok()?;
    Some((header, reader.rest()))
}
