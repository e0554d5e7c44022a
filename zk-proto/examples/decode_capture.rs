//! What a client and a server have said to each other, one line for each message.
//!
//!     cargo run -p zk-proto --example decode_capture                     # something that is here
//!     cargo run -p zk-proto --example decode_capture -- CLIENT SERVER    # yours
//!
//! `CLIENT` has what the client sent on one connection, from its beginning, and `SERVER` what the
//! server sent. `tcpflow -r capture.pcap` makes such files, or `tcpflow -i lo port 2181`. Two files
//! do not tell when something was said: a request stands before its answer, and a change before the
//! next answer. What is here is a connection of the Java client 3.9.5 to a server of that version.
#![expect(clippy::print_stdout, reason = "an example talks")]

use std::collections::VecDeque;
use std::error::Error;
use std::fs;

use bytes::Bytes;
use zk_proto::wire::{Inbox, Reader};
use zk_proto::{
    AnyRequest, Chroot, ConnectRequest, ConnectResponse, ErrorCode, Fault, Record, ReplyHeader,
    Request, RequestHeader, Stat, WatchedEvent, WhoAmI,
};

/// The longest message to believe in.
const LIMIT: usize = 64 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    match &*files {
        [] => decode(include_bytes!("capture/client"), include_bytes!("capture/server")),
        [client, server] => decode(&fs::read(client)?, &fs::read(server)?),
        _ => Err("two files are wanted: what the client sent, and what the server sent".into()),
    }
}

fn decode(client: &[u8], server: &[u8]) -> Result<(), Box<dyn Error>> {
    let (mut requests, mut replies) = (frames(client)?, frames(server)?);
    // The first message has no header, on either side.
    if let Some(greeting) = requests.pop_front() {
        println!("> {:?}", ConnectRequest::decode(&mut Reader::new(&greeting))?);
    }
    if let Some(granted) = replies.pop_front() {
        println!("< {:?}", ConnectResponse::decode(&mut Reader::new(&granted))?);
    }
    let mut conversation = Conversation { requests, unanswered: Vec::new(), events: Vec::new() };
    for reply in replies {
        conversation.hear(&reply)?;
    }
    conversation.end()
}

/// The messages of a stream. All that is to be known for that is in front of each: its length.
fn frames(stream: &[u8]) -> Result<VecDeque<Bytes>, Fault> {
    let mut inbox = Inbox::from(stream);
    let mut frames = VecDeque::new();
    while let Some(frame) = inbox.take_frame(LIMIT)? {
        frames.push_back(frame);
    }
    if inbox.has_begun_frame() {
        println!("({} bytes at the end are no whole message)", inbox.pending().len());
    }
    Ok(frames)
}

struct Conversation {
    /// Those that nothing was heard of yet.
    requests: VecDeque<Bytes>,
    /// Those that an answer has overtaken.
    unanswered: Vec<Bytes>,
    /// Changes that were told since the last answer.
    events: Vec<String>,
}

impl Conversation {
    /// A message of the server: the answer to a request, or a change that a watch saw.
    fn hear(&mut self, reply: &Bytes) -> Result<(), Box<dyn Error>> {
        let header = ReplyHeader::decode(&mut Reader::new(reply))?;
        let body = reply.slice(ReplyHeader::LEN..);
        if header.xid == ReplyHeader::NOTIFICATION {
            let event = WatchedEvent::decode(&mut Reader::new(&body))?;
            self.events.push(format!("< {:?} {}", event.kind, event.path));
            return Ok(());
        }
        let request = self.request_of(header.xid)?;
        for event in self.events.drain(..) {
            println!("{event}");
        }
        println!("< {} {}", header.xid, answer(&request, header, body));
        Ok(())
    }

    /// The request that is answered now, and before it all those that were sent earlier.
    fn request_of(&mut self, xid: i32) -> Result<Bytes, Box<dyn Error>> {
        let is_it = |request: &Bytes| {
            RequestHeader::decode(&mut Reader::new(request)).is_ok_and(|header| header.xid == xid)
        };
        if let Some(at) = self.unanswered.iter().position(is_it) {
            return Ok(self.unanswered.remove(at));
        }
        while let Some(request) = self.requests.pop_front() {
            println!("> {}", describe(&request)?);
            if is_it(&request) {
                return Ok(request);
            }
            self.unanswered.push(request);
        }
        Err(format!("the server answers {xid}, which nobody has asked").into())
    }

