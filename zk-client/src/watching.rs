//! How users watch nodes.

use zk_proto::{
    AddWatch, Children, Exists, GetChildren, GetData, Node, Stat, WatchMode, WatchRequest,
};

use crate::{Client, Mode, Watch};

impl<M: Mode> Client<M> {
    /// Reads a node, and watches for its next change or its deletion.
    ///
    /// ```
    /// use zk_tokio::ChangeKind;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// zk.create("/a", "old").await?;
    /// let (node, mut watch) = zk.get_and_watch("/a").await?;
    /// zk.set("/a", "new").await?;
    /// assert_eq!(node.data, "old");
    /// assert_eq!(watch.next().await.map(|change| change.kind), Some(ChangeKind::DataChanged));
    /// assert_eq!(watch.next().await, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `NoNode`, `NoAuth`; then there is no watch.
    pub fn get_and_watch(&self, path: &str) -> M::Output<(Node, Watch<M>)> {
        self.call_and_watch(GetData::new(path))
    }

    /// Asks whether a node exists, and watches for its creation, next change or deletion.
    ///
    /// ```
    /// use zk_tokio::ChangeKind;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// let (stat, mut watch) = zk.exists_and_watch("/a").await?;
    /// assert!(stat.is_none());
    /// zk.create("/a", "").await?;
    /// assert_eq!(watch.next().await.map(|change| change.kind), Some(ChangeKind::Created));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`exists`](Self::exists); then there is no watch.
    pub fn exists_and_watch(&self, path: &str) -> M::Output<(Option<Stat>, Watch<M>)> {
        self.call_and_watch(Exists::new(path))
    }

    /// Lists the names of a node's children, and watches for the next change of that list or the
    /// deletion of the node.
    ///
    /// ```
    /// use zk_tokio::ChangeKind;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// zk.create("/app", "").await?;
    /// let (children, mut watch) = zk.children_and_watch("/app").await?;
    /// assert!(children.is_empty());
    /// zk.create("/app/worker", "").await?;
    /// assert_eq!(watch.next().await.map(|change| change.kind), Some(ChangeKind::ChildrenChanged));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `NoNode`, `NoAuth`; then there is no watch.
    pub fn children_and_watch(&self, path: &str) -> M::Output<(Children, Watch<M>)> {
        self.call_and_watch(GetChildren::new(path))
    }

    /// Watches a node, which need not exist, until the watch is dropped (ZooKeeper 3.6).
    ///
    /// ```
    /// use zk_tokio::WatchMode;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// let mut changes = zk.watch("/app", WatchMode::Recursive).await?;
    /// zk.create_all("/app/config", "").await?;
    /// assert_eq!(changes.next().await.map(|change| change.path).as_deref(), Some("/app"));
    /// assert_eq!(changes.next().await.map(|change| change.path).as_deref(), Some("/app/config"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// None that the server says; one before 3.6 closes the connection.
    pub fn watch(&self, path: &str, mode: WatchMode) -> M::Output<Watch<M>> {
        self.watch_with(AddWatch::new(path, mode), |(), watch| watch)
    }

    /// Asks for any operation that can leave a watch.
    ///
    /// ```
    /// use zk_tokio::GetChildrenWithStat;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// let (listing, _watch) = zk.call_and_watch(GetChildrenWithStat::new("/")).await?;
    /// assert_eq!(listing.stat.num_children, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn call_and_watch<R: WatchRequest>(
        &self,
        request: R,
    ) -> M::Output<(R::Response, Watch<M>)> {
        self.watch_with(request, |response, watch| (response, watch))
    }
}
