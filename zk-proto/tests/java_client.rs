//! Our requests, built the way a program builds them, are the bytes of the official Java client.
//!
//! `tests/data/java-client-3.9.5.txt` lists the calls that it made, and what came of each.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/capture.rs"]
mod capture;

use std::time::Duration;

use capture::{Line, to_hex, unframe};
use zk_proto::CreateMode::{
    Container, Ephemeral, EphemeralSequential, Persistent, PersistentSequential,
    PersistentSequentialWithTtl, PersistentWithTtl,
};
use zk_proto::wire::put_frame;
use zk_proto::{
    Acl, AddWatch, Auth, Check, CheckWatches, Chroot, CloseSession, ConnectRequest, Create,
    CreateMode, Delete, Encoder, Exists, GetAcl, GetAllChildrenNumber, GetChildren, GetConfig,
    GetData, GetEphemerals, Multi, MultiRead, Permissions, Ping, Record, RemoveWatches,
    ReplyHeader, Request, RequestHeader, SetAcl, SetData, SetWatches, Sync, WatchKind, WatchMode,
    WatchRequest, WatcherType, WhoAmI,
};

#[test]
fn the_first_connection() {
    let mut ours = Client::new(ConnectRequest { session_id: 0, ..of_a_new_session() });
    creates_nodes_of_every_kind(&mut ours);
    creates_nodes_in_vain(&mut ours);
    reads_and_writes(&mut ours);
    lists_what_is_below(&mut ours);
    looks_at_identities(&mut ours);
    does_several_things_at_once(&mut ours);
    deletes(&mut ours);
    watches(&mut ours);
    ours.said_the_same_as("connection 1");
}

#[test]
fn the_connection_after_it_broke() {
    let mut ours = Client::new(ConnectRequest {
        last_zxid_seen: 0x23,
        session_id: 0x0100_000a_646c_0000,
        password: capture::from_hex("76978e2bcbb22769444eaef58cb3dae9"),
        ..of_a_new_session()
    });
    ours.next_xid = 56;
    ours.asks_as(ReplyHeader::AUTH, &Auth::new("digest", b"user:secret"));
    ours.asks(&watches_again());
    ours.asks(&Exists::new("/w"));
    for path in ["/later", "/p/c2"] {
        ours.asks(&Create::new(path, "data"));
    }
    ours.asks(&Delete::new("/w/c"));
    ours.asks(&RemoveWatches::new("/w", WatcherType::Any));
    ours.asks(&CheckWatches::new("/r", WatcherType::PersistentRecursive));
    ours.asks(&CheckWatches::new("/zzz", WatcherType::Data));
    ours.asks(&GetConfig);
    ours.asks(&GetChildren::new("/zookeeper"));
    ours.asks_as(ReplyHeader::PING, &Ping);
    ours.asks(&CloseSession);
    ours.said_the_same_as("connection 2");
}

fn creates_nodes_of_every_kind(ours: &mut Client) {
    let ttl = Duration::from_secs(60);
    let both: [(&str, CreateMode); 5] = [
        ("PERSISTENT", Persistent),
        ("PERSISTENT_SEQUENTIAL", PersistentSequential),
        ("EPHEMERAL", Ephemeral),
        ("EPHEMERAL_SEQUENTIAL", EphemeralSequential),
        ("CONTAINER", Container),
    ];
    for (name, mode) in both {
        ours.asks(&Create::new(&format!("/t-{name}"), "data").mode(mode));
        ours.asks(&Create::new(&format!("/u-{name}"), "data").mode(mode).with_stat());
    }
    let of_limited_life = [
        ("/t-PERSISTENT_WITH_TTL", PersistentWithTtl(ttl)),
        ("/t-PERSISTENT_SEQUENTIAL_WITH_TTL", PersistentSequentialWithTtl(ttl)),
    ];
    for (path, mode) in of_limited_life {
        ours.asks(&Create::new(path, "data").mode(mode));
    }
    ours.asks(&Create::without_data("/null"));
    ours.asks(&Create::new("/ünï-鍵", "data"));
}

fn creates_nodes_in_vain(ours: &mut Client) {
    for path in ["/null", "/no/such", "/t-EPHEMERAL/x"] {
        ours.asks(&Create::new(path, "data"));
    }
    let unheard_of = vec![Acl::new(Permissions::ALL, "nope", "x")];
    ours.asks(&Create::new("/acl0", "data").acl(unheard_of));
}

fn reads_and_writes(ours: &mut Client) {
    ours.watches(&Exists::new("/null"));
    ours.watches(&Exists::new("/absent"));
    ours.watches(&GetData::new("/t-PERSISTENT"));
    ours.asks(&GetData::new("/null"));
    ours.asks(&GetData::new("/absent"));
    ours.asks(&SetData::new("/t-PERSISTENT", "v2"));
    ours.asks(&SetData::new("/t-PERSISTENT", "data").version(99));
}

