//! Opening a session.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::io;
use std::time::Duration;

use zk_proto::{
    AuthPacket, Config, ConnectString, Error, ErrorKind, Limits, Mechanism, Misuse, Ticket,
};

use crate::machine::connect::Connect;
use crate::machine::follow::Follow;
use crate::slot::Slot;
use crate::tls::Tls;
use crate::{Client, Clock, Driver, Exchange, Mode, Reply};

/// How long a server may take to answer a word.
const WORD_TIMEOUT: Duration = Duration::from_secs(5);

/// What an adapter brings: a clock, and something that moves bytes.
pub trait Runtime: Mode {
    /// What makes connections; the default one makes TCP connections.
    type Connector: Default + Send;

    /// A clock for one session.
    fn clock() -> Clock;

    /// Moves the bytes of a session until it is over, in the background.
    ///
    /// # Errors
    ///
    /// There is nothing to do it with, such as a thread.
    fn spawn(driver: Driver, connector: Self::Connector) -> io::Result<()>;

    /// Carries an exchange out, once: in the background, or in this thread if that is how callers
    /// wait.
    ///
    /// # Errors
    ///
    /// There is nothing to do it with.
    fn ask(exchange: Exchange, connector: Self::Connector) -> io::Result<()>;
}

/// How to open a session: [`Client::builder`] begins, [`connect`](Self::connect) or
/// [`open`](Self::open) ends.
pub struct Builder<M: Runtime> {
    session_timeout: Duration,
    connect_timeout: Option<Duration>,
    attempt_timeout: Option<Duration>,
    read_only: bool,
    follow_reconfig: bool,
    resume: Option<Ticket>,
    auth: Vec<AuthPacket>,
    sasl: Option<Box<dyn Mechanism>>,
    limits: Limits,
    watch_buffer: usize,
    seed: Option<u64>,
    tls: Option<Tls>,
    connector: M::Connector,
}

impl<M: Runtime> Builder<M> {
    pub(crate) fn new() -> Self {
        let defaults = Config::new(Vec::new());
        Self {
            session_timeout: defaults.session_timeout,
            connect_timeout: None,
            attempt_timeout: None,
            read_only: false,
            follow_reconfig: false,
            resume: None,
            auth: Vec::new(),
            sasl: None,
            limits: defaults.limits,
            watch_buffer: 256,
            seed: None,
            tls: None,
            connector: M::Connector::default(),
        }
    }

    /// The session timeout to ask for: how long the session outlives its connection. Servers
    /// grant 2 to 20 of their ticks; 10 s unless told otherwise.
    #[must_use]
    pub fn session_timeout(self, timeout: Duration) -> Self {
        Self { session_timeout: timeout, ..self }
    }

    /// How long [`connect`](Self::connect) tries before it gives up: the session timeout unless
    /// told otherwise. Also how long [`ask`](Self::ask) may take.
    #[must_use]
    pub fn connect_timeout(self, timeout: Duration) -> Self {
        Self { connect_timeout: Some(timeout), ..self }
    }

    /// How long one attempt may take at one address: name, connection and handshake together. The
    /// session timeout divided by the number of servers, or by three if there are fewer, unless
    /// told otherwise.
    #[must_use]
    pub fn attempt_timeout(self, timeout: Duration) -> Self {
        Self { attempt_timeout: Some(timeout), ..self }
    }

