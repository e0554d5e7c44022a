//! A node that heals itself.

mod healer;
mod touch;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use zk_client::machine::{Mailbox, Task, Topic, Updates};
use zk_client::{Acl, Client, CreateMode, Error, Mode};

use self::healer::{Healer, Letter, Plan};
use self::touch::Touch;

/// A node that heals itself: if somebody deletes it, it is created again, with its data. It is
/// deleted when this is dropped.
///
/// Without further ado it is ephemeral, and goes with the session. An ephemeral node of another
/// session in its place is waited for: it may be that of the session before of the same program.
/// Any other node in its place becomes this one, and gets its data; what others write afterwards
/// stays. Its missing parents become containers.
///
/// ```
/// use zk_recipes::{NodeStatus, PersistentNode};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = zk_server::Server::start()?;
/// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
/// let node = PersistentNode::builder(&zk, "/workers/a").data("10.0.0.1").open().await?;
/// let mut statuses = node.statuses();
/// zk.delete("/workers/a").await?;
/// for _ in 0..3 {
///     let status = statuses.next().await; // present, missing, and present again
///     println!("{status:?}");
/// }
/// assert_eq!(zk.get("/workers/a").await?.data, "10.0.0.1");
/// node.close().await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "the node is deleted when this is dropped"]
pub struct PersistentNode<M: Mode> {
    client: Client<M>,
    path: String,
    task: Task,
    mailbox: Mailbox<Letter>,
    status: Topic<NodeStatus>,
}

/// What is known of a node that heals itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NodeStatus {
    /// It was there when somebody looked last; nothing else has been heard since.
    Present {
        /// The transaction that created it.
        czxid: i64,
    },
    /// It is not there, and is being created.
    Missing,
    /// There is an ephemeral node of another session in its place.
    Blocked {
        /// That session.
        owner: i64,
    },
    /// The server says no. It is asked again on the next connection, or when there is new data.
    Refused(Error),
    /// The session is over. There will be no other status.
    Lost,
}

/// What a [`PersistentNode`] is to be like.
#[derive(Debug)]
#[must_use = "the node is not created until it is opened"]
pub struct PersistentNodeBuilder<M: Mode> {
    client: Client<M>,
    plan: Plan,
    ttl: Option<Duration>,
}

impl<M: Mode> PersistentNodeBuilder<M> {
    /// What is in it: nothing, if this is not said.
    pub fn data(mut self, data: impl AsRef<[u8]>) -> Self {
        self.plan.data = Bytes::copy_from_slice(data.as_ref());
        self
    }

    /// It does not go with the session: only when it is closed, dropped while the session lives, or
    /// deleted when the program is gone.
    pub fn persistent(self) -> Self {
        self.mode(CreateMode::Persistent)
    }

    /// It does not go with the session, but some time after nobody keeps it any more: by the child
    /// `touch`, which lives this long and is written twice in that time, as Curator's
    /// `PersistentTtlNode` does. From 1 ms to [`MAX_TTL`](CreateMode::MAX_TTL). It takes a server
    /// with `extendedTypesEnabled` (ZooKeeper 3.5), which looks once a minute for what is to go.
    pub fn ttl(self, ttl: Duration) -> Self {
        Self { ttl: Some(ttl), ..self.mode(CreateMode::Container) }
    }

    /// Who may do what with it: all, everything, if this is not said. At least one entry.
    pub fn acl(mut self, acl: impl Into<Cow<'static, [Acl]>>) -> Self {
        self.plan.acl = acl.into();
        self
    }

    fn mode(mut self, mode: CreateMode) -> Self {
        self.plan.mode = mode;
        self
    }

    /// Answers when the node is there.
    ///
    /// # Errors
    ///
    /// `NoAuth`, `QuotaExceeded`, `NoChildrenForEphemerals`, `Unimplemented` by a server without
    /// times to live; [`DeadlineExceeded`](zk_client::ErrorKind::DeadlineExceeded), if the view of
    /// the client has one; that the session is over. A lost connection is none.
    pub fn open(self) -> M::Output<PersistentNode<M>> {
        let (mailbox, letters) = Mailbox::new();
        let (client, path) = (self.client.clone(), self.plan.path.clone());
        let touch = self.ttl.map(|ttl| Touch::new(&path, ttl));
        self.client.host(Healer::new(self.plan, letters, touch), move |status, task| {
            PersistentNode { client, path, task, mailbox, status }
        })
    }
}

impl<M: Mode> PersistentNode<M> {
    /// A node at this path.
    pub fn builder(zk: &Client<M>, path: &str) -> PersistentNodeBuilder<M> {
        let (data, acl) = (Bytes::new(), Acl::OPEN.into());
        let plan = Plan { path: path.to_owned(), data, mode: CreateMode::Ephemeral, acl };
        PersistentNodeBuilder { client: zk.clone(), plan, ttl: None }
    }

    /// The same, for a caller that waits no longer than this.
    pub fn within(self, timeout: Duration) -> Self {
        Self { client: self.client.within(timeout), ..self }
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is known of it.
    #[must_use]
    pub fn status(&self) -> NodeStatus {
        self.status.value()
    }

    /// What is known of it, and each change of that. Some can be skipped, never the last.
    #[must_use]
    pub fn statuses(&self) -> Updates<M, NodeStatus> {
        self.status.updates(&self.client)
    }

    /// From now on, its data is this. Answers when it is written, which is when the node is there.
    ///
    /// # Errors
    ///
    /// `NoAuth`, `QuotaExceeded`; [`DeadlineExceeded`](zk_client::ErrorKind::DeadlineExceeded), and
    /// it will still be written; that the session is over.
    pub fn set_data(&self, data: impl AsRef<[u8]>) -> M::Output<()> {
        let data = Bytes::copy_from_slice(data.as_ref());
        self.client.promised(|promise| {
            if let Err((_, promise)) = self.mailbox.send(&self.task, (data, promise)) {
                promise.fulfil(self.client.final_error().map_or(Ok(()), Err));
            }
        })
    }

    /// Deletes it, and waits until it is gone.
    ///
    /// # Errors
    ///
    /// `NotEmpty`, `NoAuth`; that the session is over, with which an ephemeral node goes anyhow.
    pub fn close(self) -> M::Output<()> {
        self.task.stop::<M>()
    }
}

impl<M: Mode> fmt::Debug for PersistentNode<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = &self.status;
        f.debug_struct("PersistentNode").field("path", &self.path).field("status", status).finish()
    }
}
