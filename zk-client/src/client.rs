//! What users hold.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use zk_proto::{
    Acl, AclOf, AddWatch, AuthPacket, Children, Chroot, ClientInfo, Create, Delete, Error, Exists,
    GetAcl, GetAllChildrenNumber, GetChildren, GetConfig, GetData, GetEphemerals, Node, Request,
    SetAcl, SetData, Stat, State, Stats, Sync, Target, Ticket, WatchMode, WatchRequest, WhoAmI,
};

use crate::builder::{Builder, Runtime, parse};
use crate::machine::Machine;
use crate::machine::close::Close;
use crate::machine::create_all::CreateAll;
use crate::shared::Token;
use crate::slot::Slot;
use crate::view::{Hold, View};
use crate::{Async, Mode, Reply, States, Watch};

/// A handle to a session. Clones share the session, which is closed with the last of its handles:
/// clients, watches and guards.
///
/// Operations are sent in the order in which they are called. What a call needs beyond the
/// everyday is an option of its request: `zk.call(Create::new("/a", "x").ephemeral())`. What
/// concerns any call is a view of the client: [`chroot`](Self::chroot), [`within`](Self::within).
///
/// # Errors
///
/// Each operation can fail for the reasons that [`ErrorKind`](zk_proto::ErrorKind) lists;
/// [`Error::outcome`](zk_proto::Error::outcome) tells whether it can have been applied. The docs
/// of each method name what the server can say no with.
///
/// # Cancel safety
///
/// An operation is asked for when it is called, not when its future is polled. Dropping the future
/// before the request was sent means that it never is; after that it may be applied. Nothing else
/// is disturbed. To let it go on by itself, [`Reply::detach`] it.
pub struct Client<M: Mode = Async> {
    pub(crate) hold: Arc<Hold>,
    pub(crate) mode: PhantomData<fn() -> M>,
}

impl<M: Runtime> Client<M> {
    /// Opens a session with the defaults and waits until it is connected. `servers` is written
    /// `host[:port][,host[:port]...][/chroot]`.
    ///
    /// # Errors
    ///
    /// See [`Builder::connect`].
    pub fn connect(servers: &str) -> M::Output<Self> {
        Self::builder().connect(servers)
    }

    /// How to open a session with other than the defaults.
    #[must_use]
    pub fn builder() -> Builder<M> {
        Builder::new()
    }
}

impl<M: Mode> Client<M> {
    /// Creates a persistent node that is open to everybody, and answers its path. For other
    /// kinds, [`call`](Self::call) a [`Create`].
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
    /// path.
    ///
    /// # Errors
    ///
    /// `NodeExists` if the node itself exists; otherwise as [`create`](Self::create). Parents
    /// that were created by then stay.
    pub fn create_all(&self, path: &str, data: impl AsRef<[u8]>) -> M::Output<String> {
        self.run(CreateAll::new(path, data.as_ref()))
    }

    /// Reads a node's data and stat.
    ///
    /// # Errors
    ///
    /// `NoNode`, `NoAuth`.
    pub fn get(&self, path: &str) -> M::Output<Node> {
        self.call(GetData::new(path))
    }

    /// Reads a node, and watches for its next change or its deletion.
    ///
    /// # Errors
    ///
    /// `NoNode`, `NoAuth`; then there is no watch.
    pub fn get_and_watch(&self, path: &str) -> M::Output<(Node, Watch<M>)> {
        self.call_and_watch(GetData::new(path))
    }

    /// Writes a node's data, whatever its version, and answers its new stat. To demand a version,
    /// [`call`](Self::call) a [`SetData`].
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
    /// # Errors
    ///
    /// `NoNode`, `NotEmpty`, `NoAuth`.
    pub fn delete(&self, path: &str) -> M::Output<()> {
        self.call(Delete::new(path))
    }

    /// Asks whether a node exists: its stat, if so.
    ///
    /// # Errors
    ///
    /// `NoAuth`, from servers that demand the right to read for that.
    pub fn exists(&self, path: &str) -> M::Output<Option<Stat>> {
        self.call(Exists::new(path))
    }

