//! The watch table: who watches what, and what the server knows of it.
//!
//! Several watchers share one watch of the server. The rules of registration and consumption are
//! those of `ZKWatchManager`, of which the tests have the table.

use alloc::boxed::Box;
use alloc::collections::btree_map::Entry;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::ops::Bound;

use super::output::{Change, News};
use super::watchers::{Spot, Watcher};
use crate::ErrorCode;
use crate::path::parent_of;
use crate::records::EventType;
use crate::request::SetWatches;

/// What a watch is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WatchKind {
    /// The next change of a node's data, or its deletion.
    Data,
    /// The creation of a node that is missing, or the next change of one that is there.
    Exists,
    /// The next change of a node's list of children, or its deletion.
    Children,
    /// Every change of a node and of its list of children.
    Persistent,
    /// Every change of a node and of all below it.
    PersistentRecursive,
}

impl WatchKind {
    pub(super) const ALL: [Self; 5] =
        [Self::Data, Self::Exists, Self::Children, Self::Persistent, Self::PersistentRecursive];

    /// Whether it tells of more than one change.
    #[must_use]
    pub const fn is_persistent(self) -> bool {
        matches!(self, Self::Persistent | Self::PersistentRecursive)
    }

    /// What is registered when the request was answered so; `None` if nothing.
    pub(super) fn registered(self, code: Option<ErrorCode>) -> Option<Self> {
        match (self, code) {
            (Self::Exists, None) => Some(Self::Data),
            (Self::Data | Self::Children, Some(_)) => None,
            (_, None) => Some(self),
            (_, Some(code)) => (code == ErrorCode::NoNode).then_some(self),
        }
    }

    /// Whether an event of this type, for exactly its path, is for it.
    pub(super) const fn sees(self, event: EventType) -> bool {
        match event {
            EventType::NodeCreated | EventType::NodeDataChanged => !matches!(self, Self::Children),
            EventType::NodeChildrenChanged => matches!(self, Self::Children | Self::Persistent),
            EventType::NodeDeleted => true,
            EventType::None => false,
        }
    }

    /// Whether both are one watch for the server.
    const fn shares(self, other: Self) -> bool {
        match self {
            Self::Data | Self::Exists => matches!(other, Self::Data | Self::Exists),
            Self::Children => matches!(other, Self::Children),
            Self::Persistent => matches!(other, Self::Persistent),
            Self::PersistentRecursive => matches!(other, Self::PersistentRecursive),
        }
    }
}

/// A watch to come, if the server accepts the request.
#[derive(Debug)]
pub(super) struct Registration<W> {
    pub(super) path: Box<str>,
    pub(super) kind: WatchKind,
    pub(super) watcher: W,
}

#[derive(Debug)]
pub(super) struct WatchTable<W> {
    /// Watches of one node each.
    nodes: Paths<W>,
    /// Recursive ones: apart, since each ancestor of a changed node is looked up here.
    trees: Paths<W>,
    count: usize,
    /// How many of them are persistent.
    persistent: usize,
    /// The server's watches that may be of no use any more. While requests are under way that may
    /// use them again, that cannot be told.
    doubtful: BTreeSet<(Box<str>, WatchKind)>,
}

type Paths<W> = BTreeMap<Box<str>, Spot<W>>;

impl<W: Clone> WatchTable<W> {
    /// How many watchers there are.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// A request is under way that may leave a watch.
    pub(super) fn expect(&mut self, path: &str, kind: WatchKind) {
        let spot = self.paths(kind).entry(path.into()).or_insert_with(Spot::new);
        spot.awaited = spot.awaited.saturating_add(1);
    }

    /// That request is no longer under way.
    pub(super) fn settle(&mut self, path: &str, kind: WatchKind) {
        let paths = self.paths(kind);
        if let Some(spot) = paths.get_mut(path) {
            spot.awaited = spot.awaited.saturating_sub(1);
            if spot.is_empty() {
                paths.remove(path);
            }
        }
    }

