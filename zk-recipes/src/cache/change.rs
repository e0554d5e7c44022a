//! What a cache tells of.

use std::fmt;
use std::sync::Arc;

use zk_client::Error;

use super::CachedNode;

/// What happened to a cache. By then, it has happened: the cache is not older than what it tells.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CacheChange {
    /// There is another node. Its parent was told before.
    Created(Arc<CachedNode>),
    /// The data of a node was written, perhaps more than once.
    Changed {
        /// What it was.
        before: Arc<CachedNode>,
        /// What it is.
        after: Arc<CachedNode>,
    },
    /// A node is gone, as it last was. Those below it were told before.
    Deleted(Arc<CachedNode>),
    /// A node may not be read: it is left out, and all that is below it. Tried again when it is
    /// written, and after each reconnect.
    Refused {
        /// Its path.
        path: Arc<str>,
        /// What the server says.
        error: Error,
    },
    /// All has been read once.
    Initialized,
    /// The reader was too slow: some changes are not told. Look at the cache instead.
    Resync,
}

impl fmt::Display for CacheChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Created(node) => write!(f, "created {}", node.path()),
            Self::Changed { after, .. } => write!(f, "changed {}", after.path()),
            Self::Deleted(node) => write!(f, "deleted {}", node.path()),
            Self::Refused { path, error } => write!(f, "refused {path}: {error}"),
            Self::Initialized => f.write_str("initialized"),
            Self::Resync => f.write_str("resync"),
        }
    }
}
