//! A double barrier: a group begins together, and ends together.

mod enter;
mod leave;

use std::fmt;
use std::time::Duration;

use zk_client::machine::Owned;
use zk_client::{Async, Client, Mode};

use self::enter::Enter;
use self::leave::{Leave, Wish};

/// A barrier that lets nobody in before a number of members is there, and nobody out before all are
/// ready to go.
///
/// It is Curator's `DistributedDoubleBarrier` and kazoo's `DoubleBarrier`: a node for each member,
/// and a node `ready` once there were enough. Whoever dies is not waited for: its node goes with
/// its session.
///
/// ```
/// use zk_recipes::DoubleBarrier;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = zk_server::Server::start()?;
/// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
/// let barrier = DoubleBarrier::new(&zk, "/app/step-1", 2);
/// let (one, two) = tokio::join!(barrier.enter(), barrier.enter()); // mostly elsewhere
/// let (one, two) = (one?, two?);
/// // both work, and then
/// let (one, two) = tokio::join!(one.leave(), two.leave());
/// # one?;
/// # two?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct DoubleBarrier<M: Mode> {
    client: Client<M>,
    path: String,
    members: usize,
}

impl<M: Mode> DoubleBarrier<M> {
    /// The barrier of this path, which opens for so many members. All have to agree about how many.
    /// Nothing is asked of the servers.
    #[must_use]
    pub fn new(client: &Client<M>, path: &str, members: usize) -> Self {
        Self { client: client.clone(), path: path.to_owned(), members }
    }

    /// The same, whose calls, and those of who has entered by it, end in
    /// [`DeadlineExceeded`](zk_client::ErrorKind::DeadlineExceeded) after this time.
    #[must_use]
    pub fn within(&self, timeout: Duration) -> Self {
        Self { client: self.client.within(timeout), ..self.clone() }
    }

    /// Its node, whose children are the members.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Joins, and waits until so many members are there at the same time. Who comes later gets in
    /// as long as one of them is there still. Missing parents are created, as containers.
    ///
    /// # Errors
    ///
    /// `NoAuth`, `NoChildrenForEphemerals`, `QuotaExceeded`; a path that cannot be; the deadline;
    /// that the session is over. A lost connection is none.
    ///
    /// # Cancel safety
    ///
    /// Whenever the reply is dropped or its time is over, the member leaves: its node is deleted.
    /// If there were enough members with it, the others get in.
    pub fn enter(&self) -> M::Output<Inside<M>> {
        let (client, path) = (self.client.clone(), self.path.clone());
        self.client.host(Enter::new(&self.path, self.members), move |own, _| Inside {
            client,
            path,
            own: Some(own),
        })
    }
}

impl<M: Mode> Clone for DoubleBarrier<M> {
    fn clone(&self) -> Self {
        Self { client: self.client.clone(), path: self.path.clone(), members: self.members }
    }
}

/// A member inside of a [`DoubleBarrier`]. Dropping it leaves without waiting for others.
#[must_use = "dropping it leaves the barrier"]
pub struct Inside<M: Mode> {
    client: Client<M>,
    path: String,
    /// Until it leaves.
    own: Option<Owned>,
}

impl<M: Mode> Inside<M> {
    /// Leaves, and waits until all have left that were there when it began to.
    ///
    /// # Errors
    ///
    /// `NoAuth`; the deadline; that the session is over. A lost connection is none, nor that somebody
    /// has deleted the member's node.
    ///
    /// # Cancel safety
    ///
    /// Whenever the reply is dropped or its time is over, the member leaves without waiting for
    /// others.
    pub fn leave(mut self) -> M::Output<()> {
        let client = self.client.clone();
        client.host(Leave::new(&self.path, self.own.take(), Wish::Together), |(), _| ())
    }
}

impl<M: Mode> Drop for Inside<M> {
    fn drop(&mut self) {
        if let Some(own) = self.own.take() {
            let leave = Leave::new(&self.path, Some(own), Wish::Alone);
            drop(self.client.with_mode::<Async>().host(leave, |(), _| ()));
        }
    }
}

impl<M: Mode> fmt::Debug for Inside<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inside").field("path", &self.path).field("own", &self.own).finish()
    }
}

/// The node that says that there were enough members.
const READY: &str = "ready";

fn join(parent: &str, name: &str) -> String {
    format!("{}/{name}", parent.strip_suffix('/').unwrap_or(parent))
}
