//! A node and all below it.

use std::sync::Arc;

use zk_client::machine::Updates;
use zk_client::{Client, Mode};

use super::handle::Handle;
use super::scope::Scope;
use super::{CacheChange, CachedNode, Snapshot};

/// A node and all that is below it, kept up to date. See [the module](super) for what all caches
/// promise.
#[derive(Debug)]
#[must_use = "dropping it stops it"]
pub struct TreeCache<M: Mode>(Handle<M>);

impl<M: Mode> TreeCache<M> {
    /// Starts a cache of a node, which need not exist, and of all below it. Answers when all has
    /// been read once; if the client has a deadline ([`Client::within`]), by then.
    ///
    /// ```
    /// use zk_recipes::cache::TreeCache;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// zk.create_all("/app/db/url", "db1:5432").await?;
    /// let cache = TreeCache::new(&zk, "/app").await?;
    /// assert_eq!(cache.get("/app/db/url").unwrap().data(), b"db1:5432");
    ///
    /// zk.set("/app/db/url", "db2:5432").await?;
    /// cache.sync().await?;
    /// assert_eq!(cache.get("/app/db/url").unwrap().data(), b"db2:5432");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `NoAuth` if the node may not be read; those of a session that is over; `DeadlineExceeded`.
    pub fn new(client: &Client<M>, path: &str) -> M::Output<Self> {
        Handle::start(client, path, Scope::Tree, Self)
    }

    /// The path of the topmost node.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.root()
    }

    /// The node at this path, if it is in the cache. It waits for nothing.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<Arc<CachedNode>> {
        self.0.look(|nodes| nodes.get(path).cloned())
    }

    /// The children of a node, in the order of their names.
    #[must_use]
    pub fn children(&self, path: &str) -> Vec<Arc<CachedNode>> {
        self.snapshot().children(path).cloned().collect()
    }

    /// All nodes at one moment. It takes no longer for many.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.0.look(Snapshot::clone)
    }

    /// What changes from now on. A reader who takes a [`snapshot`](Self::snapshot) after this
    /// misses nothing; some changes can be in both. One who is 4,096 changes behind is told to
    /// [`Resync`](CacheChange::Resync) instead.
    #[must_use]
    pub fn changes(&self) -> Updates<M, CacheChange> {
        self.0.changes()
    }

    /// Whether the cache has all that the server has told of: not while the connection is lost,
    /// nor while something is being read. There is always more that a server has not told yet.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.0.is_current()
    }

    /// Waits until the cache has all that was written before this was called, by anybody.
    ///
    /// # Errors
    ///
    /// Those of a session that is over; `Cancelled` if it was before; `NotReadOnly` from a server
    /// that only reads; `DeadlineExceeded`, if the client has a deadline with which the cache was made.
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
