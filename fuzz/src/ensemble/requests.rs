//! Valid requests, about few nodes, so that they meet.

use std::time::Duration;

use arbitrary::{Result, Unstructured};
use zk_proto::{
    Acl, AddWatch, AnyRequest, Auth, Check, CheckWatches, Create, CreateMode, Delete, Exists,
    GetAcl, GetAllChildrenNumber, GetChildren, GetChildrenWithStat, GetData, GetEphemerals, Multi,
    MultiRead, OpCode, Permissions, Reconfig, RemoveWatches, Sasl, SetAcl, SetData, SetWatches,
    Sync, WatchKind,
};

use crate::parts;

pub(super) const PATHS: [&str; 12] = [
    "/",
    "/a",
    "/a/b",
    "/a/b/c",
    "/n-",
    "/a/n-",
    "/zookeeper",
    "/zookeeper/config",
    "/zookeeper/quota",
    "/zookeeper/quota/a",
    "/zookeeper/quota/a/zookeeper_limits",
    "/a/a-node-with-a-name-that-is-not-short-at-all",
];
const DATA: [Option<&[u8]>; 5] =
    [Some(b""), Some(b"x"), None, Some(b"count=2,bytes=10"), Some(&[7; 300])];
const IDENTITIES: [(&str, &[u8]); 5] =
    [("digest", b"u:p"), ("digest", b"super:x"), ("ip", b""), ("digest", b""), ("none", b"x")];
const TEXTS: [Option<&str>; 4] = [
    None,
    Some("server.2=10.0.0.2:2888:3888;2181"),
    Some("2"),
    Some("server.1=localhost:2888:3888:observer;2181"),
];

/// An operation and its body; `None` if it is one that no client of ours would send.
pub(super) fn request(script: &mut Unstructured<'_>) -> Result<Option<(OpCode, Vec<u8>)>> {
    let request = any(script)?;
    let mut body = Vec::new();
    Ok(request.encode(&mut body).is_ok().then(|| (request.op(), body)))
}

fn any(script: &mut Unstructured<'_>) -> Result<AnyRequest<'static>> {
    let (kind, path) = (script.arbitrary::<u8>()?, *script.choose(&PATHS)?);
    Ok(match kind % 25 {
        0 => AnyRequest::Create(create(script, path)?),
        1 => AnyRequest::CreateWithStat(create(script, path)?.with_stat()),
        2 => AnyRequest::Delete(delete(script, path)?),
        3 => AnyRequest::Exists(Exists::new(path), script.arbitrary()?),
        4 => AnyRequest::GetData(GetData::new(path), script.arbitrary()?),
        5 => AnyRequest::SetData(set(script, path)?),
        6 => AnyRequest::GetAcl(GetAcl::new(path)),
        7 => AnyRequest::SetAcl(SetAcl::new(path, acl(script)?)),
        8 => AnyRequest::GetChildren(GetChildren::new(path), script.arbitrary()?),
        9 => AnyRequest::GetChildrenWithStat(GetChildrenWithStat::new(path), script.arbitrary()?),
        10 => AnyRequest::GetAllChildrenNumber(GetAllChildrenNumber::new(path)),
        11 => AnyRequest::GetEphemerals(GetEphemerals::new(path)),
        12 => AnyRequest::Sync(Sync::new(path)),
        13 => AnyRequest::Multi(multi(script)?),
        14 => AnyRequest::MultiRead(MultiRead::new().get(path).children(path).get("/a")),
        15 => AnyRequest::Reconfig(reconfig(script)?),
        16 => AnyRequest::CheckWatches(CheckWatches::new(path, parts::watcher_type(script)?)),
        17 => AnyRequest::RemoveWatches(RemoveWatches::new(path, parts::watcher_type(script)?)),
        18 => AnyRequest::SetWatches(set_watches(script)?),
        19 => AnyRequest::AddWatch(AddWatch::new(path, parts::watch_mode(script)?)),
        20 => {
            let (scheme, data) = *script.choose(&IDENTITIES)?;
            AnyRequest::Auth(Auth::new(scheme, data))
        }
        21 => AnyRequest::Sasl(Sasl(*script.choose(&DATA)?)),
        22 => AnyRequest::WhoAmI,
        23 => AnyRequest::Ping,
        _ => AnyRequest::CloseSession,
    })
}

fn create(script: &mut Unstructured<'_>, path: &'static str) -> Result<Create<'static>> {
    const TIMES: [u64; 3] = [1, 1_000, (1 << 40) - 1];
    let time = Duration::from_millis(*script.choose(&TIMES)?);
    let mode = *script.choose(&[
        CreateMode::Persistent,
        CreateMode::Ephemeral,
        CreateMode::PersistentSequential,
        CreateMode::EphemeralSequential,
        CreateMode::Container,
        CreateMode::PersistentWithTtl(time),
        CreateMode::PersistentSequentialWithTtl(time),
    ])?;
    let create = match *script.choose(&DATA)? {
        Some(data) => Create::new(path, data),
        None => Create::without_data(path),
    };
    Ok(create.acl(acl(script)?).mode(mode))
}

