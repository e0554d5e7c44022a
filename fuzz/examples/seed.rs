//! Writes the corpora that fuzzing starts from: frames of the captured conversations of zk-proto,
//! texts, and scripts. `cargo run -p zk-fuzz --example seed`
#![expect(clippy::unwrap_used, reason = "a tool that cannot go on fails")]

#[path = "../../zk-proto/tests/support/capture.rs"]
mod capture;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use capture::{Conversation, Line, unframe};
use zk_fuzz::session::Step;
use zk_fuzz::{TARGETS, answers, requests};
use zk_proto::wire::Reader;
use zk_proto::{OpCode, Record, ReplyHeader, RequestHeader};

fn main() {
    let mut seeds = Seeds::default();
    for file in ["zookeeper-3.8.0.txt", "zookeeper-3.9.5.txt", "java-client-3.9.5.jsonl"] {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../zk-proto/tests/data");
        for conversation in capture::read_file(&data.join(file)) {
            seeds.requests(&conversation);
            seeds.answers(&conversation);
            seeds.pieces(&conversation);
        }
    }
    TEXTS.iter().for_each(|text| seeds.add("texts", "text", text.as_bytes()));
    (0..=u8::MAX).step_by(11).for_each(|kind| seeds.add("records", "record", &material(kind)));
    seeds.scripts();
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
                self.message(answer_to(op), body);
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

    fn scripts(&mut self) {
        for script in SCRIPTS {
            for (name, config) in CONFIGS {
                self.add("session", name, &[*config, &steps(script)].concat());
            }
        }
    }

    fn write(&self) {
        for target in TARGETS {
            let _ = std::fs::remove_dir_all(target.corpus());
            std::fs::create_dir_all(target.corpus()).unwrap();
            for ((_, name), input) in
                self.inputs.iter().filter(|((name, _), _)| *name == target.name)
            {
                std::fs::write(target.corpus().join(name), input).unwrap();
            }
        }
    }
}

/// As what its answer is decoded.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others are called as they are")]
fn answer_to(op: OpCode) -> &'static str {
    match op {
        OpCode::CreateContainer | OpCode::CreateTtl => "create2",
        OpCode::SetWatches2 => "setWatches",
        op => {
            let name = op.to_string();
            answers::KINDS
                .iter()
                .map(|(kind, _)| *kind)
                .find(|kind| *kind == name)
                .unwrap_or("unknown")
        }
    }
}

/// Bytes that something can be made of.
fn material(kind: u8) -> Vec<u8> {
    let bytes = (0..200_u8).map(|number| number.wrapping_mul(kind | 1) ^ (kind >> 2));
    [kind].into_iter().chain(bytes).collect()
}

