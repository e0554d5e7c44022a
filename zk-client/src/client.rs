//! What users hold.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use zk_proto::{
    AuthPacket, Chroot, ClientInfo, Error, Failure, GetConfig, Instant, Node, Request, State,
    Stats, Sync, Target, Ticket, WhoAmI,
};

use crate::builder::{Builder, Runtime, parse};
use crate::machine::Machine;
use crate::machine::close::Close;
use crate::shared::Token;
use crate::slot::Slot;
use crate::view::{Hold, View};
use crate::{Async, Mode, Reply, States};

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
    /// Asks for any operation, with its options.
    ///
    /// ```
    /// use zk_tokio::{Create, SetData};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// let path = zk.call(Create::new("/job-", "x").ephemeral_sequential()).await?;
    /// assert_eq!(path, "/job-0000000000");
    /// zk.call(SetData::new(&path, "y").version(0)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn call<R: Request>(&self, request: R) -> M::Output<R::Response> {
        self.ask(&request)
    }

    /// Runs any machine.
    pub fn run<R, T>(&self, machine: R) -> M::Output<T>
    where
        R: Machine<Output = Result<T, Error>>,
        T: Send + 'static,
    {
        self.start(machine, Box::new(|result| result))
    }

    /// Lets the server catch up with the leader: reads that follow see what was written before.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// zk.sync("/").await?;
    /// zk.get("/").await?; // sees what anybody had written before
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// None that the server says, unless it is read-only.
    pub fn sync(&self, path: &str) -> M::Output<String> {
        self.call(Sync::new(path))
    }

    /// Lists the identities of the connection (ZooKeeper 3.7).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// let identities = zk.who_am_i().await?;
    /// assert_eq!((&*identities[0].scheme, &*identities[0].user), ("ip", "127.0.0.1"));
    /// # Ok(())
    /// # }
    /// ```
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
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// assert_eq!(zk.config().await?.data, "");
    /// # Ok(())
    /// # }
    /// ```
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
    /// ```
    /// use zk_tokio::{Acl, Create};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// zk.add_auth("digest", "user:password").await?;
    /// zk.call(Create::new("/mine", "").acl(Acl::CREATOR)).await?;
    /// # Ok(())
    /// # }
    /// ```
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

    /// Waits until the queue of requests has room. Another caller may take it first.
    ///
    /// ```
    /// use zk_tokio::{Client, Limits};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// let limits = Limits { queue_requests: 10, ..Limits::default() };
    /// let zk = Client::builder().limits(limits).connect(&server.connect_string()).await?;
    /// for number in 0..1_000 {
    ///     zk.ready().await?; // without it, some would be refused: the queue is full
    ///     zk.set("/", format!("{number}")).detach();
    /// }
    /// zk.ready().await?;
    /// assert_eq!(zk.get("/").await?.stat.version, 1_000);
    /// # Ok(())
    /// # }
    /// ```
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
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// zk.create_all("/app/config", "v1").await?;
    /// let app = zk.chroot("/app");
    /// assert_eq!(app.get("/config").await?.data, "v1");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn chroot(&self, path: &str) -> Self {
        self.with_view(|view| Ok(View { chroot: view.chroot.join(path)?, ..*view }))
    }

    /// The same session, for operations that are to be answered within this time, in whichever
    /// way: [`DeadlineExceeded`](zk_proto::ErrorKind::DeadlineExceeded) if there is no other answer by then.
    ///
    /// ```
    /// use std::time::Duration;
    /// use zk_tokio::ErrorKind;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// server.freeze();
    /// let reply = zk.within(Duration::from_millis(50)).get("/");
    /// let error = reply.await.unwrap_err();
    /// assert!(matches!(error.kind(), ErrorKind::DeadlineExceeded(_)));
    /// # Ok(())
    /// # }
    /// ```
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

    /// Why no request succeeds any more, once the session is over.
    #[must_use]
    pub fn final_error(&self) -> Option<Error> {
        self.hold.shared().lock().session.final_error()
    }

    /// Where the session stands, and each change of that.
    ///
    /// ```
    /// use zk_tokio::State;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// let mut states = zk.states();
    /// assert_eq!(states.next().await, Some(State::Connected));
    /// server.expire_session(zk.session_id());
    /// while let Some(state) = states.next().await {
    ///     println!("{state}"); // suspended, expired
    /// }
    /// assert_eq!(zk.state(), State::Expired);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn states(&self) -> States<M> {
        States::new(self.hold.shared().clone())
    }

    /// The session's number; 0 before the first connection.
    #[must_use]
    pub fn session_id(&self) -> i64 {
        self.hold.shared().lock().session.id()
    }

    /// The present moment, by the clock of the session, by which its deadlines are.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.hold.shared().now()
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

    /// Why the servers could not be reached, since one last could: what a program tells its user
    /// while the session is not connected.
    ///
    /// ```
    /// use zk_tokio::Client;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let nobody = "127.0.0.1:1"; // nothing listens there
    /// let zk = Client::builder().open(nobody)?;
    /// while zk.failures().is_empty() {
    ///     tokio::task::yield_now().await; // the session is trying
    /// }
    /// assert_eq!(zk.failures()[0].host.to_string(), nobody);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn failures(&self) -> Vec<Failure> {
        self.hold.shared().lock().session.failures().to_vec()
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
    /// ```
    /// use zk_tokio::{Client, State};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let ensemble = zk_server::Ensemble::start(3)?;
    /// let zk = Client::connect(&ensemble.member(0).connect_string()).await?;
    /// let mut states = zk.states();
    /// zk.replace_servers(&ensemble.member(1).connect_string())?;
    /// while states.next().await != Some(State::Suspended) {}
    /// while states.next().await != Some(State::Connected) {}
    /// assert_eq!(zk.server().map(|server| server.address), Some(ensemble.member(1).address()));
    /// # Ok(())
    /// # }
    /// ```
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
    /// ```
    /// use zk_tokio::Create;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// zk.call(Create::new("/here", "").ephemeral()).await?;
    /// zk.close().await?;
    /// assert!(server.sessions().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// None: whatever happens, the session is over.
    pub fn close(self) -> M::Output<()> {
        self.run(Close)
    }

    /// Ends all handles of the session, but not the session: whoever has the ticket can go on
    /// with it until it expires. `None` if there is none yet.
    ///
    /// ```
    /// use zk_tokio::Client;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// let id = zk.session_id();
    /// let ticket = zk.detach().expect("it is connected");
    /// let zk = Client::builder().resume(ticket).connect(&server.connect_string()).await?;
    /// assert_eq!(zk.session_id(), id);
    /// # Ok(())
    /// # }
    /// ```
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
