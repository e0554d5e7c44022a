//! A lock that is held.

use std::fmt;

use zk_client::machine::{Owned, Updates};
use zk_client::{Client, Mode, Multi, MultiResult};

use super::LockStatus;
use super::hold::Hold;

/// A lock that is held. Dropping it releases the lock, without waiting for that.
///
/// It can be lost at any time: when the session ends, or somebody deletes its node. Its status tells
/// so as soon as the client knows. A program that was paused may not know for a while, and somebody
/// else has the lock meanwhile. What must not happen then is guarded by [`fenced`](Self::fenced)
/// writes, or by the [token](Self::fencing_token).
#[must_use = "the lock is released when this is dropped"]
pub struct LockGuard<M: Mode> {
    node: String,
    token: i64,
    hold: Hold<M>,
}

impl<M: Mode> LockGuard<M> {
    pub(super) fn new(own: Owned, hold: Hold<M>) -> Self {
        Self { node: own.path, token: own.czxid, hold }
    }

    pub(super) fn client(&self) -> Client<M> {
        self.hold.client.clone()
    }

    /// The same, as a part of what is held with this token.
    pub(crate) fn under(self, token: i64) -> Self {
        Self { token, ..self }
    }

    /// A number that is higher than those of all who held the lock before: the transaction that
    /// created its node. Whoever stores what is written under the lock can refuse lower ones.
    #[must_use]
    pub fn fencing_token(&self) -> i64 {
        self.token
    }

    /// The path of its node.
    #[must_use]
    pub fn node(&self) -> &str {
        &self.node
    }

    /// Whether the lock is held, as far as the client knows: not while the connection is lost.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.hold.is_held()
    }

    /// Whether the lock is held, and if not, why.
    #[must_use]
    pub fn status(&self) -> LockStatus {
        self.hold.status()
    }

    /// The status, and each change of it; ends with the lock.
    #[must_use]
    pub fn statuses(&self) -> Updates<M, LockStatus> {
        self.hold.statuses()
    }

    /// Whether somebody has [asked for the lock](super::Lock::request_revocation). It is held all
    /// the same, until it is released.
    #[must_use]
    pub fn is_revocation_requested(&self) -> bool {
        self.hold.is_revocation_requested()
    }

    /// Whether somebody has asked for the lock, and each change of that; ends with the lock.
    #[must_use]
    pub fn revocation_requests(&self) -> Updates<M, bool> {
        self.hold.revocation_requests()
    }

    /// Applies these operations only if the lock is still held when the server applies them,
    /// whatever this client knows: all of them, or none. Put before them is a check that the node
    /// of the lock is there, so their results, and the number in an error, are counted from one.
    ///
    /// ```
    /// use zk_recipes::Lock;
    /// use zk_tokio::Multi;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// # zk.create("/config", "v1").await?;
    /// let guard = Lock::new(&zk, "/lock").acquire().await?;
    /// guard.fenced(&Multi::new().set("/config", "v2")).await?;
    ///
    /// zk.delete(guard.node()).await?; // somebody takes the lock away
    /// let error = guard.fenced(&Multi::new().set("/config", "v3")).await.unwrap_err();
    /// assert_eq!(error.failed_operation(), Some(0)); // the check of the lock
    /// assert_eq!(zk.get("/config").await?.data, "v2");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `NoNode` of operation 0: the lock is lost. Those of the operations.
    pub fn fenced(&self, operations: &Multi<'_>) -> M::Output<Vec<MultiResult>> {
        self.hold.fenced([&*self.node], operations)
    }

    /// Releases the lock and waits until its node is gone; also if it was lost before.
    ///
    /// # Errors
    ///
    /// `NoAuth`: it is not allowed to delete its node, which goes with the session. That the
    /// session is over.
    pub fn release(self) -> M::Output<()> {
        self.hold.release()
    }
}

impl<M: Mode> fmt::Debug for LockGuard<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockGuard")
            .field("node", &self.node)
            .field("fencing_token", &self.token)
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}
