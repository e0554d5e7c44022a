//! Who is there.

mod roll;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use zk_client::machine::{Task, Topic, Updates};
use zk_client::{Client, Mode};

use self::roll::Roll;
use crate::PersistentNode;

/// What each member says of itself, by the members' names.
pub type MemberData = Arc<BTreeMap<String, Bytes>>;

/// A group that programs join, so that others know who is there: Curator's `GroupMember`.
///
/// ```
/// use zk_recipes::Group;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = zk_server::Server::start()?;
/// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
/// let group = Group::new(&zk, "/workers");
/// let members = group.members().await?;
/// let mut updates = members.updates();
/// assert!(updates.next().await.is_some_and(|members| members.is_empty()));
///
/// let member = group.join("a", "10.0.0.1").await?;
/// assert_eq!(updates.next().await.unwrap()["a"], "10.0.0.1");
/// member.close().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Group<M: Mode> {
    client: Client<M>,
    path: String,
}

impl<M: Mode> Group<M> {
    /// The group at this path. Nothing is asked for yet.
    #[must_use]
    pub fn new(zk: &Client<M>, path: &str) -> Self {
        Self { client: zk.clone(), path: path.to_owned() }
    }

    /// The same group, for a caller that waits no longer than this.
    #[must_use]
    pub fn within(&self, timeout: Duration) -> Self {
        Self { client: self.client.within(timeout), path: self.path.clone() }
    }

    /// Joins the group under this name, with what others are to know. The member leaves when what
    /// this answers is dropped or closed, or its session ends; if somebody deletes its node, it joins
    /// again. If the name is taken, this waits until it is not.
    ///
    /// # Errors
    ///
    /// As [`PersistentNodeBuilder::open`](crate::PersistentNodeBuilder::open). A name is a part of a path.
    pub fn join(&self, name: &str, data: impl AsRef<[u8]>) -> M::Output<PersistentNode<M>> {
        let path = format!("{}/{name}", self.path.trim_end_matches('/'));
        PersistentNode::builder(&self.client, &path).data(data).open()
    }

    /// The members, kept up to date. A group without a node has none.
    ///
    /// # Errors
    ///
    /// `NoAuth`; [`DeadlineExceeded`](zk_client::ErrorKind::DeadlineExceeded); that the session is
    /// over.
    pub fn members(&self) -> M::Output<Members<M>> {
        let client = self.client.clone();
        let roll = Roll::new(&self.path);
        self.client.host(roll, move |topic, task| Members { client, topic, _task: task })
    }
}

impl<M: Mode> Clone for Group<M> {
    fn clone(&self) -> Self {
        Self { client: self.client.clone(), path: self.path.clone() }
    }
}

/// The members of a group, kept up to date until this is dropped.
pub struct Members<M: Mode> {
    client: Client<M>,
    topic: Topic<MemberData>,
    _task: Task,
}

impl<M: Mode> Members<M> {
    /// The members that are known, with what they say of themselves. It can be old: by as much as
    /// the server is behind the leader, and by as long as there is no connection. A member that is
    /// gone without a word is there until its session has expired.
    #[must_use]
    pub fn get(&self) -> MemberData {
        self.topic.value()
    }

    /// The members, and all of them again whenever one comes, goes, or says something else. Some
    /// states can be skipped, never the last. Ends with the session.
    #[must_use]
    pub fn updates(&self) -> Updates<M, MemberData> {
        self.topic.updates(&self.client)
    }
}

impl<M: Mode> fmt::Debug for Members<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Members").field(&self.topic).finish()
    }
}
