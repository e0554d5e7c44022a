//! Every frame of the captured conversations is understood, and written again byte for byte.
//!
//! Frames that a real server refused, or that no client of ours would write that way, are listed
//! by name with what is particular about them: nothing is passed over in silence.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/capture.rs"]
mod capture;
#[path = "support/server.rs"]
mod server;

use std::collections::VecDeque;

use bytes::Bytes;
use capture::{Conversation, Line, to_hex, unframe};
use zk_proto::wire::{Reader, put_frame};
use zk_proto::{
    AnyRequest, ConnectRequest, ConnectResponse, ErrorCode, OpCode, Record, ReplyHeader,
    RequestHeader, WatchedEvent,
};

#[test]
fn a_server_of_version_3_8_0() {
    let tally = Tally::of("zookeeper-3.8.0.txt");
    assert_eq!((tally.client, tally.server), (46, 55));
    assert_eq!(
        tally.particular,
        ["unknown opcode 500 -> err -6, header zxid -1, then server closes: refused with -6"]
    );
}

#[test]
fn a_server_of_version_3_9_5() {
    let tally = Tally::of("zookeeper-3.9.5.txt");
    assert_eq!((tally.client, tally.server), (129, 151));
    assert_eq!(tally.particular, PARTICULAR_3_9_5);
}

#[test]
fn the_java_client_and_its_server() {
    let tally = Tally::of("java-client-3.9.5.jsonl");
    assert_eq!((tally.client, tally.server), (71, 83));
    assert_eq!(tally.particular, [""; 0]);
}

/// What that capture tried on purpose; the title ends with what the server made of it.
const PARTICULAR_3_9_5: &[&str] = &[
    "create bad path (relative) -> -8: not sent: invalid path: it does not start with /",
    "create flags 9 -> -8: refused with -8",
    "create with empty ACL -> -114: not sent: the access control list is empty",
    "createTTL ttl 0 -> -8: refused with -8",
    "create body cut short -> -5: refused with -5",
    "create with a trailing byte (ignored): another way to write the same",
    "multi containing exists -> -5: refused with -5",
    "multi containing create flags 9 -> -5 (3.8.0: result -8): refused with -5",
    "multiRead containing create first -> -5 with a body: refused with -5",
    "multiRead containing create first -> -5 with a body: an error with a body, which is ignored",
    "multiRead containing a write later -> -5 without a body: refused with -5",
    "addWatch mode 9 -> -5: refused with -5",
    "removeWatches type 6 -> -5: refused with -5",
    "getEphemerals null: another way to write the same",
    "connect with lastZxidSeen ahead of the server: closed without an answer",
    "unknown opcode 500 -> err -6, header zxid -1, then server closes: refused with -6",
    "check (13) alone -> like an unknown opcode since 3.9.0: refused with -6",
    "auth packet cut short -> closed without a reply: refused with -5",
    "auth packet cut short -> closed without a reply: closed without an answer",
    "frame of length 0 -> closed: no request at all",
    "frame of length 0 -> closed: closed without an answer",
];

/// How a capture went.
#[derive(Debug, Default)]
struct Tally {
    /// How many frames of clients were checked.
    client: usize,
    /// How many frames of servers were checked.
    server: usize,
    /// What was not simply written again, and why.
    particular: Vec<String>,
}

impl Tally {
    fn of(file: &str) -> Self {
        let mut tally = Self::default();
        for conversation in capture::read(file) {
            tally.check(&conversation);
        }
        tally
    }

    fn check(&mut self, conversation: &Conversation) {
        let mut replay = Replay { name: &conversation.name, asked: VecDeque::new(), tally: self };
        for line in &conversation.lines {
            match line {
                Line::Client(frame) => replay.sent(frame),
                Line::Server(frame) => replay.received(frame),
                Line::Closed => replay.closed(),
            }
        }
        assert!(replay.asked.is_empty(), "{}: not answered: {:?}", replay.name, replay.asked);
    }
}

/// One conversation as it goes on.
struct Replay<'a> {
    name: &'a str,
    asked: VecDeque<Asked>,
    tally: &'a mut Tally,
}

/// What a client sent and the server has not answered yet.
#[derive(Debug)]
enum Asked {
    /// The first message, or a request that looks like one.
    Connect(Bytes),
    Request {
        header: RequestHeader,
        body: Bytes,
    },
    /// Less than the header of a request: nothing can answer it.
    Scrap,
}