    /// The request is no longer under way, and has led to this watcher.
    pub(super) fn register(&mut self, id: u64, kind: WatchKind, path: &str, token: W) {
        if let Some(spot) = self.paths(kind).get_mut(path) {
            spot.awaited = spot.awaited.saturating_sub(1);
            spot.watchers.push(Watcher { id, kind, token });
            self.count = self.count.saturating_add(1);
            self.persistent = self.persistent.saturating_add(kind.is_persistent().into());
        }
    }

    /// Tells the watchers of an event, and forgets those that have had their one.
    pub(super) fn fire(&mut self, change: Change, mut tell: impl FnMut(W, News)) {
        if !self.trees.is_empty() {
            for path in ancestors(&change.path) {
                if let Some(spot) = self.trees.get_mut(path) {
                    spot.watchers.fire(&change, &mut tell);
                }
            }
        }
        // One look-up, although most watches go with their event.
        let Change { kind, path, zxid } = change;
        let Entry::Occupied(mut spot) = self.nodes.entry(path) else { return };
        let gone = match spot.get_mut().take_only(kind) {
            Some(watcher) if spot.get().awaited == 0 => {
                let (path, _) = spot.remove_entry();
                tell(watcher.token, News::Last(Change { kind, path, zxid }));
                1
            }
            Some(watcher) => {
                let path = spot.key().clone();
                tell(watcher.token, News::Last(Change { kind, path, zxid }));
                1
            }
            None => {
                let change = Change { kind, path: spot.key().clone(), zxid };
                let gone = spot.get_mut().watchers.fire(&change, &mut tell);
                if spot.get().is_empty() {
                    spot.remove();
                }
                gone
            }
        };
        self.count = self.count.saturating_sub(gone);
    }

    /// Removes a watcher. Says which kind it was.
    pub(super) fn remove(&mut self, path: &str, id: u64) -> Option<(W, WatchKind)> {
        let in_nodes = self.nodes.get_mut(path).and_then(|spot| spot.watchers.remove(id));
        let removed = match in_nodes {
            Some(watcher) => watcher,
            None => self.trees.get_mut(path)?.watchers.remove(id)?,
        };
        self.count = self.count.saturating_sub(1);
        self.persistent = self.persistent.saturating_sub(removed.kind.is_persistent().into());
        self.forget_if_empty(path);
        Some((removed.token, removed.kind))
    }

    /// The server's watch of this kind has lost a user, perhaps its last.
    pub(super) fn doubt(&mut self, path: &str, kind: WatchKind) {
        let kind = if kind == WatchKind::Exists { WatchKind::Data } else { kind };
        self.doubtful.insert((path.into(), kind));
    }

    /// Takes the doubtful watches of this path that are of no use to anybody, once that can be
    /// told.
    pub(super) fn take_useless(&mut self, path: &str) -> Vec<WatchKind> {
        if self.doubtful.is_empty() || self.at(path).any(|spot| spot.awaited > 0) {
            return Vec::new();
        }
        let mut kinds = Vec::from(WatchKind::ALL);
        kinds.retain(|kind| !self.is_left_alone(path, *kind));
        kinds.retain(|kind| self.doubtful.remove(&(Box::from(path), *kind)));
        kinds.retain(|kind| !self.watchers_at(path).any(|watcher| watcher.kind.shares(*kind)));
        kinds
    }

    /// The server's watches are gone with the connection: there is nothing to doubt.
    pub(super) fn forget_doubts(&mut self) {
        self.doubtful.clear();
    }

    /// Whether a watch is not to be removed yet, of use or not: a server before 3.9 would take a
    /// part of a persistent watch away with a one-shot one of the same path.
    fn is_left_alone(&self, path: &str, kind: WatchKind) -> bool {
        !kind.is_persistent() && self.watchers_at(path).any(|watcher| watcher.kind.is_persistent())
    }

    fn watchers_at(&self, path: &str) -> impl Iterator<Item = &Watcher<W>> {
        self.at(path).flat_map(|spot| spot.watchers.iter())
    }

    /// What there is at a path: of that node alone, and recursively.
    fn at(&self, path: &str) -> impl Iterator<Item = &Spot<W>> {
        [&self.nodes, &self.trees].into_iter().filter_map(move |paths| paths.get(path))
    }

