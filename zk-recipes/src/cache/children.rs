//! A node and its children.

use std::sync::Arc;

use zk_client::machine::Updates;
use zk_client::{Client, Mode};

use super::below::Below;
use super::handle::Handle;
use super::scope::Scope;
use super::{CacheChange, CachedNode, Snapshot};

/// A node and its children, kept up to date. See [the module](super) for what all caches promise.
///
/// The changes of the node itself are told as well as those of its children; paths tell which is
/// which. What is below the children is not read, but the server tells when it is written.
#[derive(Debug)]
#[must_use = "dropping it stops it"]
pub struct ChildrenCache<M: Mode>(Handle<M>);

impl<M: Mode> ChildrenCache<M> {
    /// Starts a cache of a node, which need not exist, and of its children. Answers when all has
    /// been read once; if the client has a deadline ([`Client::within`]), by then.
    ///
    /// ```
    /// use zk_recipes::cache::{CacheChange, ChildrenCache};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// zk.create_all("/workers/a", "10.0.0.1").await?;
    /// let workers = ChildrenCache::new(&zk, "/workers").await?;
    /// assert_eq!(workers.get("a").unwrap().data(), b"10.0.0.1");
    ///
    /// let mut changes = workers.changes();
    /// zk.create("/workers/b", "10.0.0.2").await?;
    /// let Some(CacheChange::Created(node)) = changes.next().await else { panic!() };
    /// assert_eq!(node.name(), "b");
    /// assert_eq!(workers.children().len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `NoAuth` if the node may not be read; those of a session that is over; `DeadlineExceeded`.
    pub fn new(client: &Client<M>, path: &str) -> M::Output<Self> {
        Handle::start(client, path, Scope::Children, Self)
    }

    /// The path of the node.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.root()
    }

    /// The node itself, if it exists.
    #[must_use]
    pub fn node(&self) -> Option<Arc<CachedNode>> {
        self.0.look(|nodes| nodes.get(self.path()).cloned())
    }

    /// The child of this name, if it is in the cache. It waits for nothing.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Arc<CachedNode>> {
        let path = Below::new(self.path()).child(name);
        self.0.look(|nodes| nodes.get(&path).cloned())
    }

    /// The children, in the order of their names.
    #[must_use]
    pub fn children(&self) -> Vec<Arc<CachedNode>> {
        self.snapshot().children(self.path()).cloned().collect()
    }

    /// The node and its children at one moment. It takes no longer for many.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.0.look(Snapshot::clone)
    }

    /// What changes from now on. A reader who looks at the [`children`](Self::children) after this
    /// misses nothing; some changes can be in both. One who is 4,096 changes behind is told to
    /// [`Resync`](CacheChange::Resync) instead.
    #[must_use]
    pub fn changes(&self) -> Updates<M, CacheChange> {
        self.0.changes()
    }

    /// Whether the cache has all that the server has told of; see
    /// [`TreeCache::is_current`](super::TreeCache::is_current).
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.0.is_current()
    }

    /// Waits until the cache has all that was written before this was called, by anybody.
    ///
    /// # Errors
    ///
    /// As [`TreeCache::sync`](super::TreeCache::sync).
    pub fn sync(&self) -> M::Output<()> {
        self.0.sync()
    }

    /// Ends the cache, and waits until it has. Dropping it ends it, too.
    ///
    /// # Errors
    ///
    /// Those of a session that was over before.
    pub fn stop(self) -> M::Output<()> {
        self.0.stop()
    }
}
