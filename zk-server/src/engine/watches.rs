//! The watches of one member's connections.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use zk_proto::{EventType, WatchMode, WatcherType};

use super::ConnectionId;
use crate::tree::Change;

/// Who watches what.
#[derive(Debug, Default)]
pub(super) struct Watches {
    by_path: HashMap<Box<str>, BTreeMap<ConnectionId, Kinds>>,
    by_connection: HashMap<ConnectionId, BTreeSet<Box<str>>>,
    /// How many recursive ones there are: without any, ancestors need not be asked.
    recursive: usize,
}

/// The kinds of watch that one connection has on one path. A server has one table for those of
/// `getData` and of `exists`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kinds(u8);

impl Kinds {
    pub(super) const DATA: Self = Self(1);
    pub(super) const CHILDREN: Self = Self(2);
    pub(super) const PERSISTENT: Self = Self(4);
    pub(super) const RECURSIVE: Self = Self(8);

    pub(super) const ALL: Self =
        Self::DATA.and(Self::CHILDREN).and(Self::PERSISTENT).and(Self::RECURSIVE);

    const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl From<WatchMode> for Kinds {
    fn from(mode: WatchMode) -> Self {
        match mode {
            WatchMode::Persistent => Self::PERSISTENT,
            WatchMode::Recursive => Self::RECURSIVE,
        }
    }
}

impl From<WatcherType> for Kinds {
    fn from(kind: WatcherType) -> Self {
        match kind {
            WatcherType::Children => Self::CHILDREN,
            WatcherType::Data => Self::DATA,
            WatcherType::Any => Self::ALL,
            WatcherType::Persistent => Self::PERSISTENT,
            WatcherType::PersistentRecursive => Self::RECURSIVE,
        }
    }
}

/// What happened to a node, for those who watch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Occurrence<'a> {
    pub(super) kind: EventType,
    pub(super) path: &'a str,
}

impl Watches {
    pub(super) fn add(&mut self, connection: ConnectionId, path: &str, kinds: Kinds) {
        let at_path = match self.by_path.get_mut(path) {
            Some(at_path) => at_path,
            None => self.by_path.entry(path.into()).or_default(),
        };
        let before = at_path.entry(connection).or_default();
        let is_new = before.0 == 0;
        if kinds.meets(Kinds::RECURSIVE) && !before.meets(Kinds::RECURSIVE) {
            self.recursive = self.recursive.saturating_add(1);
        }
        *before = before.and(kinds);
        if is_new {
            self.by_connection.entry(connection).or_default().insert(path.into());
        }
    }

    /// How many paths a connection watches.
    pub(super) fn count(&self, connection: ConnectionId) -> usize {
        self.by_connection.get(&connection).map_or(0, BTreeSet::len)
    }

    /// Whether it has one of these kinds on the path.
    pub(super) fn has(&self, connection: ConnectionId, path: &str, kinds: Kinds) -> bool {
        self.at(connection, path).is_some_and(|has| has.meets(kinds))
    }

    /// Removes these kinds; says whether there was one.
    pub(super) fn remove(&mut self, connection: ConnectionId, path: &str, kinds: Kinds) -> bool {
        let Some(has) = self.by_path.get_mut(path).and_then(|at| at.get_mut(&connection)) else {
            return false;
        };
        let had = has.meets(kinds);
        if has.meets(Kinds::RECURSIVE) && kinds.meets(Kinds::RECURSIVE) {
            self.recursive = self.recursive.saturating_sub(1);
        }
        *has = has.without(kinds);
        if has.0 == 0 {
            self.forget(connection, path);
        }
        had
    }

    /// The connection is gone.
    pub(super) fn remove_all(&mut self, connection: ConnectionId) {
        for path in self.by_connection.remove(&connection).unwrap_or_default() {
            self.remove(connection, &path, Kinds::ALL);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_path.is_empty()
    }

    /// How many connections watch, how many paths are watched, and how many watches that makes.
    pub(super) fn totals(&self) -> (usize, usize, usize) {
        let watches = self.by_path.values().map(BTreeMap::len).sum();
        (self.by_connection.len(), self.by_path.len(), watches)
    }

    /// Who is to hear of it, each once. One-shot watches are used up.
    pub(super) fn take(&mut self, occurrence: Occurrence<'_>) -> BTreeSet<ConnectionId> {
        let Occurrence { kind, path } = occurrence;
        let one_shot = match kind {
            EventType::NodeCreated | EventType::NodeDataChanged => Kinds::DATA,
            EventType::NodeDeleted => Kinds::DATA.and(Kinds::CHILDREN),
            EventType::NodeChildrenChanged => Kinds::CHILDREN,
            EventType::None => return BTreeSet::new(),
        };
        let is_of_node = kind != EventType::NodeChildrenChanged;
        let lasting =
            if is_of_node { Kinds::PERSISTENT.and(Kinds::RECURSIVE) } else { Kinds::PERSISTENT };
        let heard = one_shot.and(lasting);
        let mut hear: BTreeSet<_> = self.who(path, heard).collect();
        for connection in &hear {
            self.remove(*connection, path, one_shot);
        }
        if is_of_node && self.recursive > 0 {
            for ancestor in ancestors(path) {
                hear.extend(self.who(ancestor, Kinds::RECURSIVE));
            }
        }
        hear
    }

    fn who(&self, path: &str, kinds: Kinds) -> impl Iterator<Item = ConnectionId> {
        let at_path = self.by_path.get(path).into_iter().flatten();
        at_path.filter(move |(_, has)| has.meets(kinds)).map(|(connection, _)| *connection)
    }

    fn at(&self, connection: ConnectionId, path: &str) -> Option<Kinds> {
        self.by_path.get(path)?.get(&connection).copied()
    }

    fn forget(&mut self, connection: ConnectionId, path: &str) {
        if let Some(at_path) = self.by_path.get_mut(path) {
            at_path.remove(&connection);
            if at_path.is_empty() {
                self.by_path.remove(path);
            }
        }
        if let Some(paths) = self.by_connection.get_mut(&connection) {
            paths.remove(path);
            if paths.is_empty() {
                self.by_connection.remove(&connection);
            }
        }
    }
}

/// What a change is to those who watch: to the node first, then to its parent
/// (`DataTree.createNode`, `deleteNode`).
pub(super) fn occurrences(change: &Change) -> [Option<Occurrence<'_>>; 2] {
    let (kind, path, children) = match change {
        Change::Create { path, .. } => (EventType::NodeCreated, path, true),
        Change::Delete { path } => (EventType::NodeDeleted, path, true),
        Change::SetData { path, .. } => (EventType::NodeDataChanged, path, false),
        Change::SetAcl { .. } | Change::Check => return [None, None],
    };
    let parent = children.then(|| ancestors(path).next()).flatten();
    let parent = parent.map(|path| Occurrence { kind: EventType::NodeChildrenChanged, path });
    [Some(Occurrence { kind, path }), parent]
}

/// The path of the parent, and so on up to the root.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(zk_proto::parent_of(path), |path| zk_proto::parent_of(path))
}
