//! A node that its owner holds.

use std::fmt;
use std::marker::PhantomData;

use zk_proto::Error;

use super::{Owned, ProtectedCreate};
use crate::machine::{Cx, Input, Machine, Step, Task};
use crate::{Client, Mode};

impl<M: Mode> Client<M> {
    /// Creates a node exactly once, whatever happens to the connection meanwhile, and with it those
    /// of its parents that are missing; see [`ProtectedCreate`].
    ///
    /// ```
    /// use zk_tokio::CreateMode;
    /// use zk_tokio::machine::ProtectedCreate;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// let job = ProtectedCreate::new("/jobs", "job-", "payload", CreateMode::PersistentSequential);
    /// let job = zk.create_protected(job).await?.keep();
    /// assert!(job.name.starts_with("_c_") && job.name.ends_with("-job-0000000000"));
    /// assert_eq!(zk.get(&job.path).await?.stat.czxid, job.czxid);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `NoAuth`, `InvalidAcl`, `QuotaExceeded`, `NoChildrenForEphemerals`, of the node or of a
    /// parent; `NodeExists` if it has no number and a GUID of its maker's choice is taken; that the
    /// session is over. A lost connection is none.
    ///
    /// # Cancel safety
    ///
    /// Whenever the reply is dropped, or its time is over ([`within`](Self::within)), the node is
    /// deleted if it was created or will be. Parents stay.
    pub fn create_protected(&self, create: ProtectedCreate) -> M::Output<NodeGuard<M>> {
        self.host(Held(create), |owned, task| NodeGuard { owned, task, mode: PhantomData })
    }
}

/// A node that is deleted when this is dropped, unless it is [kept](Self::keep).
#[must_use = "the node is deleted when this is dropped"]
pub struct NodeGuard<M: Mode> {
    owned: Owned,
    task: Task,
    mode: PhantomData<fn() -> M>,
}

impl<M: Mode> NodeGuard<M> {
    /// The node. Others can have deleted it by now.
    #[must_use]
    pub fn owned(&self) -> &Owned {
        &self.owned
    }

    /// Lets the node stay: as long as the session, if it is ephemeral.
    pub fn keep(self) -> Owned {
        self.task.call(); // it ends, before it is cancelled
        self.owned
    }

    /// Deletes the node and waits until it is gone.
    ///
    /// # Errors
    ///
    /// `NoAuth`, `NotEmpty`; that the session is over. A lost connection is none, nor that the node
    /// is gone already.
    pub fn delete(self) -> M::Output<()> {
        self.task.stop::<M>()
    }
}

impl<M: Mode> fmt::Debug for NodeGuard<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NodeGuard").field(&self.owned).finish()
    }
}

/// Goes on after the node was created, until it is called, and the node stays; or cancelled, and it
/// goes.
struct Held(ProtectedCreate);

impl Machine for Held {
    type Output = Result<Owned, Error>;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Self::Output> {
        if let Input::Called = input {
            return Step::End(Ok(()));
        }
        match self.0.step(cx, input) {
            Step::Done(Ok(owned)) => Step::Ready(Ok(owned)),
            step @ (Step::Wait | Step::Ready(_) | Step::Done(Err(_)) | Step::End(_)) => step,
        }
    }
}
