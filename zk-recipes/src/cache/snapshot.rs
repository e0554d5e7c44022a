//! A part of the tree at one moment.

use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

use rpds::RedBlackTreeMapSync;

use super::CachedNode;
use super::below::Below;

/// What a cache holds at one moment. It costs next to nothing to take: what does not change, the
/// cache and its snapshots share.
#[derive(Clone, Default)]
pub struct Snapshot {
    /// By their paths.
    nodes: RedBlackTreeMapSync<Arc<str>, Entry>,
}

/// A node, and what its cache knows of it.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) node: Arc<CachedNode>,
    /// The `pzxid` that it had when its children were listed last.
    pub(super) listed: i64,
}

impl Snapshot {
    /// The node at this path, if it is in the cache.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Arc<CachedNode>> {
        self.entry(path).map(|entry| &entry.node)
    }

    /// The children of a node, by their names' order.
    pub fn children<'a>(&'a self, path: &str) -> impl Iterator<Item = &'a Arc<CachedNode>> + 'a {
        let below = Below::new(path);
        let mut at = below.start();
        std::iter::from_fn(move || {
            loop {
                let node = self.next(&at)?;
                match node.path().strip_prefix(below.prefix())?.split_once('/') {
                    None => {
                        at = Bound::Excluded(node.path().to_owned());
                        return Some(node);
                    }
                    Some((child, _)) => at = Below::new(&below.child(child)).behind(),
                }
            }
        })
    }

    /// A node and all below it, parents before their children.
    pub fn walk<'a>(&'a self, path: &str) -> impl Iterator<Item = &'a Arc<CachedNode>> + 'a {
        let below = self.nodes.range(Below::new(path)).map(|(_, entry)| &entry.node);
        self.get(path).into_iter().chain(below)
    }

    /// All nodes, parents before their children.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<CachedNode>> {
        self.nodes.values().map(|entry| &entry.node)
    }

    /// How many nodes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.size()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    pub(super) fn entry(&self, path: &str) -> Option<&Entry> {
        self.nodes.get(path)
    }

    /// The first node behind this point.
    pub(super) fn next(&self, after: &Bound<String>) -> Option<&Arc<CachedNode>> {
        let range = (after.as_ref().map(String::as_str), Bound::Unbounded);
        self.nodes.range::<str, _>(range).next().map(|(_, entry)| &entry.node)
    }

    pub(super) fn insert(&mut self, node: Arc<CachedNode>, listed: i64) {
        self.nodes.insert_mut(node.shared_path().clone(), Entry { node, listed });
    }

    pub(super) fn remove(&mut self, path: &str) {
        self.nodes.remove_mut(path);
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|node| node.path())).finish()
    }
}
