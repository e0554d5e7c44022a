//! What requests and answers are made of, out of arbitrary bytes.
//!
//! Numbers and choices take bytes from the front, so that an input that is changed at one place
//! stays what it was at the others.

use std::time::Duration;

use arbitrary::{Result, Unstructured};
use bytes::Bytes;
use zk_proto::{
    Acl, AddWatch, Check, Children, ClientInfo, Create, CreateMode, Delete, ErrorCode, EventType,
    Multi, MultiRead, MultiResult, Node, OpCode, Permissions, Read, Reconfig, SetAcl, SetData,
    SetWatches, Stat, WatchKind, WatchMode, WatcherType, validate_path,
};

/// What requests are made of.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) path: String,
    pub(crate) paths: Vec<String>,
    pub(crate) text: String,
    pub(crate) texts: [Option<String>; 2],
    pub(crate) data: Option<Vec<u8>>,
    pub(crate) acl: Vec<Acl>,
    pub(crate) mode: CreateMode,
    pub(crate) version: Option<i32>,
    pub(crate) zxid: i64,
    pub(crate) watch: bool,
    pub(crate) watch_mode: WatchMode,
    pub(crate) kind: WatcherType,
}

impl Parts {
    pub(crate) fn of(bytes: &mut Unstructured<'_>) -> Result<Self> {
        let first = acl(bytes)?;
        let others = list(bytes, acl)?;
        Ok(Self {
            path: path(bytes)?,
            paths: list(bytes, path)?,
            text: text(bytes)?,
            texts: [optional(bytes, text)?, optional(bytes, text)?],
            data: optional(bytes, data)?,
            acl: [vec![first], others].concat(), // a list must not be empty
            mode: mode(bytes)?,
            version: optional(bytes, Unstructured::arbitrary)?.filter(|version| *version != -1),
            zxid: bytes.arbitrary()?,
            watch: bytes.arbitrary()?,
            watch_mode: watch_mode(bytes)?,
            kind: watcher_type(bytes)?,
        })
    }

    pub(crate) fn create(&self) -> Create<'_> {
        let create = match &self.data {
            Some(data) => Create::new(&self.path, data),
            None => Create::without_data(&self.path),
        };
        create.acl(&self.acl).mode(self.mode)
    }

    pub(crate) fn set(&self) -> SetData<'_> {
        let set = match &self.data {
            Some(data) => SetData::new(&self.path, data),
            None => SetData::without_data(&self.path),
        };
        self.version.map_or(set, |version| set.version(version))
    }

    pub(crate) fn delete(&self) -> Delete<'_> {
        let delete = Delete::new(&self.path);
        self.version.map_or(delete, |version| delete.version(version))
    }

    pub(crate) fn set_acl(&self) -> SetAcl<'_> {
        let set = SetAcl::new(&self.path, &self.acl);
        match self.version {
            Some(version) => set.version(version),
            None => set,
        }
    }

    pub(crate) fn reconfig(&self) -> Reconfig<'_> {
        let reconfig = match &self.texts {
            [Some(joining), Some(leaving)] => Reconfig::exchanging(joining, leaving),
            [Some(joining), None] => Reconfig::joining(joining),
            [None, Some(leaving)] => Reconfig::leaving(leaving),
            [None, None] => Reconfig::full(&self.text),
        };
        if self.zxid == -1 { reconfig } else { reconfig.version(self.zxid) }
    }

    pub(crate) fn multi(&self) -> Multi<'_> {
        let multi = self.paths.iter().fold(Multi::new(), |multi, path| {
            multi.check(path, 7).create(path, "data").set(path, "").delete(path)
        });
        let multi = multi.add(Check::exists(&self.path)).add(self.set()).add(self.delete());
        // Containers, and nodes that live for a time, have operations that always answer a stat.
        if self.mode.flags() < 4 { multi.add(self.create().with_stat()) } else { multi }
    }

    pub(crate) fn multi_read(&self) -> MultiRead<'_> {
        self.paths.iter().fold(MultiRead::new(), |reads, path| reads.get(path).children(path))
    }

    /// Some kinds of watches, for these paths.
    pub(crate) fn set_watches(&self) -> SetWatches<'_> {
        const KINDS: [WatchKind; 5] = [
            WatchKind::Data,
            WatchKind::Exists,
            WatchKind::Children,
            WatchKind::Persistent,
            WatchKind::PersistentRecursive,
        ];
        let count = if self.watch { 5 } else { 3 };
        let mut watches = SetWatches::since(self.zxid);
        for (path, kind) in self.paths.iter().zip(KINDS[..count].iter().cycle()) {
            watches.push(*kind, path);
        }
        watches
    }

    pub(crate) fn add_watch(&self) -> AddWatch<'_> {
        AddWatch::new(&self.path, self.watch_mode)
    }
}

pub(crate) fn watch_mode(bytes: &mut Unstructured<'_>) -> Result<WatchMode> {
    bytes.choose(&[WatchMode::Persistent, WatchMode::Recursive]).copied()
}

pub(crate) fn watcher_type(bytes: &mut Unstructured<'_>) -> Result<WatcherType> {
    bytes
        .choose(&[
            WatcherType::Children,
            WatcherType::Data,
            WatcherType::Any,
            WatcherType::Persistent,
            WatcherType::PersistentRecursive,
        ])
        .copied()
}

