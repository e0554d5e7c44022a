//! How much memory decoding takes: never by a length that a message merely claims.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/decoders.rs"]
mod decoders;
#[path = "support/messages.rs"]
mod messages;
#[path = "support/values.rs"]
mod values;

use allocation_counter::measure;
use bytes::Bytes;
use decoders::OF_MESSAGES;
use messages::{body, parts, requests};
use proptest::collection::vec;
use proptest::prelude::*;
use values::read_results;
use zk_proto::wire::{Inbox, put_bool, put_buffer, put_frame, put_int, put_string};
use zk_proto::{
    Acl, AnyRequest, Children, Chroot, GetChildren, GetData, Node, OpCode, Permissions, Record,
    Request, Stat, encode_read_results,
};

/// What decoding `len` bytes may hold in memory at any time.
fn bound(len: usize) -> u64 {
    8 * len as u64 + (4 << 10)
}

#[test]
fn messages_that_are_as_dense_as_can_be() {
    let long = 1 << 17;
    for (name, message) in dense_messages(long) {
        assert!(message.len() >= long, "{name}");
        is_within_bounds(name, &message);
        // Room is made in steps: whatever their length, none is too large.
        for divisor in 2..40 {
            is_within_bounds(name, &message.slice(..message.len() / divisor));
        }
    }
}

#[test]
fn messages_that_claim_more_than_there_is() {
    for claimed in [i32::MAX, 1 << 24, 1 << 16] {
        for position in 0..64 {
            let mut message = vec![0; position];
            put_int(&mut message, claimed);
            is_within_bounds("claims", &message.into());
        }
    }
}

#[test]
fn a_count_that_may_be_true_until_the_first_item_is_read() {
    let mut message = Vec::new();
    put_int(&mut message, (1 << 16) / 4);
    message.resize(4 + (1 << 16), 0x80); // the length of the first item is below zero
    is_within_bounds("the first item", &message.into());
}

proptest! {
    #[test]
    fn requests_of_every_kind(parts in parts()) {
        for request in requests(&parts) {
            is_within_bounds("a request", &body(&request, &Chroot::root()).unwrap().into());
        }
    }

    #[test]
    fn results_of_reads(results in read_results()) {
        let mut message = Vec::new();
        encode_read_results(&mut message, &results);
        is_within_bounds("results", &message.into());
    }

    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..2_000)) {
        is_within_bounds("any bytes", &bytes.into());
    }
}

#[test]
fn a_node_is_decoded_without_any_allocation() {
    let frame = framed(|out| Node::new(Some(vec![7; 1_000].into()), Stat::default()).encode(out));
    let mut node = None;
    let memory = measure(|| node = GetData::decode(Ok(frame), &Chroot::root()).ok());
    assert_eq!(memory.count_total, 0);
    assert_eq!(node.unwrap().data.len(), 1_000);
}

#[test]
fn ten_thousand_children_are_decoded_and_looked_at_without_any_allocation() {
    let names: Vec<_> = (0..10_000).map(|number| format!("child-{number}")).collect();
    let frame = framed(|out| Children::from_names(names.iter().map(String::as_str)).encode(out));
    let mut count = 0;
    let memory = measure(|| {
        let children = GetChildren::decode(Ok(frame), &Chroot::root()).unwrap();
        count = children.iter().filter(|name| name.starts_with("child-")).count();
    });
    assert_eq!((count, memory.count_total), (10_000, 0));
}

#[test]
fn simple_requests_are_decoded_without_any_allocation() {
    let get =
        body(&AnyRequest::GetData(GetData::new("/app/config"), true), &Chroot::root()).unwrap();
    let memory = measure(|| drop(AnyRequest::decode(OpCode::GetData, &get).unwrap()));
    assert_eq!(memory.count_total, 0);
}

