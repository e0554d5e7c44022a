//! A lock that one holds at a time.

mod guard;
mod machine;
mod revoke;
mod status;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use zk_client::{Acl, Client, Mode};

pub use self::guard::LockGuard;
pub use self::status::LockStatus;
use crate::contender::{Contestant, Entry, InLine, Roster};

/// How the names of contenders go on before their numbers: Curator's and ours, and kazoo's.
const LINE: InLine = InLine { marks: &["lock-", "__lock__"] };

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
/// It is not reentrant: who has it and waits for it again waits for themselves.
///
/// # Cancel safety
///
/// Whoever drops a reply gives up waiting: its node is deleted, also if it is only being created.
pub struct Lock<M: Mode> {
    client: Client<M>,
    /// The same, with the time that a caller waits at most.
    waiting: Client<M>,
    path: String,
    data: Vec<u8>,
    acl: Cow<'static, [Acl]>,
}

impl<M: Mode> Lock<M> {
    /// The lock at this path, which is created when it is needed.
    #[must_use]
    pub fn new(client: &Client<M>, path: &str) -> Self {
        Self {
            client: client.clone(),
            waiting: client.clone(),
            path: path.to_owned(),
            data: Vec::new(),
            acl: Acl::OPEN.into(),
        }
    }

    /// With this data in the nodes of who waits and holds: for others to see who that is. Empty
    /// otherwise; Curator writes the address of the client.
    #[must_use]
    pub fn data(self, data: impl AsRef<[u8]>) -> Self {
        Self { data: data.as_ref().to_owned(), ..self }
    }

    /// With this access control list of these nodes. Open to everybody otherwise. It has to let
    /// their owner read.
    #[must_use]
    pub fn acl(self, acl: impl Into<Cow<'static, [Acl]>>) -> Self {
        Self { acl: acl.into(), ..self }
    }

    /// The same lock, for whom it is not worth waiting any longer than this:
    /// [`DeadlineExceeded`](zk_client::ErrorKind::DeadlineExceeded) if it is not to be had by then.
    #[must_use]
    pub fn within(&self, timeout: Duration) -> Self {
        Self { waiting: self.client.within(timeout), ..self.clone() }
    }

    /// Waits until nobody else has the lock that came before. Also while the connection is lost.
    ///
    /// # Errors
    ///
    /// `NoAuth`, `InvalidAcl`, `QuotaExceeded`, `NoChildrenForEphemerals`, of its node or a parent;
    /// that the session is over; that the time is over.
    pub fn acquire(&self) -> M::Output<LockGuard<M>> {
        machine::acquire((&self.client, &self.waiting), self.entry(), LINE)
    }

    /// Takes the lock if nobody has it, nor waits for it.
    ///
    /// # Errors
    ///
    /// Those of [`acquire`](Self::acquire).
    pub fn try_acquire(&self) -> M::Output<Option<LockGuard<M>>> {
        machine::try_acquire((&self.client, &self.waiting), self.entry(), LINE)
    }

    /// Who has the lock and who waits for it, in their order: the first one has it.
    ///
    /// # Errors
    ///
    /// `NoAuth`; that the session is over; that the time is over.
    pub fn contenders(&self) -> M::Output<Vec<Contestant>> {
        self.waiting.run(Roster::new(&self.path, LINE))
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
        self.waiting.run(revoke::Revoke::new(node))
    }

    fn entry(&self) -> Entry {
        let (data, acl) = (self.data.clone(), self.acl.clone());
        Entry { data, acl, ..Entry::new(&self.path, "lock-") }
    }
}

impl<M: Mode> Clone for Lock<M> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            waiting: self.waiting.clone(),
            path: self.path.clone(),
            data: self.data.clone(),
            acl: self.acl.clone(),
        }
    }
}

impl<M: Mode> fmt::Debug for Lock<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock").field("path", &self.path).finish_non_exhaustive()
    }
}
