//! What users ask of nodes.

use zk_proto::{
    Acl, AclOf, Children, Create, Delete, Exists, GetAcl, GetAllChildrenNumber, GetChildren,
    GetData, GetEphemerals, Node, SetAcl, SetData, Stat,
};

use crate::machine::CreateAll;
use crate::machine::delete_all::DeleteAll;
use crate::{Client, Mode};

impl<M: Mode> Client<M> {
    /// Creates a persistent node that is open to everybody, and answers its path. For other
    /// kinds, [`call`](Self::call) a [`Create`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// assert_eq!(zk.create("/a", "x").await?, "/a");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `NoNode` if the parent is missing, `NodeExists`, `NoChildrenForEphemerals` if the parent
    /// is ephemeral, `NoAuth`, `QuotaExceeded`.
    pub fn create(&self, path: &str, data: impl AsRef<[u8]>) -> M::Output<String> {
        self.call(Create::new(path, &data))
    }

    /// Creates a persistent node that is open to everybody, with those of its parents that are
    /// missing, which are empty, the node of the [`chroot`](Self::chroot) among them. Answers its
    /// path. For other kinds, lists and parents, [`run`](Self::run) a [`CreateAll`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// zk.create_all("/app/config", "v1").await?;
    /// assert_eq!(zk.get("/app").await?.data, "");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `NodeExists` if the node itself exists; otherwise as [`create`](Self::create). Parents
    /// that were created by then stay.
    pub fn create_all(&self, path: &str, data: impl AsRef<[u8]>) -> M::Output<String> {
        self.run(CreateAll::new(path, data))
    }

    /// Sees to it that a node exists: creates it, persistent, empty and open to everybody, with
    /// those of its parents that are missing, unless it is there. Answers its path.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// zk.ensure("/app/workers").await?;
    /// zk.ensure("/app/workers").await?; // as often as you like
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create), but for `NodeExists`. A lost connection is none: it asks again.
    pub fn ensure(&self, path: &str) -> M::Output<String> {
        self.run(CreateAll::new(path, "").if_missing())
    }

    /// Reads a node's data and stat.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// zk.create("/a", "x").await?;
    /// let node = zk.get("/a").await?;
    /// assert_eq!((&node.data[..], node.stat.version), (&b"x"[..], 0));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `NoNode`, `NoAuth`.
    pub fn get(&self, path: &str) -> M::Output<Node> {
        self.call(GetData::new(path))
    }

    /// Writes a node's data, whatever its version, and answers its new stat. To demand a version,
    /// [`call`](Self::call) a [`SetData`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// zk.create("/a", "old").await?;
    /// assert_eq!(zk.set("/a", "new").await?.version, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `NoNode`, `NoAuth`, `QuotaExceeded`.
    pub fn set(&self, path: &str, data: impl AsRef<[u8]>) -> M::Output<Stat> {
        self.call(SetData::new(path, &data))
    }

    /// Deletes a node that has no children, whatever its version. To demand a version,
    /// [`call`](Self::call) a [`Delete`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// zk.create("/a", "").await?;
    /// zk.delete("/a").await?;
    /// assert_eq!(zk.exists("/a").await?, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `NoNode`, `NotEmpty`, `NoAuth`.
    pub fn delete(&self, path: &str) -> M::Output<()> {
        self.call(Delete::new(path))
    }

    /// Deletes a node and all that is below it, children first, whatever their versions. That it
    /// does not exist is fine.
    ///
    /// It is not one transaction: others see the tree shrink, and what they create in it meanwhile
    /// is deleted, too. 64 requests are in flight at once; a lost connection is not noticed. What is
    /// not below the path is not touched. The root is refused, but for that of a
    /// [`chroot`](Self::chroot), which is an ordinary node.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// zk.create_all("/app/config/port", "80").await?;
    /// zk.delete_all("/app").await?;
    /// assert_eq!(zk.exists("/app").await?, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `NoAuth`, and `NotEmpty` if somebody creates children of a node as fast as they are deleted:
    /// the first such error ends it. What was deleted by then stays so.
    ///
    /// # Cancel safety
    ///
    /// Dropping the reply ends it; what is on its way by then may still be deleted.
    pub fn delete_all(&self, path: &str) -> M::Output<()> {
        self.run(DeleteAll::new(path))
    }

    /// Asks whether a node exists: its stat, if so.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// assert!(zk.exists("/").await?.is_some());
    /// assert!(zk.exists("/a").await?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `NoAuth`, from servers that demand the right to read for that.
    pub fn exists(&self, path: &str) -> M::Output<Option<Stat>> {
        self.call(Exists::new(path))
    }

    /// Lists the names of a node's children, in no order.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// zk.create_all("/app/worker", "").await?;
    /// assert_eq!(zk.children("/app").await?.iter().collect::<Vec<_>>(), ["worker"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `NoNode`, `NoAuth`.
    pub fn children(&self, path: &str) -> M::Output<Children> {
        self.call(GetChildren::new(path))
    }

    /// Counts all nodes below a node (ZooKeeper 3.6).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// zk.create_all("/app/config/port", "").await?;
    /// assert_eq!(zk.count_descendants("/app").await?, 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `NoNode`, `NoAuth`.
    pub fn count_descendants(&self, path: &str) -> M::Output<usize> {
        self.call(GetAllChildrenNumber::new(path))
    }

    /// Lists the ephemeral nodes of this session whose paths begin like this; `/` finds all
    /// (ZooKeeper 3.6).
    ///
    /// ```
    /// use zk_tokio::Create;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// zk.call(Create::new("/here", "").ephemeral()).await?;
    /// assert_eq!(zk.ephemerals("/").await?, ["/here"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// None that the server says.
    pub fn ephemerals(&self, prefix: &str) -> M::Output<Vec<String>> {
        self.call(GetEphemerals::new(prefix))
    }

    /// Reads a node's access control list and stat.
    ///
    /// ```
    /// use zk_tokio::Acl;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// assert_eq!(zk.acl("/").await?.acl, Acl::OPEN);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `NoNode`, `NoAuth`.
    pub fn acl(&self, path: &str) -> M::Output<AclOf> {
        self.call(GetAcl::new(path))
    }

    /// Replaces a node's access control list, and answers its new stat.
    ///
    /// ```
    /// use zk_tokio::{Acl, ErrorCode};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// zk.create("/a", "").await?;
    /// zk.set_acl("/a", Acl::READ).await?;
    /// assert_eq!(zk.set("/a", "x").await.unwrap_err().code(), Some(ErrorCode::NoAuth));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `NoNode`, `InvalidAcl`, `NoAuth`.
    pub fn set_acl(&self, path: &str, acl: &[Acl]) -> M::Output<Stat> {
        self.call(SetAcl::new(path, acl))
    }
}
