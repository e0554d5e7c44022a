//! Every way by which bytes of a peer, or of a user, come in.
#![allow(dead_code, reason = "not every test needs all of it")]

use std::hint::black_box;

use bytes::Bytes;
use zk_proto::wire::{Inbox, Reader};
use zk_proto::{
    Acl, AclOf, AddWatch, AnyRequest, Auth, CheckWatches, Children, Chroot, ClientInfo,
    CloseSession, ConnectRequest, ConnectResponse, ConnectString, Create, CreateWithStat, Created,
    Delete, EnsembleConfig, Exists, GetAcl, GetAllChildrenNumber, GetChildren, GetChildrenWithStat,
    GetConfig, GetData, GetEphemerals, Host, Multi, MultiRead, OpCode, Ping, Raw, Reconfig, Record,
    RemoveWatches, ReplyHeader, Request, RequestHeader, Sasl, SetAcl, SetData, SetWatches, Stat,
    Sync, Ticket, WatchedEvent, WhoAmI,
};

/// One of them: what it is called, and what it does with bytes.
pub(crate) type Decoder = (&'static str, fn(&Bytes));

/// Decoders of what a peer sends.
pub(crate) const OF_MESSAGES: &[Decoder] = &[
    ("requests", requests),
    ("frames", frames),
    ("ensemble configuration", |bytes| drop(black_box(EnsembleConfig::parse(bytes)))),
    ("children", |bytes| drop(black_box(Children::decode(bytes)))),
    ("acl", record::<Acl>),
    ("acl of", record::<AclOf>),
    ("client info", record::<ClientInfo>),
    ("connect request", record::<ConnectRequest>),
    ("connect response", record::<ConnectResponse>),
    ("created", record::<Created>),
    ("reply header", record::<ReplyHeader>),
    ("request header", record::<RequestHeader>),
    ("stat", record::<Stat>),
    ("watched event", record::<WatchedEvent>),
    ("answer to addWatch", answer::<AddWatch<'_>>),
    ("answer to auth", answer::<Auth<'_>>),
    ("answer to checkWatches", answer::<CheckWatches<'_>>),
    ("answer to closeSession", answer::<CloseSession>),
    ("answer to create", answer::<Create<'_>>),
    ("answer to create2", answer::<CreateWithStat<'_>>),
    ("answer to delete", answer::<Delete<'_>>),
    ("answer to exists", answer::<Exists<'_>>),
    ("answer to getACL", answer::<GetAcl<'_>>),
    ("answer to getAllChildrenNumber", answer::<GetAllChildrenNumber<'_>>),
    ("answer to getChildren", answer::<GetChildren<'_>>),
    ("answer to getChildren2", answer::<GetChildrenWithStat<'_>>),
    ("answer to getConfig", answer::<GetConfig>),
    ("answer to getData", answer::<GetData<'_>>),
    ("answer to getEphemerals", answer::<GetEphemerals<'_>>),
    ("answer to multi", answer::<Multi<'_>>),
    ("answer to multiRead", answer::<MultiRead<'_>>),
    ("answer to ping", answer::<Ping>),
    ("answer to something unknown", answer::<Raw<'_>>),
    ("answer to reconfig", answer::<Reconfig<'_>>),
    ("answer to removeWatches", answer::<RemoveWatches<'_>>),
    ("answer to sasl", answer::<Sasl<'_>>),
    ("answer to setACL", answer::<SetAcl<'_>>),
    ("answer to setData", answer::<SetData<'_>>),
    ("answer to setWatches", answer::<SetWatches<'_>>),
    ("answer to sync", answer::<Sync<'_>>),
    ("answer to whoAmI", answer::<WhoAmI>),
];

/// Decoders of what people write.
pub(crate) const OF_TEXTS: &[Decoder] = &[
    ("connect string", |bytes| drop(black_box(text(bytes).parse::<ConnectString>()))),
    ("host", |bytes| drop(black_box(text(bytes).parse::<Host>()))),
    ("chroot", |bytes| drop(black_box(Chroot::new(&text(bytes))))),
    ("ticket", |bytes| drop(black_box(Ticket::from_secret(&text(bytes))))),
];

/// All operations: those with a name, and some without.
pub(crate) fn all_ops() -> impl Iterator<Item = OpCode> {
    let unnamed = [10, 23, 99, 500, -2, i32::MIN, i32::MAX].map(OpCode::from_code);
    OpCode::NAMED.iter().copied().chain(unnamed)
}

fn requests(bytes: &Bytes) {
    for op in all_ops() {
        let _ = black_box(AnyRequest::decode(op, bytes));
    }
}

fn frames(bytes: &Bytes) {
    let mut inbox = Inbox::default();
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        let space = inbox.space();
        let count = space.len().min(rest.len());
        assert!(count > 0, "there is always room to read into");
        space[..count].copy_from_slice(&rest[..count]);
        inbox.commit(count);
        rest = &rest[count..];
        while let Ok(Some(frame)) = inbox.take_frame(1 << 20) {
            black_box(frame);
        }
    }
}

fn record<R: Record>(bytes: &Bytes) {
    let _ = black_box(R::decode(&mut Reader::new(bytes)));
}

/// Reads an answer for a client that sees the whole tree, and for one that does not.
fn answer<R: Request>(bytes: &Bytes) {
    for chroot in [Chroot::root(), Chroot::new("/app").unwrap()] {
        let _ = black_box(R::decode(Ok(bytes.clone()), &chroot));
    }
}

fn text(bytes: &Bytes) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
