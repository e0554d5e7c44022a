//! Requests of every kind, of parts that chance picks.
#![allow(dead_code, reason = "not every test needs all of it")]

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use zk_proto::{
    Acl, AddWatch, AnyRequest, Auth, Check, CheckWatches, Chroot, Create, CreateMode, Delete,
    Encoder, Exists, GetAcl, GetAllChildrenNumber, GetChildren, GetChildrenWithStat, GetData,
    GetEphemerals, Misuse, Multi, MultiRead, Reconfig, RemoveWatches, Request, Sasl, SetAcl,
    SetData, SetWatches, Sync, WatchKind, WatchMode, WatcherType,
};

use crate::values::{acls, mode, path, sequential_path, version, watcher_type};

/// What messages are made of.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) path: String,
    /// The path of a sequential node, which may end in a slash.
    pub(crate) sequential: String,
    pub(crate) paths: Vec<String>,
    /// Paths as the server has them.
    pub(crate) watched: Vec<String>,
    pub(crate) text: String,
    pub(crate) texts: (Option<String>, Option<String>),
    pub(crate) data: Option<Vec<u8>>,
    pub(crate) acl: Vec<Acl>,
    pub(crate) mode: CreateMode,
    pub(crate) version: Option<i32>,
    pub(crate) zxid: i64,
    pub(crate) watch: bool,
    pub(crate) kind: WatcherType,
}

impl Parts {
    /// The same, as a server sees it that is asked by a client with this chroot.
    pub(crate) fn below(&self, chroot: &Chroot) -> Self {
        Self {
            path: chroot.server_path(&self.path),
            sequential: format!("{}{}", chroot.prefix(), self.sequential),
            paths: self.paths.iter().map(|path| chroot.server_path(path)).collect(),
            ..self.clone()
        }
    }

    fn create(&self) -> Create<'_> {
        let path = if self.mode.is_sequential() { &self.sequential } else { &self.path };
        let create = match &self.data {
            Some(data) => Create::new(path, data),
            None => Create::without_data(path),
        };
        create.acl(&self.acl).mode(self.mode)
    }

    fn set(&self) -> SetData<'_> {
        let set = match &self.data {
            Some(data) => SetData::new(&self.path, data),
            None => SetData::without_data(&self.path),
        };
        self.version.map_or(set, |version| set.version(version))
    }

    fn delete(&self) -> Delete<'_> {
        let delete = Delete::new(&self.path);
        self.version.map_or(delete, |version| delete.version(version))
    }

    fn set_acl(&self) -> SetAcl<'_> {
        let set = SetAcl::new(&self.path, &self.acl);
        match self.version {
            Some(version) => set.version(version),
            None => set,
        }
    }

    fn reconfig(&self) -> Reconfig<'_> {
        let reconfig = match &self.texts {
            (Some(joining), Some(leaving)) => Reconfig::exchanging(joining, leaving),
            (Some(joining), None) => Reconfig::joining(joining),
            (None, Some(leaving)) => Reconfig::leaving(leaving),
            (None, None) => Reconfig::full(&self.text),
        };
        if self.zxid == -1 { reconfig } else { reconfig.version(self.zxid) }
    }

    fn multi(&self) -> Multi<'_> {
        let multi = self.paths.iter().fold(Multi::new(), |multi, path| {
            multi.check(path, 7).create(path, "data").set(path, "").delete(path)
        });
        let checked = multi.add(Check::exists(&self.path)).add(self.set()).add(self.delete());
        if self.has_own_operation() {
            checked.add(self.create())
        } else {
            checked.add(self.create()).add(self.create().with_stat())
        }
    }

    fn multi_read(&self) -> MultiRead<'_> {
        self.paths.iter().fold(MultiRead::new(), |reads, path| reads.get(path).children(path))
    }

    fn set_watches(&self, kinds: &[WatchKind]) -> SetWatches<'_> {
        let mut watches = SetWatches::since(self.zxid);
        for (path, kind) in self.watched.iter().zip(kinds.iter().cycle()) {
            watches.push(*kind, path);
        }
        watches
    }

    /// Containers, and nodes that live for a time, have operations that always answer a stat.
    fn has_own_operation(&self) -> bool {
        self.mode.flags() >= 4
    }
}

