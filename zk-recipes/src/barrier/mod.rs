//! A barrier: whoever comes waits until it is removed.

mod passage;
mod removal;

use std::time::Duration;

use zk_client::machine::CreateAll;
use zk_client::{Client, CreateMode, Mode};

use self::passage::Passage;
use self::removal::Removal;

/// A barrier that stops everybody as long as its node exists.
///
/// It is Curator's `DistributedBarrier` and kazoo's `Barrier`: a persistent node, whose data do not
/// matter. Nobody owns it, and it stays when all sessions are over.
///
/// ```
/// use zk_recipes::Barrier;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = zk_server::Server::start()?;
/// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
/// let barrier = Barrier::new(&zk, "/app/maintenance");
/// barrier.set().await?;
///
/// let worker = tokio::spawn(barrier.wait()); // anywhere else
/// barrier.remove().await?;
/// worker.await??;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Barrier<M: Mode> {
    client: Client<M>,
    path: String,
}

impl<M: Mode> Barrier<M> {
    /// The barrier of this path. Nothing is asked of the servers.
    #[must_use]
    pub fn new(client: &Client<M>, path: &str) -> Self {
        Self { client: client.clone(), path: path.to_owned() }
    }

    /// The same, whose calls end in [`DeadlineExceeded`](zk_client::ErrorKind::DeadlineExceeded)
    /// after this time.
    #[must_use]
    pub fn within(&self, timeout: Duration) -> Self {
        Self { client: self.client.within(timeout), path: self.path.clone() }
    }

    /// Its node.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Sets the barrier: whoever comes from now on waits. That it is set already is fine. Parents
    /// that are missing are created as containers, or as persistent nodes if the server has none.
    ///
    /// # Errors
    ///
    /// `NoAuth`, `NoChildrenForEphemerals`, `QuotaExceeded`; a path that cannot be; the deadline; that
    /// the session is over. A lost connection is none: it is asked again.
    ///
    /// # Cancel safety
    ///
    /// If the reply is dropped, the barrier may be set or not.
    pub fn set(&self) -> M::Output<()> {
        let set = CreateAll::new(&self.path, "").parents(CreateMode::Container).if_missing();
        self.client.host(set, |_, _| ())
    }

    /// Removes the barrier: all who wait go on. That it is not there is fine.
    ///
    /// # Errors
    ///
    /// `NoAuth`, `NotEmpty` if somebody has created nodes below it; a path that cannot be; the
    /// deadline; that the session is over. A lost connection is none.
    ///
    /// # Cancel safety
    ///
    /// If the reply is dropped, the barrier may be removed or not.
    pub fn remove(&self) -> M::Output<()> {
        self.client.host(Removal::new(&self.path), |(), _| ())
    }

    /// Waits until there is no barrier. All that was done to it before the call is seen, also by
    /// other sessions; and it is enough that it is away for a moment, even if that was while the
    /// connection was lost.
    ///
    /// # Errors
    ///
    /// A path that cannot be; the deadline; that the session is over. A lost connection is none.
    ///
    /// # Cancel safety
    ///
    /// It leaves nothing behind.
    pub fn wait(&self) -> M::Output<()> {
        self.client.host(Passage::new(&self.path), |(), _| ())
    }
}

impl<M: Mode> Clone for Barrier<M> {
    fn clone(&self) -> Self {
        Self { client: self.client.clone(), path: self.path.clone() }
    }
}
