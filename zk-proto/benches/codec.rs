//! What it takes to read and write single messages, without a session.
//!
//!     cargo bench -p zk-proto --bench codec

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on stops")]

use std::hint::black_box;

use bytes::{Buf, Bytes};
use criterion::{Criterion, criterion_group, criterion_main};
use zk_proto::wire::{Inbox, Reader, put_frame};
use zk_proto::{
    Children, Chroot, Encoder, EventType, GetChildren, GetData, KeeperState, Node, Record,
    ReplyHeader, Request, RequestHeader, Stat, WatchedEvent,
};

criterion_group!(codec, encode, decode_data, decode_children, decode_notification);
criterion_main!(codec);

/// A request of getData: header and body, into a buffer that is used again.
fn encode(c: &mut Criterion) {
    let (request, chroot) = (GetData::new("/bench/data/100"), Chroot::root());
    let mut out = Vec::with_capacity(256);
    c.bench_function("encode getData", |b| {
        b.iter(|| {
            out.clear();
            put_frame(&mut out, |out| {
                RequestHeader { xid: black_box(7), op: request.op() }.encode(out);
                black_box(&request).encode(&mut Encoder::new(out, &chroot, false))
            })
            .unwrap();
            black_box(&out);
        });
    });
}

/// A reply is shared before it is decoded, so that there is one for the next round: what that costs
/// is the first line, and to be taken off the others.
fn decode_data(c: &mut Criterion) {
    let small = reply(|out| Node::new(Some(vec![7; 100].into()), Stat::default()).encode(out));
    let large = reply(|out| Node::new(Some(vec![7; 1 << 20].into()), Stat::default()).encode(out));
    c.bench_function("share a reply", |b| b.iter(|| black_box(&small).clone()));
    for (name, reply) in [("100 B", small), ("1 MiB", large)] {
        c.bench_function(&format!("share a reply, and decode getData of {name}"), |b| {
            b.iter(|| {
                let mut reply = black_box(&reply).clone();
                black_box(ReplyHeader::decode(&mut Reader::new(&reply)).unwrap());
                reply.advance(ReplyHeader::LEN);
                GetData::decode(Ok(reply), &Chroot::ALL).unwrap()
            });
        });
    }
}

/// Decodes a list of 10,000 children, and looks at each.
fn decode_children(c: &mut Criterion) {
    let names: Vec<_> = (0..10_000).map(|n| format!("child-{n:010}")).collect();
    let children = Children::from_names(names.iter().map(String::as_str));
    let mut body = Vec::new();
    children.encode(&mut body);
    let body = Bytes::from(body);
    c.bench_function("decode getChildren of 10,000, and iterate", |b| {
        b.iter(|| {
            let children = GetChildren::decode(Ok(black_box(body.clone())), &Chroot::ALL).unwrap();
            children.iter().map(str::len).sum::<usize>()
        });
    });
}

fn decode_notification(c: &mut Criterion) {
    let mut event = Vec::new();
    WatchedEvent {
        kind: EventType::NodeDataChanged,
        state: KeeperState::SYNC_CONNECTED,
        path: "/bench/data/100".into(),
    }
    .encode(&mut event);
    c.bench_function("decode a notification", |b| {
        b.iter(|| WatchedEvent::decode(&mut Reader::new(black_box(&event))).unwrap());
    });
}

/// A reply with this body, as it comes out of an inbox.
fn reply(body: impl FnOnce(&mut Vec<u8>)) -> Bytes {
    let mut out = Vec::new();
    put_frame(&mut out, |out| {
        ReplyHeader { xid: 1, zxid: 2, err: 0 }.encode(out);
        body(out);
    });
    Inbox::from(&*out).take_frame(out.len()).unwrap().unwrap()
}
