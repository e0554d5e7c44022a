//! Leases, of which there are so many at a time.

mod machine;
mod rule;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use zk_client::machine::{Owned, Updates};
use zk_client::{Acl, Client, Mode, Multi, MultiResult};

use self::machine::Taker;
use crate::LockStatus;
use crate::contender::{Contestant, Entry, InLine, Patience, Roster};
use crate::lock::{Hold, PREFIX, Site, acquire, try_acquire};

/// What the name of a lease has after its GUID.
const LEASE: &str = "lease-";

/// A semaphore: leases, of which all sessions together have at most so many at a time.
///
/// On the wire it is Curator's `InterProcessSemaphoreV2`. Who wants leases stands in line for them,
/// so that who wants many is not passed by others that want few.
///
/// ```
/// use zk_recipes::Semaphore;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = zk_server::Server::start()?;
/// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
/// let downloads = Semaphore::new(&zk, "/app/downloads", 3);
/// let leases = downloads.acquire(2).await?;
/// assert!(downloads.try_acquire(2).await?.is_none());
/// leases.release().await?;
/// assert!(downloads.try_acquire(2).await?.is_some());
/// # Ok(())
/// # }
/// ```
///
/// # Cancel safety
///
/// Whoever drops a reply gives up waiting, and what leases it has by then.
pub struct Semaphore<M: Mode> {
    site: Site<M>,
    most: usize,
}

impl<M: Mode> Semaphore<M> {
    /// The semaphore at this path, which has so many leases. All who use it have to agree about how
    /// many: nothing on the servers says so. Its nodes are created when they are needed.
    #[must_use]
    pub fn new(client: &Client<M>, path: &str, leases: usize) -> Self {
        Self { site: Site::new(client, path), most: leases }
    }

    /// With this data in the nodes of leases: for others to see whose they are.
    #[must_use]
    pub fn data(self, data: impl AsRef<[u8]>) -> Self {
        Self { site: self.site.data(data.as_ref()), ..self }
    }

    /// With this access control list of the nodes. Open to everybody otherwise. It has to let their
    /// owner read.
    #[must_use]
    pub fn acl(self, acl: impl Into<Cow<'static, [Acl]>>) -> Self {
        Self { site: self.site.acl(acl.into()), ..self }
    }

    /// The same semaphore, for whom it is not worth waiting any longer than this:
    /// [`DeadlineExceeded`](zk_client::ErrorKind::DeadlineExceeded) if the leases are not to be had
    /// by then.
    #[must_use]
    pub fn within(&self, timeout: Duration) -> Self {
        Self { site: self.site.within(timeout), most: self.most }
    }

    /// Waits for so many leases, which are held together. Also while the connection is lost.
    ///
    /// # Errors
    ///
    /// [`Misuse`](zk_client::ErrorKind::Misuse) if the semaphore has less, or for more than 2,000;
    /// `NoAuth`, `InvalidAcl`, `QuotaExceeded`, `NoChildrenForEphemerals`, of a node or a parent;
    /// that the session is over; that the time is over.
    pub fn acquire(&self, leases: usize) -> M::Output<Leases<M>> {
        let taker = self.taker(leases, Patience::Endless);
        acquire(&self.site.client, &self.site.waiting, taker, Leases::new)
    }

    /// Takes so many leases if there are as many, and nobody else waits for leases or is just taking
    /// some.
    ///
    /// # Errors
    ///
    /// Those of [`acquire`](Self::acquire).
    pub fn try_acquire(&self, leases: usize) -> M::Output<Option<Leases<M>>> {
        let taker = self.taker(leases, Patience::None);
        try_acquire(&self.site.client, &self.site.waiting, taker, Leases::new)
    }

    /// The leases of all who have some; and of the one that is next, which it does not have yet. In
    /// the order in which they were asked for.
    ///
    /// # Errors
    ///
    /// `NoAuth`; that the session is over; that the time is over.
    pub fn leases(&self) -> M::Output<Vec<Contestant>> {
        self.site.waiting.run(Roster::new(&self.below("leases"), InLine { marks: &[LEASE] }))
    }

    fn taker(&self, leases: usize, patience: Patience) -> Taker {
        let line = Entry { data: Vec::new(), ..self.entry("locks", PREFIX) };
        let lease = self.entry("leases", LEASE);
        Taker::new((line, lease), (leases, self.most), patience)
    }

    fn entry(&self, room: &str, prefix: &str) -> Entry {
        Entry { parent: self.below(room), ..self.site.entry(prefix) }
    }

    fn below(&self, room: &str) -> String {
        format!("{}/{room}", self.site.path.strip_suffix('/').unwrap_or(&self.site.path))
    }
}

/// Leases of a [`Semaphore`] that are held together. When one is lost, all are, and the others are
/// given back. Dropping this gives them back, without waiting for that.
#[must_use = "the leases are given back when this is dropped"]
pub struct Leases<M: Mode> {
    owned: Vec<Owned>,
    hold: Hold<M>,
}

impl<M: Mode> Leases<M> {
    fn new(owned: Vec<Owned>, hold: Hold<M>) -> Self {
        Self { owned, hold }
    }

    /// Their nodes.
    #[must_use]
    pub fn nodes(&self) -> &[Owned] {
        &self.owned
    }

    /// Whether all are held, as far as the client knows: not while the connection is lost.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.hold.is_held()
    }

    /// Whether all are held, and if not, why.
    #[must_use]
    pub fn status(&self) -> LockStatus {
        self.hold.status()
    }

    /// The status, and each change of it; ends with the leases.
    #[must_use]
    pub fn statuses(&self) -> Updates<M, LockStatus> {
        self.hold.statuses()
    }

    /// Applies these operations only if all leases are still held when the server applies them: there
    /// is a check for each of them before the operations.
    ///
    /// # Errors
    ///
    /// `NoNode` of an operation with the number of a lease, counted from zero: that one is lost.
    /// Those of the operations.
    pub fn fenced(&self, operations: &Multi<'_>) -> M::Output<Vec<MultiResult>> {
        self.hold.fenced(self.owned.iter().map(|own| &*own.path), operations)
    }

    /// Gives the leases back and waits until their nodes are gone; also if one was lost before.
    ///
    /// # Errors
    ///
    /// `NoAuth`: it is not allowed to delete a node, which goes with the session. That the session
    /// is over.
    pub fn release(self) -> M::Output<()> {
        self.hold.release()
    }
}

impl<M: Mode> Clone for Semaphore<M> {
    fn clone(&self) -> Self {
        Self { site: self.site.clone(), most: self.most }
    }
}

impl<M: Mode> fmt::Debug for Semaphore<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore")
            .field("path", &self.site.path)
            .field("leases", &self.most)
            .finish_non_exhaustive()
    }
}

impl<M: Mode> fmt::Debug for Leases<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leases")
            .field("owned", &self.owned)
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}
