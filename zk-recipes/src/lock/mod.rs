//! A lock that one holds at a time.

mod guard;
mod hold;
mod machine;
mod owner;
mod revoke;
mod site;
mod status;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use zk_client::{Acl, Client, Mode};

pub use self::guard::LockGuard;
pub(crate) use self::hold::Hold;
pub(crate) use self::machine::{acquire, try_acquire};
pub use self::owner::{LockOwner, NestedGuard};
pub(crate) use self::site::Site;
pub use self::status::LockStatus;
use crate::contender::{Contestant, InLine};

/// What the name of a contender has after its GUID.
pub(crate) const PREFIX: &str = "lock-";
/// How the names of contenders go on before their numbers: Curator's and ours, and kazoo's.
pub(crate) const LINE: InLine = InLine { marks: &[PREFIX, "__lock__"] };

/// A lock that one session holds at a time, in the order in which they came. Each `Lock` of the same
/// path is the same lock, in whichever process.
///
/// On the wire it is Curator's `InterProcessMutex`.
///
/// ```
/// use zk_recipes::Lock;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = zk_server::Server::start()?;
/// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
/// let lock = Lock::new(&zk, "/locks/printer");
/// let guard = lock.acquire().await?;
/// assert!(guard.is_held());
/// assert!(lock.try_acquire().await?.is_none());
/// guard.release().await?;
/// # Ok(())
/// # }
/// ```
///
/// It is not reentrant: who has it and waits for it again waits for themselves. An
/// [owner](Self::owner) may.
///
/// # Cancel safety
///
/// Whoever drops a reply gives up waiting: its node is deleted, also if it is only being created.
pub struct Lock<M: Mode> {
    site: Site<M>,
}

impl<M: Mode> Lock<M> {
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

    /// Waits until nobody else has the lock that came before. Also while the connection is lost.
    ///
    /// # Errors
    ///
    /// `NoAuth`, `InvalidAcl`, `QuotaExceeded`, `NoChildrenForEphemerals`, of its node or a parent;
    /// that the session is over; that the time is over.
    pub fn acquire(&self) -> M::Output<LockGuard<M>> {
        self.site.acquire(self.site.entry(PREFIX), LINE, |guard| guard)
    }

    /// Takes the lock if nobody has it, nor waits for it.
    ///
    /// # Errors
    ///
    /// Those of [`acquire`](Self::acquire).
    pub fn try_acquire(&self) -> M::Output<Option<LockGuard<M>>> {
        self.site.try_acquire(self.site.entry(PREFIX), LINE, |guard| guard)
    }

    /// Somebody who may take the lock again while they have it.
    #[must_use]
    pub fn owner(&self) -> LockOwner<M> {
        LockOwner::new(self.site.clone())
    }

    /// Who has the lock and who waits for it, in their order: the first one has it.
    ///
    /// # Errors
    ///
    /// `NoAuth`; that the session is over; that the time is over.
    pub fn contenders(&self) -> M::Output<Vec<Contestant>> {
        self.site.contenders(LINE)
    }

    /// Asks who holds a lock by this node to give it up; see [`contenders`](Self::contenders). It is
    /// theirs to do so or not. Nothing happens if the node is not there any more.
    ///
    /// ```
    /// use zk_recipes::Lock;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// let lock = Lock::new(&zk, "/lock");
    /// let guard = lock.acquire().await?;
    /// let mut requests = guard.revocation_requests();
    ///
    /// let contenders = lock.contenders().await?;
    /// lock.request_revocation(&contenders[0].path).await?;
    /// while requests.next().await == Some(false) {}
    /// assert!(guard.is_revocation_requested());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `NoAuth`; that the session is over; that the time is over.
    pub fn request_revocation(&self, node: &str) -> M::Output<()> {
        self.site.request_revocation(node)
    }
}

impl<M: Mode> Clone for Lock<M> {
    fn clone(&self) -> Self {
        Self { site: self.site.clone() }
    }
}

impl<M: Mode> fmt::Debug for Lock<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock").field("path", &self.site.path).finish_non_exhaustive()
    }
}