    /// Asks whether a node exists, and watches for its creation, next change or deletion.
    ///
    /// # Errors
    ///
    /// As [`exists`](Self::exists); then there is no watch.
    pub fn exists_and_watch(&self, path: &str) -> M::Output<(Option<Stat>, Watch<M>)> {
        self.call_and_watch(Exists::new(path))
    }

    /// Lists the names of a node's children, in no order.
    ///
    /// # Errors
    ///
    /// `NoNode`, `NoAuth`.
    pub fn children(&self, path: &str) -> M::Output<Children> {
        self.call(GetChildren::new(path))
    }

    /// Lists the names of a node's children, and watches for the next change of that list or the
    /// deletion of the node.
    ///
    /// # Errors
    ///
    /// `NoNode`, `NoAuth`; then there is no watch.
    pub fn children_and_watch(&self, path: &str) -> M::Output<(Children, Watch<M>)> {
        self.call_and_watch(GetChildren::new(path))
    }

    /// Counts all nodes below a node (ZooKeeper 3.6).
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
    /// # Errors
    ///
    /// None that the server says.
    pub fn ephemerals(&self, prefix: &str) -> M::Output<Vec<String>> {
        self.call(GetEphemerals::new(prefix))
    }

    /// Watches a node, which need not exist, until the watch is dropped (ZooKeeper 3.6).
    ///
    /// # Errors
    ///
    /// None that the server says; one before 3.6 closes the connection.
    pub fn watch(&self, path: &str, mode: WatchMode) -> M::Output<Watch<M>> {
        self.watch_with(AddWatch::new(path, mode), |(), watch| watch)
    }

    /// Reads a node's access control list and stat.
    ///
    /// # Errors
    ///
    /// `NoNode`, `NoAuth`.
    pub fn acl(&self, path: &str) -> M::Output<AclOf> {
        self.call(GetAcl::new(path))
    }

    /// Replaces a node's access control list, and answers its new stat.
    ///
    /// # Errors
    ///
    /// `NoNode`, `InvalidAcl`, `NoAuth`.
    pub fn set_acl(&self, path: &str, acl: &[Acl]) -> M::Output<Stat> {
        self.call(SetAcl::new(path, acl))
    }

    /// Lets the server catch up with the leader: reads that follow see what was written before.
    ///
    /// # Errors
    ///
    /// None that the server says, unless it is read-only.
    pub fn sync(&self, path: &str) -> M::Output<String> {
        self.call(Sync::new(path))
    }

    /// Lists the identities of the connection (ZooKeeper 3.7).
    ///
    /// # Errors
    ///
    /// None that the server says; one before 3.7 closes the connection.
    pub fn who_am_i(&self) -> M::Output<Vec<ClientInfo>> {
        self.call(WhoAmI)
    }

    /// Reads the configuration of the ensemble; its data is empty if the server stands alone.
    /// [`EnsembleConfig::parse`](zk_proto::EnsembleConfig::parse) reads the data.
    ///
    /// # Errors
    ///
    /// `NoAuth`.
    pub fn config(&self) -> M::Output<Node> {
        self.call(GetConfig)
    }

    /// Adds an identity to this session; answers once a server has accepted it. For the scheme
    /// `digest` the data is `user:password`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::AuthFailed`](zk_proto::ErrorKind::AuthFailed): the session is over.
    pub fn add_auth(&self, scheme: &str, data: impl AsRef<[u8]>) -> M::Output<()> {
        let shared = self.hold.shared();
        let slot = Slot::new();
        let packet = AuthPacket::new(scheme, data.as_ref());
        let token = Token::Auth(slot.clone());
        let added = shared.with(true, |core| core.session.add_auth(packet, token));
        if let Err((_, error)) = added {
            slot.fill(Err(error));
        }
        M::finish(Reply::left(shared.clone(), slot))
    }

    /// Asks for any operation, with its options.
    pub fn call<R: Request>(&self, request: R) -> M::Output<R::Response> {
        self.ask(&request)
    }

    /// Asks for any operation that can leave a watch.
    pub fn call_and_watch<R: WatchRequest>(
        &self,
        request: R,
    ) -> M::Output<(R::Response, Watch<M>)> {
        self.watch_with(request, |response, watch| (response, watch))
    }

