//! Which part of the tree a cache has.

use zk_client::{WatchMode, parent_of};

/// How far down a cache goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// A node.
    Node,
    /// A node and its children.
    Children,
    /// A node and all that is below it.
    Tree,
}

impl Scope {
    /// How its root is watched. A watch that is not recursive does not see what is written to
    /// children.
    pub(super) fn watch_mode(self) -> WatchMode {
        match self {
            Self::Node => WatchMode::Persistent,
            Self::Children | Self::Tree => WatchMode::Recursive,
        }
    }

    /// Whether a node is in the cache, given that its events are told: it is the root or below it.
    pub(super) fn has(self, root: &str, path: &str) -> bool {
        path == root
            || match self {
                Self::Node => false,
                Self::Children => parent_of(path) == Some(root),
                Self::Tree => true,
            }
    }

    /// Whether the children of a node are in the cache.
    pub(super) fn has_children_of(self, root: &str, path: &str) -> bool {
        match self {
            Self::Node => false,
            Self::Children => path == root,
            Self::Tree => true,
        }
    }
}