/// One request of every kind.
pub(crate) fn requests(parts: &Parts) -> Vec<AnyRequest<'_>> {
    let (path, watch) = (&*parts.path, parts.watch);
    let one_shot = [WatchKind::Data, WatchKind::Exists, WatchKind::Children];
    let all = [&one_shot[..], &[WatchKind::Persistent, WatchKind::PersistentRecursive]].concat();
    let mut requests = vec![
        AnyRequest::Create(parts.create()),
        AnyRequest::Delete(parts.delete()),
        AnyRequest::Exists(Exists::new(path), watch),
        AnyRequest::GetData(GetData::new(path), watch),
        AnyRequest::SetData(parts.set()),
        AnyRequest::GetAcl(GetAcl::new(path)),
        AnyRequest::SetAcl(parts.set_acl()),
        AnyRequest::GetChildren(GetChildren::new(path), watch),
        AnyRequest::GetChildrenWithStat(GetChildrenWithStat::new(path), watch),
        AnyRequest::GetAllChildrenNumber(GetAllChildrenNumber::new(path)),
        AnyRequest::GetEphemerals(GetEphemerals::new(path)),
        AnyRequest::Sync(Sync::new(path)),
        AnyRequest::Multi(parts.multi()),
        AnyRequest::MultiRead(parts.multi_read()),
        AnyRequest::Reconfig(parts.reconfig()),
        AnyRequest::CheckWatches(CheckWatches::new(path, parts.kind)),
        AnyRequest::RemoveWatches(RemoveWatches::new(path, parts.kind)),
        AnyRequest::SetWatches(parts.set_watches(&one_shot)),
        AnyRequest::SetWatches(parts.set_watches(&all)),
        AnyRequest::AddWatch(AddWatch::new(path, WatchMode::Persistent)),
        AnyRequest::AddWatch(AddWatch::new(path, WatchMode::Recursive)),
        AnyRequest::Auth(Auth::new(&parts.text, parts.data.as_deref().unwrap_or_default())),
        AnyRequest::Sasl(Sasl(parts.data.as_deref())),
        AnyRequest::WhoAmI,
        AnyRequest::Ping,
        AnyRequest::CloseSession,
    ];
    if !parts.has_own_operation() {
        requests.push(AnyRequest::CreateWithStat(parts.create().with_stat()));
    }
    requests
}

/// The body of a request, by a client with this chroot.
pub(crate) fn body(request: &AnyRequest<'_>, chroot: &Chroot) -> Result<Vec<u8>, Misuse> {
    fn written(request: &impl Request, chroot: &Chroot, watch: bool) -> Result<Vec<u8>, Misuse> {
        let mut out = Vec::new();
        request.encode(&mut Encoder::new(&mut out, chroot, watch))?;
        Ok(out)
    }
    match request {
        AnyRequest::Create(request) => written(request, chroot, false),
        AnyRequest::CreateWithStat(request) => written(request, chroot, false),
        AnyRequest::Delete(request) => written(request, chroot, false),
        AnyRequest::Exists(request, watch) => written(request, chroot, *watch),
        AnyRequest::GetData(request, watch) => written(request, chroot, *watch),
        AnyRequest::SetData(request) => written(request, chroot, false),
        AnyRequest::GetAcl(request) => written(request, chroot, false),
        AnyRequest::SetAcl(request) => written(request, chroot, false),
        AnyRequest::GetChildren(request, watch) => written(request, chroot, *watch),
        AnyRequest::GetChildrenWithStat(request, watch) => written(request, chroot, *watch),
        AnyRequest::GetAllChildrenNumber(request) => written(request, chroot, false),
        AnyRequest::GetEphemerals(request) => written(request, chroot, false),
        AnyRequest::Sync(request) => written(request, chroot, false),
        AnyRequest::Multi(request) => written(request, chroot, false),
        AnyRequest::MultiRead(request) => written(request, chroot, false),
        AnyRequest::Reconfig(request) => written(request, chroot, false),
        AnyRequest::CheckWatches(request) => written(request, chroot, false),
        AnyRequest::RemoveWatches(request) => written(request, chroot, false),
        AnyRequest::SetWatches(request) => written(request, chroot, false),
        AnyRequest::AddWatch(request) => written(request, chroot, false),
        AnyRequest::Auth(request) => written(request, chroot, false),
        AnyRequest::Sasl(request) => written(request, chroot, false),
        AnyRequest::WhoAmI | AnyRequest::Ping | AnyRequest::CloseSession => Ok(Vec::new()),
        other => panic!("a request of another kind: {other:?}"),
    }
}

pub(crate) fn parts() -> impl Strategy<Value = Parts> {
    let paths = (path(), sequential_path(), vec(path(), 0..4), vec(path(), 0..8));
    let texts = (any::<String>(), (option::of(any::<String>()), option::of(any::<String>())));
    let numbers = (version(), any::<i64>(), any::<bool>(), watcher_type());
    (paths, texts, option::of(vec(any::<u8>(), 0..20)), acls(), mode(), numbers).prop_map(
        |(paths, texts, data, acl, mode, numbers)| Parts {
            path: paths.0,
            sequential: paths.1,
            paths: paths.2,
            watched: paths.3,
            text: texts.0,
            texts: texts.1,
            data,
            acl,
            mode,
            version: numbers.0,
            zxid: numbers.1,
            watch: numbers.2,
            kind: numbers.3,
        },
    )
}