    /// Runs any machine.
    pub fn run<R, T>(&self, machine: R) -> M::Output<T>
    where
        R: Machine<Output = Result<T, Error>>,
        T: Send + 'static,
    {
        self.start(machine, Box::new(|result| result))
    }

    /// Waits until the queue of requests has room. Another caller may take it first.
    ///
    /// # Errors
    ///
    /// The session is over.
    pub fn ready(&self) -> M::Output<()> {
        let slot = Slot::new();
        self.hold.shared().wait_for_room(&slot);
        M::finish(Reply::left(self.hold.shared().clone(), slot))
    }

    /// The same session, seeing only what is below a path. A path that is not one is told by
    /// each call.
    #[must_use]
    pub fn chroot(&self, path: &str) -> Self {
        self.with_view(|view| Ok(View { chroot: view.chroot.join(path)?, ..*view }))
    }

    /// The same session, for operations that are to be answered within this time, in whichever
    /// way: [`DeadlineExceeded`](zk_proto::ErrorKind::DeadlineExceeded) if there is no other answer by then.
    #[must_use]
    pub fn within(&self, timeout: Duration) -> Self {
        self.with_view(|view| Ok(View { timeout: Some(timeout), ..view.clone() }))
    }

    /// The same session, for a caller that waits differently.
    #[must_use]
    pub fn with_mode<N: Mode>(&self) -> Client<N> {
        Client { hold: self.hold.clone(), mode: PhantomData }
    }

    /// Where the session stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.hold.shared().lock().session.state()
    }

    /// Where the session stands, and each change of that.
    #[must_use]
    pub fn states(&self) -> States<M> {
        States::new(self.hold.shared().clone())
    }

    /// The session's number; 0 before the first connection.
    #[must_use]
    pub fn session_id(&self) -> i64 {
        self.hold.shared().lock().session.id()
    }

    /// The session timeout that the server granted; before the first connection, the one to ask
    /// for.
    #[must_use]
    pub fn session_timeout(&self) -> Duration {
        self.hold.shared().lock().session.timeout()
    }

    /// The server that the session is connected to.
    #[must_use]
    pub fn server(&self) -> Option<Target> {
        self.hold.shared().lock().session.server().cloned()
    }

    /// What it takes to resume the session elsewhere, once there is one; see
    /// [`Builder::resume`]. Its last transaction is the last that this client has *received*.
    #[must_use]
    pub fn ticket(&self) -> Option<Ticket> {
        self.hold.shared().lock().session.ticket()
    }

    /// What has been counted so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.hold.shared().lock().session.stats()
    }

    /// Replaces the list of servers. The session moves if its server is not among them, or by
    /// chance, so that all clients spread evenly over the new list.
    ///
    /// # Errors
    ///
    /// The text is not a list of servers, or it has a chroot.
    pub fn replace_servers(&self, servers: &str) -> Result<(), Error> {
        let servers = parse(servers)?;
        if servers.chroot != Chroot::root() {
            return Err(zk_proto::Misuse::Text("a list of servers has no chroot".into()).into());
        }
        let shared = self.hold.shared();
        let now = shared.now();
        shared.with(true, |core| core.session.replace_hosts(now, servers.hosts));
        Ok(())
    }

    /// Ends the session, once all that was asked for has been answered: its ephemeral nodes are
    /// gone when this is done. Without a connection it ends at once here, and at the servers
    /// when its timeout has passed; likewise if the server says nothing for a second.
    ///
    /// # Errors
    ///
    /// None: whatever happens, the session is over.
    pub fn close(self) -> M::Output<()> {
        self.run(Close)
    }

    /// Ends all handles of the session, but not the session: whoever has the ticket can go on
    /// with it until it expires. `None` if there is none yet.
    pub fn detach(self) -> Option<Ticket> {
        let shared = self.hold.shared();
        shared.with(true, |core| {
            let ticket = core.session.ticket();
            core.session.abandon();
            ticket
        })
    }
}

impl<M: Mode> Clone for Client<M> {
    fn clone(&self) -> Self {
        self.with_mode()
    }
}

impl<M: Mode> fmt::Debug for Client<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("session_id", &format_args!("{:#x}", self.session_id()))
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