/// Messages of about this length that consist of as many items as possible.
fn dense_messages(len: usize) -> Vec<(&'static str, Bytes)> {
    let end = |out: &mut Vec<u8>| put_header(out, -1, true);
    let acl = |out: &mut Vec<u8>| Acl::new(Permissions::ALL, "", "").encode(out);
    let sliver = |out: &mut Vec<u8>| put_buffer(out, Some(b"\xff"));
    let path = |out: &mut Vec<u8>| put_string(out, "");
    let start_of_set_acl = |out: &mut Vec<u8>| path(out);
    let after_zxid = |out: &mut Vec<u8>| out.extend([0; 8]);
    vec![
        ("strings", counted(len, |_| {}, path)),
        ("identities", counted(len, |_| {}, |out| (0..2).for_each(|_| path(out)))),
        ("identities in odd bytes", counted(len, |_| {}, |out| (0..2).for_each(|_| sliver(out)))),
        ("access control list", counted(len, |_| {}, acl)),
        ("request with such a list", counted(len, start_of_set_acl, acl)),
        ("watched paths", counted(len, after_zxid, path)),
        ("one odd identity", one_odd_identity(len)),
        ("results of deletes", repeated(len, |out| put_header(out, 2, false), end)),
        ("results of writes", repeated(len, write_result, end)),
        ("errors", repeated(len, error_result, end)),
        (
            "lists of no children",
            repeated(
                len,
                |out| {
                    put_header(out, 8, false);
                    put_int(out, 0);
                },
                end,
            ),
        ),
        (
            "nodes without data",
            repeated(
                len,
                |out| {
                    put_header(out, 4, false);
                    Node::default().encode(out);
                },
                end,
            ),
        ),
        (
            "deletes",
            repeated(
                len,
                |out| {
                    put_header(out, 2, false);
                    path(out);
                    put_int(out, 0);
                },
                end,
            ),
        ),
        (
            "reads",
            repeated(
                len,
                |out| {
                    put_header(out, 4, false);
                    path(out);
                    put_bool(out, false);
                },
                end,
            ),
        ),
        ("members", repeated(len, |out| out.extend(b"server.1=\n"), |_| {})),
        ("members with addresses", repeated(len, |out| out.extend(b"server.1=a;1\n"), |_| {})),
        ("lines that are not text", repeated(len, |out| out.extend(b"\xff\n"), |_| {})),
        ("frames", repeated(len, |out| put_frame(out, |out| out.push(0)), |_| {})),
        ("empty frames", repeated(len, |out| put_frame(out, |_| {}), |_| {})),
        ("one frame", repeated(len, |out| put_frame(out, |out| out.resize(len, 0)), |_| {})),
    ]
}

fn write_result(out: &mut Vec<u8>) {
    put_header(out, 5, false);
    Stat::default().encode(out);
}

fn error_result(out: &mut Vec<u8>) {
    put_header(out, -1, false);
    put_int(out, -101);
}

fn one_odd_identity(len: usize) -> Bytes {
    let mut message = Vec::new();
    put_int(&mut message, 1);
    put_string(&mut message, "");
    put_buffer(&mut message, Some(&vec![0xff; len]));
    message.into()
}

/// A start, the true count of the items, and the items.
fn counted(len: usize, start: impl Fn(&mut Vec<u8>), item: impl Fn(&mut Vec<u8>)) -> Bytes {
    let mut one = Vec::new();
    item(&mut one);
    let count = len.div_ceil(one.len());
    let mut message = Vec::new();
    start(&mut message);
    put_int(&mut message, count.try_into().unwrap());
    (0..count).for_each(|_| item(&mut message));
    message.into()
}

/// Items, and an end.
fn repeated(len: usize, item: impl Fn(&mut Vec<u8>), end: impl Fn(&mut Vec<u8>)) -> Bytes {
    let mut message = Vec::new();
    while message.len() < len {
        item(&mut message);
    }
    end(&mut message);
    message.into()
}

fn put_header(out: &mut Vec<u8>, op: i32, done: bool) {
    put_int(out, op);
    put_bool(out, done);
    put_int(out, -1);
}

fn is_within_bounds(name: &str, message: &Bytes) {
    for (decoder, decode) in OF_MESSAGES {
        let memory = measure(|| decode(message));
        let (len, held) = (message.len(), memory.bytes_max);
        assert!(held <= bound(len), "{decoder}, given {name}: {held} bytes for {len}");
    }
}

/// A message as it comes off a connection, with others behind it.
fn framed(write: impl FnOnce(&mut Vec<u8>)) -> Bytes {
    let mut wire = Vec::new();
    put_frame(&mut wire, write);
    put_frame(&mut wire, |out| put_string(out, "what comes next"));
    let mut inbox = Inbox::default();
    inbox.extend(wire);
    inbox.take_frame(1 << 20).unwrap().unwrap()
}