/// A valid path of few names, most of them short.
pub(crate) fn path(bytes: &mut Unstructured<'_>) -> Result<String> {
    const NAMES: [&str; 8] = ["a", "b", "app", "zookeeper", "config", "...", "é鍵", "a b"];
    let mut path = String::new();
    for _ in 0..bytes.int_in_range(0..=4)? {
        let own = if bytes.ratio(1, 4)? { text(bytes)? } else { String::new() };
        let whole = format!("{path}/{own}");
        path = match validate_path(&whole) {
            Ok(()) if !own.is_empty() && !own.contains('/') => whole,
            Ok(()) | Err(_) => format!("{path}/{}", bytes.choose(&NAMES)?),
        };
    }
    Ok(if path.is_empty() { "/".into() } else { path })
}

/// Up to 7 of something.
pub(crate) fn list<'a, T>(
    bytes: &mut Unstructured<'a>,
    item: fn(&mut Unstructured<'a>) -> Result<T>,
) -> Result<Vec<T>> {
    (0..bytes.int_in_range(0..=7)?).map(|_| item(bytes)).collect()
}

fn optional<'a, T>(
    bytes: &mut Unstructured<'a>,
    item: fn(&mut Unstructured<'a>) -> Result<T>,
) -> Result<Option<T>> {
    bytes.arbitrary::<bool>()?.then(|| item(bytes)).transpose()
}

pub(crate) fn data(bytes: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let len = bytes.int_in_range(0..=40)?;
    Ok(bytes.bytes(bytes.len().min(len))?.to_vec())
}

pub(crate) fn text(bytes: &mut Unstructured<'_>) -> Result<String> {
    data(bytes).map(|data| String::from_utf8_lossy(&data).into_owned())
}

pub(crate) fn stat(bytes: &mut Unstructured<'_>) -> Result<Stat> {
    let mut stat = Stat::default();
    [stat.czxid, stat.mzxid, stat.ctime, stat.mtime, stat.ephemeral_owner, stat.pzxid] =
        bytes.arbitrary()?;
    [stat.version, stat.cversion, stat.aversion, stat.data_length, stat.num_children] =
        bytes.arbitrary()?;
    Ok(stat)
}

pub(crate) fn acl(bytes: &mut Unstructured<'_>) -> Result<Acl> {
    let permissions = Permissions::from_bits(bytes.arbitrary()?);
    Ok(Acl::new(permissions, text(bytes)?, text(bytes)?))
}

pub(crate) fn client_info(bytes: &mut Unstructured<'_>) -> Result<ClientInfo> {
    Ok(ClientInfo::new(text(bytes)?, text(bytes)?))
}

pub(crate) fn mode(bytes: &mut Unstructured<'_>) -> Result<CreateMode> {
    let (flags, ttl) = (bytes.int_in_range(0..=6)?, bytes.int_in_range(1..=(1 << 40) - 1)?);
    CreateMode::from_flags(flags, Some(ttl)).map_err(|_| arbitrary::Error::IncorrectFormat)
}

pub(crate) fn op(bytes: &mut Unstructured<'_>) -> Result<OpCode> {
    bytes.arbitrary().map(OpCode::from_code)
}

pub(crate) fn event_type(bytes: &mut Unstructured<'_>) -> Result<EventType> {
    bytes
        .choose(&[
            EventType::None,
            EventType::NodeCreated,
            EventType::NodeDeleted,
            EventType::NodeDataChanged,
            EventType::NodeChildrenChanged,
        ])
        .copied()
}

pub(crate) fn node(bytes: &mut Unstructured<'_>) -> Result<Node> {
    Ok(Node::new(optional(bytes, data)?.map(Bytes::from), stat(bytes)?))
}

/// Children have names.
pub(crate) fn children(bytes: &mut Unstructured<'_>) -> Result<Children> {
    let names = list(bytes, text)?;
    Ok(Children::from_names(names.iter().map(String::as_str).filter(|name| !name.is_empty())))
}

pub(crate) fn multi_result(bytes: &mut Unstructured<'_>) -> Result<MultiResult> {
    Ok(match bytes.int_in_range(0..=3)? {
        0 => {
            let stat = optional(bytes, stat)?.map(Box::new);
            MultiResult::Created { path: path(bytes)?, stat }
        }
        1 => MultiResult::Set(stat(bytes)?.into()),
        2 => MultiResult::Deleted,
        _ => MultiResult::Checked,
    })
}

pub(crate) fn read(bytes: &mut Unstructured<'_>) -> Result<std::result::Result<Read, ErrorCode>> {
    Ok(match bytes.int_in_range(0..=2)? {
        0 => Ok(Read::Data(node(bytes)?.into())),
        1 => Ok(Read::Children(children(bytes)?)),
        _ => Err(ErrorCode::from_code(bytes.arbitrary()?)),
    })
}

/// Up to some minutes, or very long.
pub(crate) fn time(script: &mut Unstructured<'_>) -> Result<Duration> {
    let number = script.arbitrary::<u8>()?;
    Ok(match number {
        0..0x40 => Duration::from_millis(number.into()),
        0x40..0xc0 => Duration::from_millis(u64::from(number - 0x3f) * 100),
        0xc0..0xf0 => Duration::from_secs(u64::from(number - 0xbf) * 7),
        0xf0..=0xff => Duration::from_secs(1_000 << (number - 0xf0)),
    })
}

/// Up to 255 bytes as they are.
pub(crate) fn bytes<'a>(script: &mut Unstructured<'a>) -> Result<&'a [u8]> {
    let len = script.arbitrary::<u8>()?;
    script.bytes(script.len().min(len.into()))
}
