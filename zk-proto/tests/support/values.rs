//! Paths, records and answers that chance picks.
#![allow(dead_code, reason = "not every test needs all of it")]
#![expect(clippy::disallowed_types, reason = "`prop_oneof` shares its branches")]

use bytes::Bytes;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use zk_proto::{
    Acl, Children, Chroot, ClientInfo, CreateMode, Created, ErrorCode, MultiResult, Node,
    Permissions, Read, Stat, WatcherType,
};

pub(crate) fn path() -> impl Strategy<Value = String> {
    let segment = "[a-c.é鍵 ]{1,3}".prop_filter("a name", |name| name != "." && name != "..");
    vec(segment, 0..4).prop_map(|segments| format!("/{}", segments.join("/")))
}

pub(crate) fn sequential_path() -> impl Strategy<Value = String> {
    (path(), any::<bool>()).prop_map(|(path, slash)| match (&*path, slash) {
        ("/", _) | (_, false) => path,
        (_, true) => path + "/",
    })
}

pub(crate) fn chroot() -> impl Strategy<Value = Chroot> {
    path().prop_map(|path| Chroot::new(&path).unwrap())
}

pub(crate) fn acls() -> impl Strategy<Value = Vec<Acl>> {
    let acl = (any::<i32>(), any::<String>(), any::<String>());
    vec(acl.prop_map(|(bits, scheme, id)| Acl::new(Permissions::from_bits(bits), scheme, id)), 1..4)
}

pub(crate) fn identities() -> impl Strategy<Value = Vec<ClientInfo>> {
    vec(
        (any::<String>(), any::<String>()).prop_map(|(scheme, user)| ClientInfo::new(scheme, user)),
        0..4,
    )
}

/// Any but -1, which on the wire means that none is demanded.
pub(crate) fn version() -> impl Strategy<Value = Option<i32>> {
    any::<Option<i32>>().prop_map(|version| version.filter(|version| *version != -1))
}

pub(crate) fn watcher_type() -> impl Strategy<Value = WatcherType> {
    (1..=5).prop_map(|code| WatcherType::from_code(code).unwrap())
}

pub(crate) fn mode() -> impl Strategy<Value = CreateMode> {
    (0..=6, 1..1_i64 << 40)
        .prop_map(|(flags, ttl)| CreateMode::from_flags(flags, Some(ttl)).unwrap())
}

pub(crate) fn stat() -> impl Strategy<Value = Stat> {
    any::<([i64; 6], [i32; 5])>().prop_map(|(longs, ints)| {
        let mut stat = Stat::default();
        [stat.czxid, stat.mzxid, stat.ctime, stat.mtime, stat.ephemeral_owner, stat.pzxid] = longs;
        [stat.version, stat.cversion, stat.aversion, stat.data_length, stat.num_children] = ints;
        stat
    })
}

pub(crate) fn node() -> impl Strategy<Value = Node> {
    let data = option::of(vec(any::<u8>(), 0..20));
    (data, stat()).prop_map(|(data, stat)| Node::new(data.map(Bytes::from), stat))
}

pub(crate) fn children() -> impl Strategy<Value = Children> {
    let names = vec(".{1,200}", 0..5);
    names.prop_map(|names| Children::from_names(names.iter().map(String::as_str)))
}

pub(crate) fn created() -> impl Strategy<Value = Created> {
    (path(), stat()).prop_map(|(path, stat)| Created::new(path, stat))
}

/// Any that is an error: 0 is none.
pub(crate) fn error_code() -> impl Strategy<Value = ErrorCode> {
    any::<i32>().prop_map(|code| ErrorCode::from_code(if code == 0 { -101 } else { code }))
}

pub(crate) fn multi_results() -> impl Strategy<Value = Vec<MultiResult>> {
    let result = prop_oneof![
        (path(), option::of(stat()))
            .prop_map(|(path, stat)| MultiResult::Created { path, stat: stat.map(Box::new) }),
        stat().prop_map(|stat| MultiResult::Set(stat.into())),
        Just(MultiResult::Deleted),
        Just(MultiResult::Checked),
    ];
    vec(result, 0..10)
}

pub(crate) fn read_results() -> impl Strategy<Value = Vec<Result<Read, ErrorCode>>> {
    let result = prop_oneof![
        node().prop_map(|node| Ok(Read::Data(node.into()))),
        children().prop_map(|children| Ok(Read::Children(children))),
        error_code().prop_map(Err),
    ];
    vec(result, 0..10)
}
