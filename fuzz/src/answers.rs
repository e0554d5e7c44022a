//! The client's decoders: the first byte of an input says for what kind of answer the others are
//! taken.
//!
//! What is understood is written again as a server would, and read again: it must be the same. A
//! client with a chroot understands nothing that one without does not.

use std::fmt::Debug;

use bytes::Bytes;
use zk_proto::wire::{Reader, put_buffer, put_int, put_strings, put_vector};
use zk_proto::{
    AddWatch, Auth, CheckWatches, Chroot, CloseSession, ConnectResponse, Create, CreateWithStat,
    Delete, ErrorKind, Exists, GetAcl, GetAllChildrenNumber, GetChildren, GetChildrenWithStat,
    GetConfig, GetData, GetEphemerals, Multi, MultiRead, OpCode, Ping, Raw, Reconfig, Record,
    RemoveWatches, ReplyHeader, Request, Sasl, SetAcl, SetData, SetWatches, Sync, WatchedEvent,
    WhoAmI, encode_multi_results, encode_path, encode_read_results,
};

use crate::memory::bounded;

/// Takes a message for something, and checks what comes of it. Says whether it was understood.
type Check = fn(&Bytes) -> bool;

/// Everything that a server sends: what it answers, and the other records.
pub const KINDS: &[(&str, Check)] = &[
    ("create", |body| answer::<Create<'_>>(body, |path, out| encode_path(out, path))),
    ("create2", |body| answer::<CreateWithStat<'_>>(body, Record::encode)),
    ("delete", nothing::<Delete<'_>>),
    ("exists", |body| {
        answer::<Exists<'_>>(body, |stat, out| stat.iter().for_each(|stat| stat.encode(out)))
    }),
    ("getData", |body| answer::<GetData<'_>>(body, |node, out| node.encode(out))),
    ("setData", |body| answer::<SetData<'_>>(body, Record::encode)),
    ("getACL", |body| answer::<GetAcl<'_>>(body, Record::encode)),
    ("setACL", |body| answer::<SetAcl<'_>>(body, Record::encode)),
    ("getChildren", |body| answer::<GetChildren<'_>>(body, |all, out| all.encode(out))),
    ("getChildren2", |body| answer::<GetChildrenWithStat<'_>>(body, |all, out| all.encode(out))),
    ("getAllChildrenNumber", |body| {
        answer::<GetAllChildrenNumber<'_>>(body, |number, out| {
            put_int(out, i32::try_from(*number).expect("it was read from an int"));
        })
    }),
    ("getEphemerals", |body| answer::<GetEphemerals<'_>>(body, |all, out| put_strings(out, all))),
    ("sync", |body| answer::<Sync<'_>>(body, |path, out| encode_path(out, path))),
    ("multi", |body| answer::<Multi<'_>>(body, |all, out| encode_multi_results(out, all))),
    ("multiRead", |body| answer::<MultiRead<'_>>(body, |all, out| encode_read_results(out, all))),
    ("reconfig", |body| answer::<Reconfig<'_>>(body, |node, out| node.encode(out))),
    ("getConfig", |body| answer::<GetConfig>(body, |node, out| node.encode(out))),
    ("checkWatches", nothing::<CheckWatches<'_>>),
    ("removeWatches", nothing::<RemoveWatches<'_>>),
    ("setWatches", nothing::<SetWatches<'_>>),
    ("addWatch", nothing::<AddWatch<'_>>),
    ("auth", nothing::<Auth<'_>>),
    ("sasl", |body| answer::<Sasl<'_>>(body, |token, out| put_buffer(out, token.as_deref()))),
    ("whoAmI", |body| {
        answer::<WhoAmI>(body, |all, out| put_vector(out, all, |out, one| one.encode(out)))
    }),
    ("ping", nothing::<Ping>),
    ("closeSession", nothing::<CloseSession>),
    ("unknown", |body| answer::<Raw<'_>>(body, |bytes, out| out.extend_from_slice(bytes))),
    ("handshake", record::<ConnectResponse>),
    ("header", record::<ReplyHeader>),
    ("event", record::<WatchedEvent>),
];

/// Decodes one message.
pub fn run(data: &[u8]) {
    if let Some((&kind, body)) = data.split_first() {
        let (_, check) = KINDS[usize::from(kind) % KINDS.len()];
        check(&Bytes::copy_from_slice(body));
    }
}

/// Where the answer to an operation is in [`KINDS`].
#[must_use]
#[expect(clippy::wildcard_enum_match_arm, reason = "the others are called as they are")]
pub fn kind_of(op: OpCode) -> Option<usize> {
    let name = match op {
        OpCode::CreateContainer | OpCode::CreateTtl => OpCode::Create2.to_string(),
        OpCode::SetWatches2 => OpCode::SetWatches.to_string(),
        op => op.to_string(),
    };
    KINDS.iter().position(|(kind, _)| *kind == name)
}

/// Whether a client understands the answer to its request.
pub(crate) fn is_understood(op: OpCode, body: &Bytes) -> bool {
    kind_of(op).is_some_and(|kind| KINDS[kind].1(body))
}

/// An answer, which `encode` writes as a server does.
fn answer<R>(body: &Bytes, encode: fn(&R::Response, &mut Vec<u8>)) -> bool
where
    R: Request<Response: PartialEq + Debug>,
{
    let (all, part) = (Chroot::root(), Chroot::new("/app").expect("a path"));
    let decode = |body: &Bytes, chroot| bounded(body.len(), || R::decode(Ok(body.clone()), chroot));
    let understood = decode(body, &all);
    assert!(understood.is_ok() || decode(body, &part).is_err(), "understood below a chroot only");
    let answer = match understood {
        Ok(answer) => answer,
        // A transaction that failed is an error, and understood.
        Err(error) => return !matches!(error.kind(), ErrorKind::Malformed(_)),
    };
    let mut again = Vec::new();
    encode(&answer, &mut again);
    assert_eq!(decode(&again.into(), &all), Ok(answer));
    true
}

/// An answer that says no more than that it was done.
fn nothing<R: Request<Response = ()>>(body: &Bytes) -> bool {
    answer::<R>(body, |(), _| {})
}

fn record<R: Record + PartialEq + Debug>(body: &Bytes) -> bool {
    let decode = |body: &[u8]| bounded(body.len(), || R::decode(&mut Reader::new(body)));
    let Ok(record) = decode(body) else { return false };
    let mut again = Vec::new();
    record.encode(&mut again);
    assert_eq!(decode(&again), Ok(record));
    true
}
