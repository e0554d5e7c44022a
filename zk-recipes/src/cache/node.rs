//! One node.

use std::sync::Arc;

use zk_client::machine::Updates;
use zk_client::{Client, Mode};

use super::handle::Handle;
use super::scope::Scope;
use super::{CacheChange, CachedNode};

/// A node, kept up to date. See [the module](super) for what all caches promise.
#[derive(Debug)]
#[must_use = "dropping it stops it"]
pub struct NodeCache<M: Mode>(Handle<M>);

impl<M: Mode> NodeCache<M> {
    /// Starts a cache of a node, which need not exist. Answers when it has been read once; if the
    /// client has a deadline ([`Client::within`]), by then.
    ///
    /// ```
    /// use zk_recipes::cache::NodeCache;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// let cache = NodeCache::new(&zk, "/motd").await?;
    /// assert!(cache.get().is_none());
    ///
    /// zk.create("/motd", "hello").await?;
    /// cache.sync().await?;
    /// assert_eq!(cache.get().unwrap().data(), b"hello");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `NoAuth` if the node may not be read; those of a session that is over; `DeadlineExceeded`.
    pub fn new(client: &Client<M>, path: &str) -> M::Output<Self> {
        Handle::start(client, path, Scope::Node, Self)
    }

    /// The same, for a recipe that makes something else of it.
    pub(crate) fn start<T: Send + 'static>(
        client: &Client<M>,
        path: &str,
        wrap: impl FnOnce(Self) -> T + Send + 'static,
    ) -> M::Output<T> {
        Handle::start(client, path, Scope::Node, |handle| wrap(Self(handle)))
    }

    /// The path of the node.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.root()
    }

    /// The node, if it exists. It waits for nothing.
    #[must_use]
    pub fn get(&self) -> Option<Arc<CachedNode>> {
        self.0.look(|nodes| nodes.get(self.path()).cloned())
    }

    /// What changes from now on. A reader who looks at the [node](Self::get) after this misses
    /// nothing; a change can be in both. One who is 4,096 changes behind is told to
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
