//! Writes the corpora that fuzzing starts from: frames of the captured conversations of zk-proto,
//! texts, and scripts. `cargo run -p zk-fuzz --example seed`
#![expect(clippy::unwrap_used, reason = "a tool that cannot go on fails")]

#[path = "../../../zk-proto/tests/support/capture.rs"]
mod capture;
mod scripts;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use capture::{Conversation, Line, unframe};
use zk_fuzz::{TARGETS, answers, requests};
use zk_proto::wire::Reader;
use zk_proto::{Record, ReplyHeader, RequestHeader};

fn main() {
    let mut seeds = Seeds::default();
    for file in ["zookeeper-3.8.0.txt", "zookeeper-3.9.5.txt", "java-client-3.9.5.jsonl"] {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../zk-proto/tests/data");
        let conversations = capture::read_file(&data.join(file));
        seeds.streams(&conversations);
        for conversation in &conversations {
            seeds.requests(conversation);
            seeds.answers(conversation);
            seeds.pieces(conversation);
        }
    }
    scripts::TEXTS.iter().for_each(|text| seeds.add("texts", "text", text.as_bytes()));
    (0..=u8::MAX).step_by(11).for_each(|kind| seeds.add("records", "record", &material(kind)));
    for (target, name, script) in scripts::all() {
        seeds.add(target, name, &script);
    }
    seeds.write();
}

/// What is like many others adds nothing.
const MOST_OF_A_KIND: usize = 24;

/// Inputs by target and name, each of them once.
#[derive(Default)]
struct Seeds {
    inputs: BTreeMap<(&'static str, String), Vec<u8>>,
    known: BTreeSet<(&'static str, Vec<u8>)>,
}

impl Seeds {
    fn add(&mut self, target: &'static str, kind: &str, input: &[u8]) {
        let names = (0..MOST_OF_A_KIND).map(|number| format!("{kind}-{number:02}"));
        let free = names.map(|name| (target, name)).find(|key| !self.inputs.contains_key(key));
        if let Some(key) = free
            && self.known.insert((target, input.into()))
        {
            self.inputs.insert(key, input.into());
        }
    }

    fn requests(&mut self, conversation: &Conversation) {
        for line in &conversation.lines {
            let Line::Client(frame) = line else { continue };
            let Some(message) = unframe(frame) else { continue };
            match RequestHeader::decode(&mut Reader::new(&message)) {
                Ok(header) if header.xid != 0 => {
                    let name = header.op.to_string().replace(' ', "-");
                    self.add("requests", &name, &[&[requests::WHOLE], &message[..]].concat());
                }
                _ => self.add(
                    "requests",
                    "handshake",
                    &[&[requests::HANDSHAKE], &message[..]].concat(),
                ),
            }
        }
    }

    fn answers(&mut self, conversation: &Conversation) {
        let mut asked = VecDeque::new();
        for line in &conversation.lines {
            match line {
                Line::Client(frame) => {
                    let message = unframe(frame).unwrap_or_default();
                    asked.extend(RequestHeader::decode(&mut Reader::new(&message)));
                }
                Line::Server(frame) => self.answer(&mut asked, &unframe(frame).unwrap()),
                Line::Closed => asked.clear(),
            }
        }
    }

    fn answer(&mut self, asked: &mut VecDeque<RequestHeader>, message: &[u8]) {
        let header = ReplyHeader::decode(&mut Reader::new(message)).unwrap();
        let (front, body) = message.split_at(ReplyHeader::LEN);
        if header.xid == ReplyHeader::NOTIFICATION {
            return self.message("event", body);
        }
        match asked.pop_front() {
            Some(RequestHeader { xid, op })
                if xid == header.xid && header.zxid >= 0 && xid != 0 =>
            {
                self.message("header", front);
                match answers::kind_of(op) {
                    Some(kind) => self.message(answers::KINDS[kind].0, body),
                    None => self.message("unknown", body),
                }
            }
            _ => self.message("handshake", message),
        }
    }

    fn message(&mut self, kind: &str, message: &[u8]) {
        let place = answers::KINDS.iter().position(|(name, _)| *name == kind).unwrap();
        self.add("answers", kind, &[&[u8::try_from(place).unwrap()], message].concat());
    }

    /// The whole of what a server sent, to a session that is new and to one that is not.
    fn pieces(&mut self, conversation: &Conversation) {
        let sent = conversation.lines.iter().filter_map(|line| match line {
            Line::Server(frame) => Some(&frame[..]),
            Line::Client(_) | Line::Closed => None,
        });
        let stream: Vec<u8> = sent.take(12).flatten().copied().collect();
        for start in [0, 1] {
            self.add("pieces", "stream", &[&[start, 2, 30, 0, 6], &stream[..]].concat());
        }
    }

    /// All that the clients sent, in portions, to a server that knows none of them.
    fn streams(&mut self, conversations: &[Conversation]) {
        let lines = conversations.iter().flat_map(|conversation| &conversation.lines);
        let sent: Vec<&[u8]> = lines
            .filter_map(|line| match line {
                Line::Client(frame) => Some(&frame[..]),
                Line::Server(_) | Line::Closed => None,
            })
            .collect();
        for (kind, frames) in (0..).zip(sent.chunks(10)) {
            let start: &[u8] = &[kind % 16, 2, 30, 0, 6];
            self.add("server", "stream", &[start, sent[0], &frames.concat()].concat());
        }
    }

    fn write(&self) {
        for target in TARGETS {
            std::fs::create_dir_all(target.corpus()).unwrap();
            for ((_, name), input) in
                self.inputs.iter().filter(|((name, _), _)| *name == target.name)
            {
                std::fs::write(target.corpus().join(name), input).unwrap();
            }
        }
    }
}

/// Bytes that something can be made of.
fn material(kind: u8) -> Vec<u8> {
    let bytes = (0..200_u8).map(|number| number.wrapping_mul(kind | 1) ^ (kind >> 2));
    [kind].into_iter().chain(bytes).collect()
}