    /// Whether a server that can only read will do while no other is to be found. The session
    /// then keeps looking for one that can write.
    ///
    /// ```
    /// use zk_tokio::{Client, State};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// server.set_read_only(true);
    /// let zk = Client::builder().read_only(true).connect(&server.connect_string()).await?;
    /// assert_eq!(zk.state(), State::ConnectedReadOnly);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn read_only(self, allowed: bool) -> Self {
        Self { read_only: allowed, ..self }
    }

    /// Whether to follow the ensemble when its members change, by its configuration node.
    #[must_use]
    pub fn follow_reconfig(self, follow: bool) -> Self {
        Self { follow_reconfig: follow, ..self }
    }

    /// Resumes this session instead of opening a new one.
    ///
    /// ```
    /// use zk_tokio::Client;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let servers = server.connect_string();
    /// let zk = Client::connect(&servers).await?;
    /// let session = zk.session_id();
    /// let ticket = zk.detach().ok_or("it was connected")?;
    /// let zk = Client::builder().resume(ticket).connect(&servers).await?;
    /// assert_eq!(zk.session_id(), session);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn resume(self, ticket: Ticket) -> Self {
        Self { resume: Some(ticket), ..self }
    }

    /// Adds an identity to each connection; for the scheme `digest` the data is `user:password`,
    /// which travels in clear unless the connection is encrypted.
    ///
    /// ```
    /// use zk_tokio::{Acl, Client, Create};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let servers = server.connect_string();
    /// let zk = Client::builder().auth("digest", "user:password").connect(&servers).await?;
    /// zk.call(Create::new("/secret", "x").acl(Acl::CREATOR)).await?;
    /// let stranger = Client::connect(&servers).await?;
    /// assert!(stranger.get("/secret").await.is_err());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn auth(mut self, scheme: &str, data: impl AsRef<[u8]>) -> Self {
        self.auth.push(AuthPacket::new(scheme, data.as_ref()));
        self
    }

    /// Authenticates each connection by SASL, before anything else is sent on it. A server that
    /// refuses, or that does not prove to be the right one, ends the session
    /// ([`ErrorKind::AuthFailed`]).
    ///
    /// For passwords there is `digest_md5`, with the feature of that name; how to write another
    /// mechanism is told in [`sasl`](crate::sasl).
    #[must_use]
    pub fn sasl(self, mechanism: impl Mechanism + 'static) -> Self {
        Self { sasl: Some(Box::new(mechanism)), ..self }
    }

    /// Authenticates each connection as this user by SASL's DIGEST-MD5, by which server and client
    /// prove to each other that they know the password. It is for the users of
    /// `DigestLoginModule` in a server's JAAS configuration, and whoever has logged in is
    /// `sasl:user` in access control lists.
    ///
    /// Each exchange takes random bytes from the operating system; if it has none to give, the
    /// session ends with [`ErrorKind::AuthFailed`]. What the mechanism is worth is told in
    /// [`digest_md5`](crate::digest_md5): use it within TLS.
    ///
    /// ```
    /// use zk_server::{Config, Server};
    /// use zk_tokio::{Acl, Client, Create};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sasl_users = [("bob".into(), "secret".into())].into();
    /// let config = Config { sasl_users, ..Config::default() };
    /// let server = Server::builder().config(config).start()?;
    ///
    /// let zk = Client::builder()
    ///     .digest_md5("bob", "secret")
    ///     .connect(&server.connect_string())
    ///     .await?;
    /// zk.call(Create::new("/bob", "his own").acl(Acl::CREATOR)).await?;
    /// let owner = &zk.acl("/bob").await?.acl[0];
    /// assert_eq!((&*owner.scheme, &*owner.id), ("sasl", "bob"));
    ///
    /// let stranger = Client::builder().digest_md5("bob", "guessed");
    /// let error = stranger.connect(&server.connect_string()).await.unwrap_err();
    /// assert!(error.to_string().starts_with("authentication failed (SASL: refused by the server"));
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "digest-md5")]
    #[must_use]
    pub fn digest_md5(self, user: &str, password: &str) -> Self {
        self.sasl(crate::password::Password::new(user, password))
    }

    /// How much to keep in flight and in the queue, and the longest messages.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// How many changes a watch keeps for a slow reader before it says `Resync`: 256 unless told
    /// otherwise, at least one.
    #[must_use]
    pub fn watch_buffer(self, changes: usize) -> Self {
        Self { watch_buffer: changes, ..self }
    }

    /// Where chance comes from: the order of the servers, and the pauses between attempts. From
    /// the operating system unless told otherwise.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed: Some(seed), ..self }
    }

    /// Speaks TLS to all servers; see [`tls`](crate::tls). Without it, connections are not
    /// encrypted.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(self, tls: Tls) -> Self {
        Self { tls: Some(tls), ..self }
    }

    /// What makes connections.
    #[must_use]
    pub fn connector(self, connector: impl Into<M::Connector>) -> Self {
        Self { connector: connector.into(), ..self }
    }

    /// Opens the session and waits until it is connected.
    ///
    /// # Errors
    ///
    /// The connect string is invalid ([`ErrorKind::Misuse`]); no server could be reached in time
    /// ([`ErrorKind::Unreachable`], which names each and says why); or the session was refused
    /// ([`ErrorKind::SessionExpired`], [`ErrorKind::AuthFailed`]).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives the session up.
    pub fn connect(self, servers: &str) -> M::Output<Client<M>> {
        let timeout = self.connect_timeout.unwrap_or(self.session_timeout);
        match self.open(servers) {
            Ok(client) => {
                let connected = client.clone();
                let wrap = move |result: Result<(), Error>| result.map(|()| connected);
                client.start(Connect { timeout }, Box::new(wrap))
            }
            Err(error) => M::finish(Reply::ready(Err(error))),
        }
    }

    /// Opens the session without waiting: requests wait until it is connected, for as long as it
    /// takes or until their own deadline.
    ///
    /// # Errors
    ///
    /// The connect string is invalid ([`ErrorKind::Misuse`]).
    pub fn open(self, servers: &str) -> Result<Client<M>, Error> {
        let servers: ConnectString = parse(servers)?;
        let seed = self.seed.unwrap_or_else(|| RandomState::new().hash_one(0_u8));
        let config = Config {
            hosts: servers.hosts,
            session_timeout: self.session_timeout,
            connect_timeout: self.attempt_timeout,
            read_only: self.read_only,
            resume: self.resume,
            auth: self.auth,
            sasl: self.sasl,
            limits: self.limits,
            seed,
        };
        let (root, mut driver) = crate::new::<M>(config, self.watch_buffer, M::clock());
        driver.encrypt(self.tls);
        let client = root.at(servers.chroot);
        M::spawn(driver, self.connector).map_err(|error| cannot_start(&error))?;
        if self.follow_reconfig {
            client.start_detached(Follow::new());
        }
        Ok(client)
    }

    /// Asks one server a four-letter word, such as `ruok`, `srvr` or `mntr`, without a session.
    /// `server` is written `host[:port]`; if the name has several addresses, the first that can be
    /// connected to is asked. All of it may take the [`connect_timeout`](Self::connect_timeout),
    /// which is 5 s here unless told otherwise. The answer is what the server says until it closes
    /// the connection, at most 1 MiB; what is not UTF-8 in it is replaced by U+FFFD.
    ///
    /// A server answers only the words that its configuration lists in `4lw.commands.whitelist`,
    /// and says so of the others.
    ///
    /// ```
    /// use zk_tokio::Client;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let address = server.connect_string();
    /// let answer = Client::builder().ask(&address, "ruok").await?;
    /// assert_eq!(answer, "imok");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The server is not one, or the word has not four letters ([`ErrorKind::Misuse`]); there is no
    /// connection to be had, or not in time ([`ErrorKind::Unreachable`], which names each address
    /// and says why); the word was sent, but the server closed the connection without an answer,
    /// did not end it in time, or said too much ([`ErrorKind::Unanswered`]).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future does not take the word back.
    pub fn ask(self, server: &str, word: &str) -> M::Output<String> {
        let slot = Slot::new();
        let timeout = self.connect_timeout.unwrap_or(WORD_TIMEOUT);
        let exchange = Exchange::word(server, word, timeout, self.tls, slot.clone());
        let started = exchange.and_then(|exchange| {
            M::ask(exchange, self.connector).map_err(|error| cannot_start(&error))
        });
        M::finish(match started {
            Ok(()) => Reply::alone(slot),
            Err(error) => Reply::ready(Err(error)),
        })
    }
}

fn cannot_start(error: &io::Error) -> Error {
    ErrorKind::Unreachable(format!("cannot start: {error}").into()).into()
}

pub(crate) fn parse(servers: &str) -> Result<ConnectString, Error> {
    servers.parse().map_err(|error: zk_proto::ConnectStringError| {
        Misuse::Text(error.to_string().into()).into()
    })
}

impl<M: Runtime> fmt::Debug for Builder<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("session_timeout", &self.session_timeout)
            .field("read_only", &self.read_only)
            .field("auth", &self.auth)
            .finish_non_exhaustive()
    }
}
