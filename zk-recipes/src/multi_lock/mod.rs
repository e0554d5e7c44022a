//! Several locks as one.

mod machine;

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use zk_client::machine::{Owned, Updates};
use zk_client::{Acl, Client, Mode, Multi, MultiResult};

use self::machine::All;
use crate::LockStatus;
use crate::contender::{Entry, Patience};
use crate::lock::{Hold, PREFIX, Site, acquire, try_acquire};

/// Several [locks](crate::Lock) that are held together: all of them, or none.
///
/// They are taken one after the other, in the order in which they are named. Whoever wants several
/// of the same locks has to name them in the same order; otherwise, each can wait for what the other
/// has.
///
/// ```
/// use zk_recipes::MultiLock;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = zk_server::Server::start()?;
/// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
/// let accounts = MultiLock::new(&zk, ["/accounts/1", "/accounts/7"]);
/// let guard = accounts.acquire().await?;
/// assert_eq!(guard.nodes().count(), 2);
/// guard.release().await?;
/// # Ok(())
/// # }
/// ```
///
/// # Cancel safety
///
/// Whoever drops a reply gives up waiting, and what it has of them.
pub struct MultiLock<M: Mode> {
    /// What they have in common: its path is that of none.
    site: Site<M>,
    paths: Vec<String>,
}

impl<M: Mode> MultiLock<M> {
    /// The locks at these paths, at most 2,000. A path that is named twice counts once.
    #[must_use]
    pub fn new<P: AsRef<str>>(client: &Client<M>, paths: impl IntoIterator<Item = P>) -> Self {
        let mut seen = HashSet::new();
        let paths = paths.into_iter().map(|path| path.as_ref().to_owned());
        let paths = paths.filter(|path| seen.insert(path.clone())).collect();
        Self { site: Site::new(client, ""), paths }
    }

    /// With this data in the nodes of who waits and holds.
    #[must_use]
    pub fn data(self, data: impl AsRef<[u8]>) -> Self {
        Self { site: self.site.data(data.as_ref()), ..self }
    }

    /// With this access control list of these nodes. Open to everybody otherwise. It has to let
    /// their owner read.
    #[must_use]
    pub fn acl(self, acl: impl Into<Cow<'static, [Acl]>>) -> Self {
        Self { site: self.site.acl(acl.into()), ..self }
    }

    /// The same locks, for whom it is not worth waiting any longer than this for all of them:
    /// [`DeadlineExceeded`](zk_client::ErrorKind::DeadlineExceeded) if they are not to be had by
    /// then.
    #[must_use]
    pub fn within(&self, timeout: Duration) -> Self {
        Self { site: self.site.within(timeout), paths: self.paths.clone() }
    }

    /// Waits for all locks.
    ///
    /// # Errors
    ///
    /// Those of [`Lock::acquire`](crate::Lock::acquire), of any of them: then it has none.
    pub fn acquire(&self) -> M::Output<MultiGuard<M>> {
        let all = All::new(self.entries(), Patience::Endless);
        acquire(&self.site.client, &self.site.waiting, all, MultiGuard::new)
    }

    /// Takes all locks if nobody has any of them, nor waits for it.
    ///
    /// # Errors
    ///
    /// Those of [`acquire`](Self::acquire).
    pub fn try_acquire(&self) -> M::Output<Option<MultiGuard<M>>> {
        let all = All::new(self.entries(), Patience::None);
        try_acquire(&self.site.client, &self.site.waiting, all, MultiGuard::new)
    }

    fn entries(&self) -> Vec<Entry> {
        let entry = |path: &String| Entry { parent: path.clone(), ..self.site.entry(PREFIX) };
        self.paths.iter().map(entry).collect()
    }
}

/// Several locks that are held together. When one is lost, all are, and the others are released.
/// Dropping this releases them.
#[must_use = "the locks are released when this is dropped"]
pub struct MultiGuard<M: Mode> {
    owned: Vec<Owned>,
    hold: Hold<M>,
}

impl<M: Mode> MultiGuard<M> {
    fn new(owned: Vec<Owned>, hold: Hold<M>) -> Self {
        Self { owned, hold }
    }

    /// The [fencing token](crate::LockGuard::fencing_token) of each lock, in their order.
    pub fn fencing_tokens(&self) -> impl Iterator<Item = i64> + '_ {
        self.owned.iter().map(|own| own.czxid)
    }

    /// The path of the node of each lock, in their order.
    pub fn nodes(&self) -> impl Iterator<Item = &str> {
        self.owned.iter().map(|own| &*own.path)
    }

    /// Whether all locks are held, as far as the client knows: not while the connection is lost.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.hold.is_held()
    }

    /// Whether all locks are held, and if not, why.
    #[must_use]
    pub fn status(&self) -> LockStatus {
        self.hold.status()
    }

    /// The status, and each change of it; ends with the locks.
    #[must_use]
    pub fn statuses(&self) -> Updates<M, LockStatus> {
        self.hold.statuses()
    }

    /// Whether somebody has [asked for one of the locks](crate::Lock::request_revocation).
    #[must_use]
    pub fn is_revocation_requested(&self) -> bool {
        self.hold.is_revocation_requested()
    }

    /// Whether somebody has asked for one of the locks, and each change of that; ends with the
    /// locks.
    #[must_use]
    pub fn revocation_requests(&self) -> Updates<M, bool> {
        self.hold.revocation_requests()
    }

    /// Applies these operations only if all locks are still held, as
    /// [`LockGuard::fenced`](crate::LockGuard::fenced) does: there is a check for each of them
    /// before the operations.
    ///
    /// # Errors
    ///
    /// `NoNode` of an operation with the number of a lock, counted from zero: that one is lost.
    /// Those of the operations.
    pub fn fenced(&self, operations: &Multi<'_>) -> M::Output<Vec<MultiResult>> {
        self.hold.fenced(self.nodes(), operations)
    }

    /// Releases the locks and waits until their nodes are gone; also if one was lost before.
    ///
    /// # Errors
    ///
    /// `NoAuth`: it is not allowed to delete a node, which goes with the session. That the session
    /// is over.
    pub fn release(self) -> M::Output<()> {
        self.hold.release()
    }
}

impl<M: Mode> Clone for MultiLock<M> {
    fn clone(&self) -> Self {
        Self { site: self.site.clone(), paths: self.paths.clone() }
    }
}

impl<M: Mode> fmt::Debug for MultiLock<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MultiLock").field("paths", &self.paths).finish_non_exhaustive()
    }
}

impl<M: Mode> fmt::Debug for MultiGuard<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MultiGuard")
            .field("owned", &self.owned)
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}
