//! What the session costs per request and per event, in time and in memory, without a transport.
//!
//!     cargo bench -p zk-proto --bench session

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench tells, or cannot go on")]

use std::hint::black_box;

use allocation_counter::measure;
use criterion::{Criterion, Throughput, criterion_group};
use zk_proto::wire::{Inbox, Outbox, put_frame};
use zk_proto::{
    Action, Chroot, Config, ConnectResponse, EventType, Exists, GetData, Host, Instant,
    KeeperState, Limits, Node, Record, ReplyHeader, Scope, Session, Stat, WatchedEvent,
};

criterion_group!(session, requests, events);

fn main() {
    memory();
    session();
    Criterion::default().configure_from_args().final_summary();
}

/// From submit to reply, so many in flight at a time.
fn requests(c: &mut Criterion) {
    let mut group = c.benchmark_group("submit, transmit, reply");
    for in_flight in [1, 1_000, 100_000] {
        let mut world = World::connected();
        group.throughput(Throughput::Elements(in_flight));
        group.bench_function(format!("{in_flight} in flight"), |b| {
            b.iter(|| world.exchange(in_flight));
        });
    }
    group.finish();
}

/// An event for one of so many watches, and the watch set again.
fn events(c: &mut Criterion) {
    let mut group = c.benchmark_group("event, and the watch again");
    for watches in [1, 1_000, 1_000_000] {
        let mut world = World::connected();
        world.watch(0..watches);
        let mut next = 0;
        group.bench_function(format!("one of {watches} watches"), |b| {
            b.iter(|| {
                next = (next + 7_919) % watches; // no two neighbours
                world.fire(next);
                world.watch(next..next + 1);
            });
        });
    }
    group.finish();
}

/// What is allocated, counted and printed.
fn memory() {
    let mut world = World::connected();
    for in_flight in [1, 1_000] {
        world.exchange(in_flight);
        world.exchange(in_flight);
        let info = measure(|| world.exchange(in_flight));
        println!(
            "session loop, {in_flight} in flight: {} allocations for {in_flight} requests",
            info.count_total
        );
    }
    let count = 1_000_000;
    let info = measure(|| world.watch(0..count));
    let paths: u64 = (0..count).map(|n| path(n).len() as u64).sum();
    println!(
        "watch table: {} bytes a watch beside its path, with {count} watches",
        (u64::try_from(info.bytes_current).unwrap() - paths) / count
    );
}

/// A session and a server that answers whatever is asked.
struct World {
    session: Session<u64, u64>,
    inbox: Inbox,
    outbox: Outbox,
    xid: i32,
    reply: Vec<u8>,
}

impl World {
    const NOW: Instant = Instant::ORIGIN;

    fn connected() -> Self {
        let limits = Limits {
            window_requests: 1_000_000,
            window_bytes: 1 << 30,
            queue_requests: 1_000_000,
            ..Limits::default()
        };
        let config = Config { limits, ..Config::new(vec![Host::new("127.0.0.1", 2181)]) };
        let mut session = Session::new(config);
        session.handle_timeout(Self::NOW);
        assert!(matches!(session.poll_action(), Some(Action::Connect(_))));
        session.handle_connected(Self::NOW);
        let mut reply = Vec::new();
        put_frame(&mut reply, |out| {
            ReplyHeader { xid: 0, zxid: 2, err: 0 }.encode(out);
            Node::new(Some(vec![7; 100].into()), Stat::default()).encode(out);
        });
        let (inbox, outbox) = (Inbox::default(), Outbox::default());
        let mut world = Self { session, inbox, outbox, xid: 0, reply };
        world.grant_session();
        world
    }

    fn grant_session(&mut self) {
        self.transmit();
        let mut bytes = Vec::new();
        put_frame(&mut bytes, |out| {
            ConnectResponse {
                protocol_version: 0,
                timeout: 10_000,
                session_id: 7,
                password: vec![1; 16],
                read_only: Some(false),
            }
            .encode(out);
        });
        self.receive(&bytes);
    }

    /// Asks for `count` nodes, sends all, and gets all the answers.
    fn exchange(&mut self, count: u64) {
        let scope = Scope { chroot: &Chroot::ALL, ..Scope::default() };
        for token in 0..count {
            let submitted = self.session.submit(&GetData::new("/bench/data/100"), scope, token);
            black_box(submitted).unwrap();
        }
        self.transmit();
        let mut reply = std::mem::take(&mut self.reply);
        for _ in 0..count {
            self.xid = self.xid.checked_add(1).unwrap_or(1);
            reply[4..8].copy_from_slice(&self.xid.to_be_bytes());
            self.receive(&reply);
        }
        self.reply = reply;
    }

    /// Sets a watch on each of these nodes, which are missing.
    fn watch(&mut self, nodes: std::ops::Range<u64>) {
        let scope = Scope { chroot: &Chroot::ALL, ..Scope::default() };
        for node in nodes {
            let path = path(node);
            self.session.submit_watch(&Exists::new(&path), scope, node, node).unwrap();
            self.transmit();
            self.xid = self.xid.checked_add(1).unwrap_or(1);
            let mut answer = Vec::new();
            put_frame(&mut answer, |out| {
                ReplyHeader { xid: self.xid, zxid: 2, err: -101 }.encode(out);
            });
            self.receive(&answer);
        }
    }

    /// The node is created.
    fn fire(&mut self, node: u64) {
        let mut event = Vec::new();
        put_frame(&mut event, |out| {
            ReplyHeader { xid: -1, zxid: 3, err: 0 }.encode(out);
            WatchedEvent {
                kind: EventType::NodeCreated,
                state: KeeperState::SYNC_CONNECTED,
                path: path(node).into(),
            }
            .encode(out);
        });
        self.receive(&event);
    }

    fn transmit(&mut self) {
        while self.session.poll_transmit(Self::NOW, &mut self.outbox) {
            self.outbox.clear();
        }
    }

    fn receive(&mut self, bytes: &[u8]) {
        let space = self.inbox.space();
        space[..bytes.len()].copy_from_slice(bytes);
        self.inbox.commit(bytes.len());
        self.session.handle_input(Self::NOW, &mut self.inbox);
        while let Some(event) = self.session.poll_event() {
            black_box(event);
        }
    }
}

fn path(node: u64) -> String {
    format!("/services/{node:07}")
}
