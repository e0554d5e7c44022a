//! Reads captured conversations between clients and servers.
//!
//! Two forms: text with a title before each step and the frames in hexadecimal, length included;
//! and lines of JSON, one frame each, without its length.
#![allow(dead_code, reason = "not every test needs all of it")]

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use zk_proto::wire::{Inbox, put_frame};

/// What was said on one connection, or in one step of a capture.
#[derive(Debug)]
pub(crate) struct Conversation {
    pub(crate) name: String,
    pub(crate) lines: Vec<Line>,
}

#[derive(Clone, Debug)]
pub(crate) enum Line {
    /// The client sent this, length included.
    Client(Vec<u8>),
    /// The server sent this, length included.
    Server(Vec<u8>),
    /// The server closed the connection.
    Closed,
}

/// A capture of `tests/data`, in either form.
pub(crate) fn read(file: &str) -> Vec<Conversation> {
    let path = format!("{}/tests/data/{file}", env!("CARGO_MANIFEST_DIR"));
    read_file(path.as_ref())
}

/// A capture that is anywhere.
pub(crate) fn read_file(path: &Path) -> Vec<Conversation> {
    let text = std::fs::read_to_string(path).unwrap();
    if path.extension().is_some_and(|form| form == "jsonl") {
        read_json(&text)
    } else {
        read_text(&text)
    }
}

fn read_text(text: &str) -> Vec<Conversation> {
    let mut conversations: Vec<Conversation> = Vec::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            conversations.push(Conversation { name: title.into(), lines: Vec::new() });
        } else if !line.is_empty() && !line.starts_with('#') {
            conversations.last_mut().unwrap().lines.push(text_line(line));
        }
    }
    conversations
}

fn text_line(line: &str) -> Line {
    match line.split_once(' ') {
        Some(("C>S", frame)) => Line::Client(from_hex(frame)),
        Some(("S>C", frame)) => Line::Server(from_hex(frame)),
        None if line == "closed" => Line::Closed,
        Some(_) | None => panic!("not a line of a capture: {line:?}"),
    }
}

fn read_json(text: &str) -> Vec<Conversation> {
    let mut connections: BTreeMap<u32, Vec<Line>> = BTreeMap::new();
    for line in text.lines() {
        let tokens: Vec<&str> = line.split('"').collect();
        let after = |key: &str, skip: usize| {
            let at = tokens.iter().position(|token| *token == key).unwrap();
            tokens[at + skip]
        };
        let connection = after("conn", 1).trim_matches([':', ' ', ',', '}']).parse().unwrap();
        let mut frame = Vec::new();
        put_frame(&mut frame, |out| out.extend(from_hex(after("hex", 2))));
        let line = match after("dir", 2) {
            "c" => Line::Client(frame),
            "s" => Line::Server(frame),
            other => panic!("nobody is {other:?}"),
        };
        connections.entry(connection).or_default().push(line);
    }
    let conversation = |(id, lines)| Conversation { name: format!("connection {id}"), lines };
    connections.into_iter().map(conversation).collect()
}

/// What is in a frame: nothing if its length is not that of what follows.
pub(crate) fn unframe(frame: &[u8]) -> Option<Bytes> {
    let mut inbox = Inbox::from(frame);
    let payload = inbox.take_frame(frame.len()).ok()??;
    (!inbox.has_begun_frame()).then_some(payload)
}

pub(crate) fn from_hex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2), "half a byte: {text}");
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
