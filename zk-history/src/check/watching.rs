//! The watches of one connection, as its server has them.

use std::collections::BTreeSet;

use zk_proto::{
    AddWatch, AnyRequest, ErrorCode, EventType, RemoveWatches, SetWatches, WatchMode, WatcherType,
    parent_of,
};
use zk_server::tree::{Change, Tree};

/// An event, without what not all servers tell of it.
pub(super) type Told = (EventType, Box<str>);

/// The watches of one connection.
#[derive(Debug, Default)]
pub(super) struct Watches {
    /// Those of one event: for a node, there or missing.
    data: Paths,
    /// Those of one event: for a list of children.
    children: Paths,
    persistent: Paths,
    recursive: Paths,
}

type Paths = BTreeSet<Box<str>>;

impl Watches {
    /// A change has happened: what is told of it. Watches of one event are used up.
    pub(super) fn fire(&mut self, change: &Change, tell: &mut impl FnMut(Told)) {
        let (kind, path) = match change {
            Change::Create { path, .. } => (EventType::NodeCreated, path),
            Change::Delete { path } => (EventType::NodeDeleted, path),
            Change::SetData { path, .. } => (EventType::NodeDataChanged, path),
            Change::SetAcl { .. } | Change::Check => return,
        };
        if self.fire_node(kind, path) {
            tell((kind, path.clone()));
        }
        if kind == EventType::NodeDataChanged {
            return;
        }
        if let Some(parent) = parent_of(path)
            && (self.children.remove(parent) | self.persistent.contains(parent))
        {
            tell((EventType::NodeChildrenChanged, parent.into()));
        }
    }

    /// Whether somebody watches the node itself.
    fn fire_node(&mut self, kind: EventType, path: &str) -> bool {
        let mut fired = self.data.remove(path);
        if kind == EventType::NodeDeleted {
            fired |= self.children.remove(path);
        }
        fired |= self.persistent.contains(path);
        fired
            || (!self.recursive.is_empty() && ancestors(path).any(|at| self.recursive.contains(at)))
    }

    /// A request was answered that may set or remove watches. Tells what the server tells at once.
    pub(super) fn note(
        &mut self,
        request: &AnyRequest<'_>,
        refused: Option<ErrorCode>,
        tree: &Tree,
    ) -> Vec<Told> {
        let is_missing = refused == Some(ErrorCode::NoNode);
        match (request, refused) {
            (AnyRequest::Exists(exists, true), _) if refused.is_none() || is_missing => {
                self.data.insert(exists.path.into());
            }
            (AnyRequest::GetData(get, true), None) => {
                self.data.insert(get.path.into());
            }
            (AnyRequest::GetChildren(get, true), None) => {
                self.children.insert(get.path.into());
            }
            (AnyRequest::GetChildrenWithStat(get, true), None) => {
                self.children.insert(get.path.into());
            }
            (AnyRequest::AddWatch(AddWatch { path, mode, .. }), None) => {
                self.lasting(*mode).insert((*path).into());
            }
            (AnyRequest::RemoveWatches(RemoveWatches { path, kind, .. }), None) => {
                self.of(*kind).into_iter().for_each(|paths| {
                    paths.remove(*path);
                });
            }
            (AnyRequest::SetWatches(set), None) => return self.set_again(set, tree),
            _ => {}
        }
        Vec::new()
    }

    /// What `checkWatches` and `removeWatches` answer.
    pub(super) fn has(&mut self, kind: WatcherType, path: &str) -> bool {
        self.of(kind).into_iter().any(|paths| paths.contains(path))
    }

    /// Sets watches again; tells what has changed meanwhile (`DataTree.setWatches`).
    fn set_again(&mut self, set: &SetWatches<'_>, tree: &Tree) -> Vec<Told> {
        let mut told = Vec::new();
        let changed = |zxid: i64| zxid > set.relative_zxid;
        for path in &set.data {
            match tree.node(path).map(|node| node.stat().mzxid) {
                None => told.push((EventType::NodeDeleted, (*path).into())),
                Some(mzxid) if changed(mzxid) => {
                    told.push((EventType::NodeDataChanged, (*path).into()));
                }
                Some(_) => drop(self.data.insert((*path).into())),
            }
        }
        for path in &set.exist {
            match tree.node(path) {
                Some(_) => told.push((EventType::NodeCreated, (*path).into())),
                None => drop(self.data.insert((*path).into())),
            }
        }
        for path in &set.child {
            match tree.node(path).map(|node| node.stat().pzxid) {
                None => told.push((EventType::NodeDeleted, (*path).into())),
                Some(pzxid) if changed(pzxid) => {
                    told.push((EventType::NodeChildrenChanged, (*path).into()));
                }
                Some(_) => drop(self.children.insert((*path).into())),
            }
        }
        self.persistent.extend(set.persistent.iter().map(|path| Box::from(*path)));
        self.recursive.extend(set.persistent_recursive.iter().map(|path| Box::from(*path)));
        told
    }

    fn lasting(&mut self, mode: WatchMode) -> &mut Paths {
        match mode {
            WatchMode::Persistent => &mut self.persistent,
            WatchMode::Recursive => &mut self.recursive,
        }
    }

    fn of(&mut self, kind: WatcherType) -> Vec<&mut Paths> {
        match kind {
            WatcherType::Children => vec![&mut self.children],
            WatcherType::Data => vec![&mut self.data],
            WatcherType::Persistent => vec![&mut self.persistent],
            WatcherType::PersistentRecursive => vec![&mut self.recursive],
            WatcherType::Any => {
                let Self { data, children, persistent, recursive } = self;
                vec![data, children, persistent, recursive]
            }
        }
    }
}

/// A path, its parent, and so on up to the root.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| parent_of(path))
}