    /// Whether nothing of ours watches this path, or is about to.
    pub(super) fn is_free(&self, path: &str) -> bool {
        !self.nodes.contains_key(path) && !self.trees.contains_key(path)
    }

    /// The persistent kinds that are watched at a path.
    pub(super) fn persistent_at(&self, path: &str) -> Vec<WatchKind> {
        if self.persistent == 0 {
            return Vec::new();
        }
        let kinds = self.at(path).flat_map(|spot| spot.watchers.kinds());
        kinds.filter(|kind| kind.is_persistent()).collect()
    }

    /// The watchers of persistent kinds.
    pub(super) fn persistent(&self) -> impl Iterator<Item = &W> {
        let any = self.persistent > 0;
        let spots = self.nodes.values().chain(self.trees.values()).take_while(move |_| any);
        spots
            .flat_map(|spot| spot.watchers.iter())
            .filter(|watcher| watcher.kind.is_persistent())
            .map(|watcher| &watcher.token)
    }

    /// The watches to set again that come after `cursor`: about `most` bytes of paths. Moves the
    /// cursor behind them.
    pub(super) fn chunk(&self, cursor: &mut Cursor, since: i64, most: usize) -> SetWatches<'_> {
        let mut chunk = SetWatches::since(since);
        let mut size = 0_usize;
        let (nodes, trees) = match &*cursor {
            Cursor::Start => (Bound::Unbounded, Bound::Unbounded),
            Cursor::Node(path) => (Bound::Excluded(&**path), Bound::Unbounded),
            Cursor::Tree(path) => (Bound::Excluded(AFTER_ALL), Bound::Excluded(&**path)),
            Cursor::End => return chunk,
        };
        let nodes = self.nodes.range::<str, _>((nodes, Bound::Unbounded));
        let trees = self.trees.range::<str, _>((trees, Bound::Unbounded));
        let all = nodes.map(|n| (n, false)).chain(trees.map(|t| (t, true)));
        for ((path, spot), is_tree) in all {
            spot.watchers.kinds().for_each(|kind| chunk.push(kind, path));
            size = size.saturating_add(path.len());
            if size >= most {
                let path = path.clone();
                *cursor = if is_tree { Cursor::Tree(path) } else { Cursor::Node(path) };
                return chunk;
            }
        }
        *cursor = Cursor::End;
        chunk
    }

    /// Takes all watchers.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = W> + use<W> {
        (self.count, self.persistent) = (0, 0);
        self.doubtful.clear();
        let nodes = core::mem::take(&mut self.nodes).into_values();
        let trees = core::mem::take(&mut self.trees).into_values();
        nodes.chain(trees).flat_map(|spot| spot.watchers.into_tokens())
    }

    fn paths(&mut self, kind: WatchKind) -> &mut Paths<W> {
        match kind {
            WatchKind::PersistentRecursive => &mut self.trees,
            WatchKind::Data | WatchKind::Exists | WatchKind::Children | WatchKind::Persistent => {
                &mut self.nodes
            }
        }
    }

    fn forget_if_empty(&mut self, path: &str) {
        for paths in [&mut self.nodes, &mut self.trees] {
            if paths.get(path).is_some_and(Spot::is_empty) {
                paths.remove(path);
            }
        }
    }
}

/// Behind all paths, none of which has this character.
const AFTER_ALL: &str = "\u{10ffff}";

/// How far the watches have been set again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cursor {
    /// None of them.
    Start,
    /// Up to this path, among those of one node each.
    Node(Box<str>),
    /// Up to this path, among the recursive ones.
    Tree(Box<str>),
    /// All.
    End,
}

/// A path, its parent, and so on up to the root.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    core::iter::successors(Some(path), |path| parent_of(path))
}

impl<W> Default for WatchTable<W> {
    fn default() -> Self {
        let (nodes, trees) = (BTreeMap::new(), BTreeMap::new());
        Self { nodes, trees, count: 0, persistent: 0, doubtful: BTreeSet::new() }
    }
}