fn lists_what_is_below(ours: &mut Client) {
    ours.watches(&GetChildren::new("/"));
    ours.asks(&GetChildren::new("/").with_stat());
    ours.asks(&GetAllChildrenNumber::new("/"));
    ours.asks(&GetEphemerals::new("/"));
    ours.asks(&GetEphemerals::new("/u"));
}

fn looks_at_identities(ours: &mut Client) {
    ours.asks(&GetAcl::new("/null"));
    ours.asks_as(ReplyHeader::AUTH, &Auth::new("digest", b"user:secret"));
    let list = [Acl::CREATOR, Acl::READ].concat();
    ours.asks(&SetAcl::new("/null", list));
    ours.asks(&GetAcl::new("/null"));
    ours.asks(&WhoAmI);
    ours.asks(&Sync::new("/"));
}

fn does_several_things_at_once(ours: &mut Client) {
    ours.asks(
        &Multi::new()
            .create("/m", "data")
            .add(SetData::new("/m", "x").version(0))
            .add(Check::new("/m", 1))
            .create("/m/c", "data")
            .delete("/m/c")
            .add(Delete::new("/m").version(1)),
    );
    let in_vain = Multi::new().create("/m", "data").check("/absent", 1);
    ours.asks(&in_vain.add(Delete::new("/m").version(1)));
    ours.asks(&MultiRead::new().get("/t-PERSISTENT").children("/").get("/absent"));
}

fn deletes(ours: &mut Client) {
    ours.asks(&Create::new("/p", "data"));
    ours.asks(&Create::new("/p/c", "data"));
    ours.asks(&Delete::new("/p"));
    ours.asks(&Delete::new("/p/c").version(7));
    ours.asks(&Delete::new("/p/c").version(0));
}

fn watches(ours: &mut Client) {
    ours.asks(&AddWatch::new("/w", WatchMode::Persistent));
    ours.asks(&AddWatch::new("/r", WatchMode::Recursive));
    for path in ["/w", "/w/c", "/r", "/r/c"] {
        ours.asks(&Create::new(path, "data"));
    }
    ours.asks(&SetData::new("/w", "data"));
    ours.asks(&SetData::new("/r/c", "data"));
    ours.watches(&Exists::new("/w/c"));
    ours.watches(&GetData::new("/w/c"));
    ours.watches(&GetChildren::new("/p"));
    ours.watches(&Exists::new("/later"));
}

fn watches_again() -> SetWatches<'static> {
    let mut again = SetWatches::since(0x23);
    for (kind, path) in [
        (WatchKind::Data, "/w/c"),
        (WatchKind::Data, "/null"),
        (WatchKind::Exists, "/absent"),
        (WatchKind::Exists, "/later"),
        (WatchKind::Children, "/p"),
        (WatchKind::Persistent, "/w"),
        (WatchKind::PersistentRecursive, "/r"),
    ] {
        again.push(kind, path);
    }
    again
}

fn of_a_new_session() -> ConnectRequest {
    ConnectRequest {
        protocol_version: 0,
        last_zxid_seen: 0,
        timeout: 10_000,
        session_id: 0,
        password: vec![0; 16],
        read_only: Some(false),
    }
}

/// Writes what a client sends on one connection.
struct Client {
    frames: Vec<Vec<u8>>,
    next_xid: i32,
}

impl Client {
    fn new(handshake: ConnectRequest) -> Self {
        let mut client = Self { frames: Vec::new(), next_xid: 1 };
        client.frame(|out| handshake.encode(out));
        client
    }

    fn asks(&mut self, request: &impl Request) {
        let xid = self.xid();
        self.request(xid, request, false);
    }

    fn watches(&mut self, request: &impl WatchRequest) {
        let xid = self.xid();
        self.request(xid, request, true);
    }

    fn asks_as(&mut self, xid: i32, request: &impl Request) {
        self.request(xid, request, false);
    }

    fn xid(&mut self) -> i32 {
        self.next_xid += 1;
        self.next_xid - 1
    }

    fn request(&mut self, xid: i32, request: &impl Request, watch: bool) {
        self.frame(|out| {
            RequestHeader { xid, op: request.op() }.encode(out);
            request.encode(&mut Encoder::new(out, &Chroot::root(), watch)).unwrap();
        });
    }

    fn frame(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let mut frame = Vec::new();
        put_frame(&mut frame, write);
        self.frames.push(frame);
    }

    fn said_the_same_as(&self, connection: &str) {
        let theirs = capture::read("java-client-3.9.5.jsonl");
        let theirs = theirs.iter().find(|conversation| conversation.name == connection).unwrap();
        let theirs = theirs.lines.iter().filter_map(|line| match line {
            Line::Client(frame) => Some(frame),
            Line::Server(_) | Line::Closed => None,
        });
        let readable = |frame: &Vec<u8>| to_hex(&unframe(frame).unwrap());
        let theirs: Vec<_> = theirs.map(readable).collect();
        let ours: Vec<_> = self.frames.iter().map(readable).collect();
        for (number, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
            assert_eq!(ours, theirs, "frame {number} of {connection}");
        }
        assert_eq!(ours.len(), theirs.len(), "frames of {connection}");
    }
}