fn delete(script: &mut Unstructured<'_>, path: &'static str) -> Result<Delete<'static>> {
    let delete = Delete::new(path);
    Ok(version(script)?.map_or(delete, |version| delete.version(version)))
}

fn set(script: &mut Unstructured<'_>, path: &'static str) -> Result<SetData<'static>> {
    let set = match *script.choose(&DATA)? {
        Some(data) => SetData::new(path, data),
        None => SetData::without_data(path),
    };
    Ok(version(script)?.map_or(set, |version| set.version(version)))
}

fn version(script: &mut Unstructured<'_>) -> Result<Option<i32>> {
    script.choose(&[None, Some(0), Some(1), Some(i32::MIN)]).copied()
}

fn acl(script: &mut Unstructured<'_>) -> Result<Vec<Acl>> {
    Ok(match script.int_in_range(0..=5)? {
        0 => vec![Acl::new(Permissions::ALL, "digest", "u:hash")],
        1 => Acl::CREATOR.to_vec(),
        2 => Acl::READ.to_vec(),
        3 => vec![Acl::ip(Permissions::WRITE, "10.0.0.1/24"), Acl::anyone(Permissions::READ)],
        4 => vec![Acl::new(Permissions::from_bits(script.arbitrary()?), "ip", "10.0.0.300/99")],
        _ => Acl::OPEN.to_vec(),
    })
}

fn multi(script: &mut Unstructured<'_>) -> Result<Multi<'static>> {
    let mut multi = Multi::new();
    for _ in 0..script.int_in_range(0..=4)? {
        let path = *script.choose(&PATHS)?;
        multi = match script.int_in_range(0..=4)? {
            0 => multi.add(create(script, path)?),
            1 => multi.add(create(script, path)?.with_stat()),
            2 => multi.add(delete(script, path)?),
            3 => multi.add(set(script, path)?),
            _ => multi.add(match version(script)? {
                Some(version) => Check::new(path, version),
                None => Check::exists(path),
            }),
        };
    }
    Ok(multi)
}

fn reconfig(script: &mut Unstructured<'_>) -> Result<Reconfig<'static>> {
    let version = script.choose(&[None, Some(0), Some(1 << 32)])?;
    let reconfig = match (*script.choose(&TEXTS)?, *script.choose(&TEXTS)?) {
        (Some(joining), Some(leaving)) => Reconfig::exchanging(joining, leaving),
        (Some(joining), None) => Reconfig::joining(joining),
        (None, Some(leaving)) => Reconfig::leaving(leaving),
        (None, None) => Reconfig::full("server.1=localhost:2888:3888;2181"),
    };
    Ok(version.map_or(reconfig, |version| reconfig.version(version)))
}

fn set_watches(script: &mut Unstructured<'_>) -> Result<SetWatches<'static>> {
    let mut watches = SetWatches::since(*script.choose(&[0, 1, 5, i64::MAX])?);
    for _ in 0..script.int_in_range(0..=4)? {
        let kind = *script.choose(&[
            WatchKind::Data,
            WatchKind::Exists,
            WatchKind::Children,
            WatchKind::Persistent,
            WatchKind::PersistentRecursive,
        ])?;
        watches.push(kind, script.choose(&PATHS)?);
    }
    Ok(watches)
}