    /// What is left when nothing more was heard.
    fn end(self) -> Result<(), Box<dyn Error>> {
        for event in &self.events {
            println!("{event}");
        }
        for request in &self.requests {
            println!("> {}", describe(request)?);
        }
        match self.unanswered.len() + self.requests.len() {
            0 => {}
            1 => println!("(1 request has no answer)"),
            count => println!("({count} requests have no answer)"),
        }
        Ok(())
    }
}

fn describe(request: &[u8]) -> Result<String, Box<dyn Error>> {
    let (header, request) = read(request)?;
    let mut text = format!("{} {}", header.xid, header.op);
    match request {
        Ok(request) => {
            // A transaction is about many, a ping about none.
            let path = request.path();
            let paths = path.split('\0').filter(|path| !path.is_empty());
            text.extend(paths.map(|path| format!(" {path}")));
            if request.wants_watch() {
                text.push_str(", and a watch");
            }
        }
        Err(code) => text.push_str(&format!(" (a server answers: {code})")),
    }
    Ok(text)
}

/// A request of any operation; or what a server answers to one that is none.
fn read(
    request: &[u8],
) -> Result<(RequestHeader, Result<AnyRequest<'_>, ErrorCode>), Box<dyn Error>> {
    let mut reader = Reader::new(request);
    let header = RequestHeader::decode(&mut reader)?;
    Ok((header, AnyRequest::decode(header.op, reader.rest())))
}

/// What an answer is can only be told by what was asked.
fn answer(request: &[u8], header: ReplyHeader, body: Bytes) -> String {
    let answer = match (ErrorCode::of_reply(header.err), read(request)) {
        (Some(code), _) => return code.to_string(),
        (None, Ok((_, Ok(request)))) => success(&request, body),
        (None, _) => return format!("{} bytes", body.len()),
    };
    answer.unwrap_or_else(|error| error.to_string())
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the others say nothing but yes")]
fn success(request: &AnyRequest<'_>, body: Bytes) -> Result<String, zk_proto::Error> {
    let version = |stat: &Stat| format!("version {}", stat.version);
    Ok(match request {
        AnyRequest::Create(asked) => decoded(asked, body)?,
        AnyRequest::CreateWithStat(asked) => decoded(asked, body)?.path,
        AnyRequest::Exists(asked, _) => {
            decoded(asked, body)?.as_ref().map_or_else(String::new, version)
        }
        AnyRequest::GetData(asked, _) => {
            let node = decoded(asked, body)?;
            format!("{} bytes, {}", node.data.len(), version(&node.stat))
        }
        AnyRequest::SetData(asked) => version(&decoded(asked, body)?),
        AnyRequest::GetAcl(asked) => format!("{:?}", decoded(asked, body)?.acl),
        AnyRequest::SetAcl(asked) => format!("version {} of it", decoded(asked, body)?.aversion),
        AnyRequest::GetChildren(asked, _) => format!("{:?}", decoded(asked, body)?),
        AnyRequest::GetChildrenWithStat(asked, _) => {
            format!("{:?}", decoded(asked, body)?.children)
        }
        AnyRequest::GetAllChildrenNumber(asked) => decoded(asked, body)?.to_string(),
        AnyRequest::GetEphemerals(asked) => format!("{:?}", decoded(asked, body)?),
        AnyRequest::Sync(asked) => decoded(asked, body)?,
        AnyRequest::Multi(asked) => format!("{} results", decoded(asked, body)?.len()),
        AnyRequest::MultiRead(asked) => format!("{} results", decoded(asked, body)?.len()),
        AnyRequest::Reconfig(asked) => String::from_utf8_lossy(&decoded(asked, body)?.data).into(),
        AnyRequest::WhoAmI => format!("{:?}", decoded(&WhoAmI, body)?),
        _ => "ok".into(),
    })
}

/// Each request knows how to read its answer.
fn decoded<R: Request>(_asked: &R, body: Bytes) -> Result<R::Response, zk_proto::Error> {
    R::decode(Ok(body), &Chroot::ALL)
}
