//! Looks at what a script has left behind, and removes it.

use std::time::Instant;

use bytes::Bytes;
use zk_proto::wire::{Reader, put_int, put_string};
use zk_proto::{Acl, ConnectRequest, ConnectResponse, OpCode, Permissions, Record, ReplyHeader};

use crate::client::Shared;
use crate::host::{Host, PATIENCE};
use crate::line::{Heard, Line};

/// The nodes that a server has from the beginning.
const LASTING: &[&str] = &["/", "/zookeeper", "/zookeeper/config", "/zookeeper/quota"];

/// A client who may do everything.
#[derive(Debug)]
pub(crate) struct Caretaker {
    line: Line,
}

impl Caretaker {
    pub(crate) const USER: &str = "super";
    pub(crate) const PASSWORD: &str = "secret";

    pub(crate) fn arrive(host: &Host) -> Self {
        let mut line = Line::open(host);
        line.send_frame(|out| {
            let request = ConnectRequest {
                protocol_version: 0,
                last_zxid_seen: 0,
                timeout: 40_000,
                session_id: 0,
                password: vec![0; 16],
                read_only: Some(false),
            };
            request.encode(out);
        });
        let Heard::Frame(frame) = line.hear() else { panic!("no answer to a handshake") };
        let response = ConnectResponse::decode(&mut Reader::new(&frame)).unwrap();
        assert_ne!(response.session_id, 0, "no session for the caretaker");
        let mut caretaker = Self { line };
        let secret = format!("{}:{}", Self::USER, Self::PASSWORD);
        caretaker.expect(OpCode::Auth, |out| {
            put_int(out, 0);
            put_string(out, "digest");
            put_string(out, &secret);
        });
        caretaker
    }

    /// The latest zxid of the server.
    pub(crate) fn zxid(&mut self) -> i64 {
        self.call(OpCode::GetEphemerals, |out| put_string(out, "/")).0.zxid
    }

    /// Waits until something happens that takes a zxid.
    pub(crate) fn wait_for_change(&mut self, shared: &Shared) {
        let deadline = Instant::now() + PATIENCE;
        let before = shared.numbering.latest();
        while self.zxid() == before {
            assert!(Instant::now() < deadline, "no change within {PATIENCE:?}");
            shared.host.pass_time();
        }
    }

    /// Removes all nodes but the lasting ones; returns all that could be read of each.
    pub(crate) fn tidy(&mut self, shared: &mut Shared) -> Vec<String> {
        let mut found = Vec::new();
        self.visit("/", shared, &mut found);
        found
    }

    fn visit(&mut self, path: &str, shared: &mut Shared, found: &mut Vec<String>) {
        let read = |out: &mut Vec<u8>| {
            put_string(out, path);
            out.push(0);
        };
        let data = self.expect(OpCode::GetData, read);
        let acl = self.expect(OpCode::GetAcl, |out| put_string(out, path));
        let decoder = shared.decoder();
        let mut parts = decoder.body(OpCode::GetData.code(), 0, &data);
        parts.extend(decoder.body(OpCode::GetAcl.code(), 0, &acl));
        if LASTING.contains(&path) {
            // Their stats go on from script to script.
            parts.retain(|part| !part.starts_with('{'));
        }
        found.push(format!("{path} {}", parts.join(" ")));

        let mut children = self.children(path);
        children.sort();
        for child in children {
            self.visit(&format!("{}/{child}", path.trim_end_matches('/')), shared, found);
        }
        if LASTING.contains(&path) {
            self.open(path, &acl);
        } else {
            self.expect(OpCode::Delete, |out| {
                put_string(out, path);
                put_int(out, -1);
            });
        }
    }

    fn children(&mut self, path: &str) -> Vec<String> {
        let body = self.expect(OpCode::GetChildren, |out| {
            put_string(out, path);
            out.push(0);
        });
        let name = |reader: &mut Reader<'_>| reader.string("name").map(str::to_owned);
        Reader::new(&body).vector("names", 4, name).unwrap()
    }

    /// Gives a lasting node the access control list that it had, unless it has it.
    fn open(&mut self, path: &str, found: &[u8]) {
        let all = if path == "/zookeeper/config" { Permissions::READ } else { Permissions::ALL };
        let entry = Acl::anyone(all);
        let mut wanted = Vec::new();
        put_int(&mut wanted, 1);
        entry.encode(&mut wanted);
        if !found.starts_with(&wanted) {
            self.expect(OpCode::SetAcl, |out| {
                put_string(out, path);
                out.extend(wanted);
                put_int(out, -1);
            });
        }
    }

    fn expect(&mut self, op: OpCode, body: impl FnOnce(&mut Vec<u8>)) -> Bytes {
        let (header, answer) = self.call(op, body);
        assert_eq!(header.err, 0, "{op} of the caretaker");
        answer
    }

    fn call(&mut self, op: OpCode, body: impl FnOnce(&mut Vec<u8>)) -> (ReplyHeader, Bytes) {
        let xid = self.line.next_xid();
        self.line.send_frame(|out| {
            put_int(out, xid);
            put_int(out, op.code());
            body(out);
        });
        let Heard::Frame(frame) = self.line.hear() else { panic!("no answer to {op}") };
        let header = ReplyHeader::decode(&mut Reader::new(&frame)).unwrap();
        assert_eq!(header.xid, xid, "an answer to {op}");
        (header, frame.slice(ReplyHeader::LEN..))
    }
}