/// The operands that follow a step are numbers.
enum Part {
    Step(Step),
    Operands(&'static [u8]),
}

use Part::{Operands, Step as Do};

fn steps(script: &[Part]) -> Vec<u8> {
    let bytes = script.iter().flat_map(|part| match part {
        Do(step) => vec![*step as u8],
        Operands(bytes) => bytes.to_vec(),
    });
    bytes.collect()
}

/// What a session is made of; see `session/config.rs`.
const CONFIGS: &[(&str, &[u8])] = &[
    ("plain", &[0, 0, 0, 0, 0, 1, 0, 0, 7, 0, 19, 0, 1, 1, 0, 1]),
    ("by-name", &[1, 0, 2, 0, 0, 1, 0, 0, 3, 0, 19, 0, 1, 2, 2, 3, 5]),
    ("read-only-will-do", &[0, 0, 0, 1, 0, 1, 0, 0, 7, 0, 19, 0, 1, 2, 0, 1, 2]),
    ("resumed-by-sasl", &[2, 0, 0, 0, 1, 0, 0, 0, 7, 0, 19, 0, 1, 1, 0, 1]),
    ("narrow", &[0, 2, 1, 0, 0, 1, 1, 1, 0, 1, 2, 1, 1, 1, 0, 1]),
];

const SCRIPTS: &[&[Part]] = &[
    // Requests, some of them refused, cancelled, or too late.
    &[
        Do(Step::Progress),
        Do(Step::Progress),
        Do(Step::Submit),
        Operands(&[1, 1, 1, 0]),
        Do(Step::Submit),
        Operands(&[2, 1, 0, 0x41, 1]),
        Do(Step::Submit),
        Operands(&[4, 0, 1, 4]),
        Do(Step::Progress),
        Do(Step::Cancel),
        Operands(&[1]),
        Do(Step::Reply),
        Operands(&[1, 3]),
        Do(Step::Pass),
        Operands(&[0x50]),
        Do(Step::Close),
        Do(Step::Progress),
        Do(Step::Progress),
    ],
    // Watches that fire, are set again, and end.
    &[
        Do(Step::Progress),
        Do(Step::Progress),
        Do(Step::Watch),
        Operands(&[1, 1, 1, 0]),
        Do(Step::Watch),
        Operands(&[1, 1, 1, 3]),
        Do(Step::Watch),
        Operands(&[1, 1, 1, 4]),
        Do(Step::Progress),
        Do(Step::Progress),
        Do(Step::Progress),
        Do(Step::Notify),
        Operands(&[3, 1, 9]),
        Do(Step::Break),
        Do(Step::Progress),
        Do(Step::Progress),
        Do(Step::Progress),
        Do(Step::Notify),
        Operands(&[2, 1, 0xff]),
        Do(Step::Unwatch),
        Operands(&[1]),
        Do(Step::Progress),
        Do(Step::Reply),
        Operands(&[3, 0]),
    ],
    // A read-only server, and the search for another.
    &[
        Do(Step::Progress),
        Do(Step::Grant),
        Operands(&[0, 0, 0, 1, 0]),
        Do(Step::Pass),
        Operands(&[0xc0]),
        Do(Step::Resolve),
        Operands(&[3]),
        Do(Step::Probe),
        Operands(&[1]),
        Do(Step::Pass),
        Operands(&[0xc0]),
        Do(Step::Progress),
        Do(Step::Probe),
        Operands(&[0]),
        Do(Step::Progress),
        Do(Step::Progress),
    ],
    // Nobody answers; other servers; the end by the clock.
    &[
        Do(Step::Fail),
        Do(Step::Progress),
        Do(Step::Progress),
        Do(Step::Stall),
        Do(Step::Submit),
        Operands(&[1, 1, 1, 1]),
        Do(Step::Stall),
        Do(Step::AddAuth),
        Operands(b"\x03a:b"),
        Do(Step::ReplaceHosts),
        Operands(&[1, 3, 4]),
        Do(Step::Frame),
        Operands(b"\x04abcd"),
        Do(Step::Bytes),
        Operands(b"\x05\0\0\0\x10x"),
        Do(Step::Challenge),
        Operands(b"\x02ok"),
        Do(Step::Leap),
        Operands(&[0xc4]),
        Do(Step::Abandon),
    ],
];

const TEXTS: &[&str] = &[
    "127.0.0.1:2181",
    "zk1,zk2:2182,[2001:db8::1]:2183/app",
    "zookeeper://zk1:2181,zk2/app/config",
    "::1",
    " zk1 , zk2 /",
    "[::1",
    "zk1:0",
    "zk1:99999/",
    "tls://zk1",
    "server.1=zk1:2888:3888:participant;0.0.0.0:2181\nversion=100000000",
    "server.2=[::1]:2888:3888:observer;[::1]:2181",
    "server.3=a:1:2|b:3:4;2181\nserver.x=\nversion=zz",
    "100001952140000-2a-0e624be08385ae8f9c56075004516260",
    "/",
    "/app/config\n/app/config/x",
    "/app\n/app2",
    "/a/./b",
    "/a//b",
    "/a/..\n/..",
    "/long/path/of/many/names/and\u{1f}more",
    "/é/鍵/...",
    "/ends/",
];
