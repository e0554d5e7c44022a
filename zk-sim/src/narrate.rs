//! Frames, in words.

use std::collections::BTreeSet;

use zk_proto::wire::Reader;
use zk_proto::{
    AnyRequest, ConnectRequest, ConnectResponse, Record, ReplyHeader, RequestHeader, WatchedEvent,
};

use crate::network::{Direction, LinkId};
use crate::tap::{Frame, Peer};

/// Says what goes over the wires.
#[derive(Debug, Default)]
pub struct Narrator {
    /// Where the handshake has gone by.
    greeted: BTreeSet<(LinkId, Peer, Direction)>,
}

impl Narrator {
    /// A frame in one line, if it can be read. It has to see all frames of a connection.
    pub fn tell(&mut self, frame: &Frame) -> Option<String> {
        let Frame { at, client, member, link, end, direction, bytes } = frame;
        let is_first = self.greeted.insert((*link, *end, *direction));
        let text = describe(bytes, *direction, is_first)?;
        let does = match (end, direction) {
            (Peer::Client, Direction::Up) => "asks",
            (Peer::Client, Direction::Down) => "hears",
            (Peer::Server, Direction::Up) => "is asked",
            (Peer::Server, Direction::Down) => "answers",
        };
        let who = match end {
            Peer::Client => format!("client {client} {does}"),
            Peer::Server => format!("member {member} {does}, client {client}"),
        };
        Some(format!("{at} {link:?} {who}: {text}"))
    }
}

fn describe(bytes: &[u8], direction: Direction, is_first: bool) -> Option<String> {
    let mut reader = Reader::new(bytes);
    Some(match (direction, is_first) {
        (Direction::Up, true) => format!("{:?}", ConnectRequest::decode(&mut reader).ok()?),
        (Direction::Down, true) => format!("{:?}", ConnectResponse::decode(&mut reader).ok()?),
        (Direction::Up, false) => {
            let header = RequestHeader::decode(&mut reader).ok()?;
            let request = format!("{:?}", AnyRequest::decode(header.op, reader.rest()));
            format!("{} {}", header.xid, request.chars().take(300).collect::<String>())
        }
        (Direction::Down, false) => {
            let header = ReplyHeader::decode(&mut reader).ok()?;
            let is_event = header.xid == ReplyHeader::NOTIFICATION;
            match is_event.then(|| WatchedEvent::decode(&mut reader).ok()).flatten() {
                Some(event) => format!("{event:?}"),
                None => format!("{} zxid {:#x} err {}", header.xid, header.zxid, header.err),
            }
        }
    })
}