impl Replay<'_> {
    fn sent(&mut self, frame: &[u8]) {
        self.tally.client += 1;
        let Some(message) = unframe(frame).filter(|message| message.len() >= 8) else {
            self.note("no request at all");
            return self.asked.push_back(Asked::Scrap);
        };
        if is_connect_request(&message) {
            self.same(frame, |out| decoded::<ConnectRequest>(&message).encode(out));
            return self.asked.push_back(Asked::Connect(message));
        }
        let (header, body) = request(&message);
        match AnyRequest::decode(header.op, &body) {
            Ok(request) => self.sent_request(frame, header, &request),
            Err(code) => self.note(&format!("refused with {}", code.code())),
        }
        self.asked.push_back(Asked::Request { header, body });
    }

    fn sent_request(&mut self, frame: &[u8], header: RequestHeader, request: &AnyRequest<'_>) {
        let (mut again, mut body) = (Vec::new(), Vec::new());
        if let Err(misuse) = request.encode(&mut body) {
            return self.note(&format!("not sent: {misuse}"));
        }
        put_frame(&mut again, |out| {
            RequestHeader { op: request.op(), ..header }.encode(out);
            out.extend(&body);
        });
        if again != frame {
            let same = AnyRequest::decode(request.op(), &body);
            assert_eq!(same.as_ref(), Ok(request), "{}: {}", self.name, to_hex(frame));
            self.note("another way to write the same");
        }
    }

    fn received(&mut self, frame: &[u8]) {
        self.tally.server += 1;
        let message = unframe(frame).unwrap();
        // The answer to the first message is the only one that does not begin with a header.
        if let Some(Asked::Connect(_)) = self.asked.front()
            && message.len() != ReplyHeader::LEN
        {
            self.asked.pop_front();
            return self.same(frame, |out| decoded::<ConnectResponse>(&message).encode(out));
        }
        let header: ReplyHeader = decoded(&message);
        let body = message.slice(ReplyHeader::LEN..);
        if header.xid == ReplyHeader::NOTIFICATION {
            return self.same(frame, |out| {
                header.encode(out);
                decoded::<WatchedEvent>(&body).encode(out);
            });
        }
        let asked = self.asked_for(header.xid);
        match (ErrorCode::of_reply(header.err), asked) {
            (Some(code), asked) => self.refused(frame, header, &body, code, &asked),
            (None, Asked::Request { header: asked, body: request }) => {
                let request = AnyRequest::decode(asked.op, &request)
                    .unwrap_or_else(|code| panic!("{}: accepted, not {code}", self.name));
                self.same(frame, |out| {
                    header.encode(out);
                    out.extend(server::written_again(asked.op, &request, &body));
                });
            }
            (None, asked) => panic!("{}: an answer to {asked:?}", self.name),
        }
    }

    fn closed(&mut self) {
        for _ in std::mem::take(&mut self.asked) {
            self.note("closed without an answer");
        }
    }

    /// Servers answer in the order of the requests; pings have an xid of their own.
    fn asked_for(&mut self, xid: i32) -> Asked {
        let is_it = |asked: &Asked| match asked {
            Asked::Request { header, .. } if header.op == OpCode::Ping => xid == ReplyHeader::PING,
            Asked::Request { header, .. } => xid == header.xid,
            Asked::Connect(_) => xid == 0,
            Asked::Scrap => false,
        };
        let at = if xid == ReplyHeader::PING { self.asked.iter().position(is_it) } else { Some(0) };
        let asked = at.and_then(|at| self.asked.remove(at));
        asked.filter(is_it).unwrap_or_else(|| panic!("{}: nobody asked as {xid}", self.name))
    }

    /// What we refuse, the server refused with the same code.
    fn refused(
        &mut self,
        frame: &[u8],
        header: ReplyHeader,
        body: &Bytes,
        code: ErrorCode,
        asked: &Asked,
    ) {
        let request = match asked {
            Asked::Request { header, body } => (*header, body.clone()),
            Asked::Connect(message) => request(message),
            Asked::Scrap => panic!("{}: an answer to a scrap", self.name),
        };
        if let Err(ours) = AnyRequest::decode(request.0.op, &request.1) {
            assert_eq!(ours, code, "{}", self.name);
        }
        if !body.is_empty() {
            self.note("an error with a body, which is ignored");
        }
        self.same(frame, |out| {
            header.encode(out);
            out.extend(body);
        });
    }

    fn same(&self, frame: &[u8], write: impl FnOnce(&mut Vec<u8>)) {
        let mut again = Vec::new();
        put_frame(&mut again, write);
        assert_eq!(to_hex(&again), to_hex(frame), "{}", self.name);
    }

    fn note(&mut self, what: &str) {
        self.tally.particular.push(format!("{}: {what}", self.name));
    }
}

/// A first message has no header: it is known by its version, which is 0, and by the length of the
/// password within it.
fn is_connect_request(message: &[u8]) -> bool {
    let password = message.get(24..28).map(|len| i32::from_be_bytes(len.try_into().unwrap()));
    let end = password.and_then(|len| usize::try_from(len).ok()).map(|len| 28 + len);
    let is_version_0 = message.starts_with(&[0; 4]);
    is_version_0 && end.is_some_and(|end| message.len() == end || message.len() == end + 1)
}

fn request(message: &Bytes) -> (RequestHeader, Bytes) {
    (decoded(message), message.slice(8..))
}

fn decoded<R: Record>(message: &[u8]) -> R {
    R::decode(&mut Reader::new(message)).unwrap()
}
