//! A lock that many readers share, or one writer has.

mod rule;

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use zk_client::{Acl, Client, CreateMode, Mode};

use self::rule::{ALL, READ, Reader, Under, WRITE};
use crate::contender::{Contestant, Entry};
use crate::lock::{LockGuard, Site};

/// A lock that any number of readers have at a time, or one writer. In the order in which they came:
/// a reader that comes after a writer that waits has to wait for it.
///
/// On the wire it is Curator's `InterProcessReadWriteLock`.
///
/// ```
/// use zk_recipes::ReadWriteLock;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = zk_server::Server::start()?;
/// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
/// let lock = ReadWriteLock::new(&zk, "/locks/index");
/// let one = lock.read().await?;
/// let other = lock.read().await?;
/// assert!(lock.try_write().await?.is_none());
/// one.release().await?;
/// other.release().await?;
///
/// let writer = lock.write().await?;
/// assert!(lock.try_read().await?.is_none());
/// let reader = writer.read().await?;    // who writes may read
/// writer.release().await?;              // and go on reading, with nobody in between
/// assert!(reader.is_held());
/// # Ok(())
/// # }
/// ```
///
/// Who has it and waits for it again waits for themselves, unless both are readers and no writer
/// waits.
///
/// # Cancel safety
///
/// Whoever drops a reply gives up waiting: its node is deleted, also if it is only being created.
pub struct ReadWriteLock<M: Mode> {
    site: Site<M>,
}

impl<M: Mode> ReadWriteLock<M> {
    /// The lock at this path, which is created when it is needed.
    #[must_use]
    pub fn new(client: &Client<M>, path: &str) -> Self {
        Self { site: Site::new(client, path) }
    }

    /// With this data in the nodes of who waits and holds: for others to see who that is. Empty
    /// otherwise; Curator writes the address of the client.
    #[must_use]
    pub fn data(self, data: impl AsRef<[u8]>) -> Self {
        Self { site: self.site.data(data.as_ref()) }
    }

    /// With this access control list of these nodes. Open to everybody otherwise. It has to let
    /// their owner read.
    #[must_use]
    pub fn acl(self, acl: impl Into<Cow<'static, [Acl]>>) -> Self {
        Self { site: self.site.acl(acl.into()) }
    }

    /// The same lock, for whom it is not worth waiting any longer than this:
    /// [`DeadlineExceeded`](zk_client::ErrorKind::DeadlineExceeded) if it is not to be had by then.
    #[must_use]
    pub fn within(&self, timeout: Duration) -> Self {
        Self { site: self.site.within(timeout) }
    }

    /// Waits until no writer is there that came before.
    ///
    /// # Errors
    ///
    /// `NoAuth`, `InvalidAcl`, `QuotaExceeded`, `NoChildrenForEphemerals`, of its node or a parent;
    /// that the session is over; that the time is over.
    pub fn read(&self) -> M::Output<LockGuard<M>> {
        self.site.acquire(self.site.entry(READ), Reader, |guard| guard)
    }

    /// Takes the lock to read, if no writer has it or waits for it.
    ///
    /// # Errors
    ///
    /// Those of [`read`](Self::read).
    pub fn try_read(&self) -> M::Output<Option<LockGuard<M>>> {
        self.site.try_acquire(self.site.entry(READ), Reader, |guard| guard)
    }

    /// Waits until nobody is there that came before.
    ///
    /// # Errors
    ///
    /// Those of [`read`](Self::read).
    pub fn write(&self) -> M::Output<WriteGuard<M>> {
        let site = self.site.clone();
        self.site.acquire(site.entry(WRITE), ALL, |guard| WriteGuard { guard, site })
    }

    /// Takes the lock to write, if nobody has it or waits for it.
    ///
    /// # Errors
    ///
    /// Those of [`read`](Self::read).
    pub fn try_write(&self) -> M::Output<Option<WriteGuard<M>>> {
        let site = self.site.clone();
        self.site.try_acquire(site.entry(WRITE), ALL, |guard| WriteGuard { guard, site })
    }

    /// Who has the lock and who waits for it, readers and writers, in their order.
    ///
    /// # Errors
    ///
    /// `NoAuth`; that the session is over; that the time is over.
    pub fn contenders(&self) -> M::Output<Vec<Contestant>> {
        self.site.contenders(ALL)
    }

    /// Asks who holds the lock by this node to give it up, as
    /// [`Lock::request_revocation`](crate::Lock::request_revocation) does.
    ///
    /// # Errors
    ///
    /// `NoAuth`; that the session is over; that the time is over.
    pub fn request_revocation(&self, node: &str) -> M::Output<()> {
        self.site.request_revocation(node)
    }
}

/// A lock that is held to write; all that a [`LockGuard`] can do, it can. Dropping it releases the
/// lock.
#[must_use = "the lock is released when this is dropped"]
pub struct WriteGuard<M: Mode> {
    guard: LockGuard<M>,
    site: Site<M>,
}

impl<M: Mode> WriteGuard<M> {
    /// Takes the lock to read as well, at once: whoever waits to write waits for this reader, too.
    /// So releasing the writer makes a reader of it, with no other writer in between. Its token is
    /// that of the writer.
    ///
    /// # Errors
    ///
    /// `NoNode` of the writer's node: it has lost the lock. Those of
    /// [`ReadWriteLock::read`].
    pub fn read(&self) -> M::Output<LockGuard<M>> {
        let (writer, token) = (self.guard.node().to_owned(), self.guard.fencing_token());
        // A writer has a number, or it would not be one.
        let number = ALL.number(&writer).map(|number| number.text()).unwrap_or_default();
        let entry = self.site.entry(&format!("{READ}{number}"));
        let entry = Entry { mode: CreateMode::Ephemeral, ..entry };
        self.site.acquire(entry, Under { writer }, move |guard| guard.under(token))
    }

    /// Releases the lock and waits until its node is gone; also if it was lost before.
    ///
    /// # Errors
    ///
    /// Those of [`LockGuard::release`].
    pub fn release(self) -> M::Output<()> {
        self.guard.release()
    }
}

impl<M: Mode> Deref for WriteGuard<M> {
    type Target = LockGuard<M>;

    fn deref(&self) -> &LockGuard<M> {
        &self.guard
    }
}

impl<M: Mode> Clone for ReadWriteLock<M> {
    fn clone(&self) -> Self {
        Self { site: self.site.clone() }
    }
}

impl<M: Mode> fmt::Debug for ReadWriteLock<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadWriteLock").field("path", &self.site.path).finish_non_exhaustive()
    }
}

impl<M: Mode> fmt::Debug for WriteGuard<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WriteGuard").field(&self.guard).finish()
    }
}
