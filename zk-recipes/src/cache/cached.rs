//! A node as a cache keeps it.

use std::fmt;
use std::sync::Arc;

use zk_client::{Node, Stat};

/// A node as a cache last read it: it never changes; a newer one takes its place.
#[derive(Clone, PartialEq, Eq)]
pub struct CachedNode {
    path: Arc<str>,
    node: Node,
}

impl CachedNode {
    pub(super) fn new(path: Arc<str>, node: &Node) -> Self {
        Self { path, node: node.detached() }
    }

    /// Its path, as the client sees it that the cache was made with.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The last part of its path; empty for the root.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(_, name)| name)
    }

    /// Its data, which is empty also if it has none at all.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.node.data
    }

    /// Its stat when it was read. Nobody is told when a node gets or loses a child: so `cversion`,
    /// `pzxid` and `num_children` can be older than what the cache knows of its children.
    #[must_use]
    pub fn stat(&self) -> &Stat {
        &self.node.stat
    }

    /// Data and stat together, in a buffer of their own.
    #[must_use]
    pub fn node(&self) -> &Node {
        &self.node
    }

    pub(super) fn shared_path(&self) -> &Arc<str> {
        &self.path
    }
}

impl fmt::Debug for CachedNode {
    /// Without the data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Stat { czxid, mzxid, version, .. } = self.node.stat;
        f.debug_struct("CachedNode")
            .field("path", &self.path)
            .field("czxid", &czxid)
            .field("mzxid", &mzxid)
            .field("version", &version)
            .finish_non_exhaustive()
    }
}
