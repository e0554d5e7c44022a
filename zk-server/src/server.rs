//! A server that stands alone.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use zk_proto::{Create, ErrorCode};

use crate::host::Host;
use crate::{Builder, Engine, Rule, RuleId, SessionInfo};

/// A ZooKeeper server inside this process, which keeps its data in memory.
///
/// It serves on a free port of 127.0.0.1 from the moment it is there, and is gone with the last
/// byte of it when it is dropped. All its methods can be called from any thread; each has done its
/// work when it returns.
///
/// It is for tests and demos. Production is an Apache ZooKeeper ensemble.
///
/// ```
/// use zk_server::Server;
///
/// let server = Server::start()?;
/// println!("connect to {}", server.connect_string());
/// server.drop_connections(); // clients reconnect, and go on with their sessions
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Server {
    pub(crate) host: Host,
}

impl Server {
    /// Starts a server with the defaults.
    ///
    /// # Errors
    ///
    /// When the system has no port, descriptor or thread to give.
    pub fn start() -> io::Result<Self> {
        Self::builder().start()
    }

    /// How to start a server with other than the defaults.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Where it serves clients.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.host.address(0)
    }

    /// Where it serves clients, as a client takes it: `127.0.0.1:` and the port.
    #[must_use]
    pub fn connect_string(&self) -> String {
        self.address().to_string()
    }

    /// Where it serves clients that speak TLS, if the [`Builder`] was told how.
    #[must_use]
    pub fn secure_address(&self) -> Option<SocketAddr> {
        self.host.secure_address(0)
    }

    /// Where it serves clients that speak TLS, as a client takes it.
    #[must_use]
    pub fn secure_connect_string(&self) -> Option<String> {
        self.secure_address().map(|address| address.to_string())
    }

    /// Stops serving: all connections are closed and new ones refused. Nodes and sessions are
    /// kept; no session expires meanwhile.
    pub fn stop(&self) {
        self.host.kill(0);
    }

    /// Serves again after [`stop`](Self::stop), at the same address.
    ///
    /// # Errors
    ///
    /// When the address is in use, which only happens on systems other than Linux, or the system
    /// has no descriptor to give.
    pub fn restart(&self) -> io::Result<()> {
        self.host.restart(0)
    }

    /// Stands still: connections stay open and are made, but nothing is read or answered.
    pub fn freeze(&self) {
        self.host.control(|engine, now| engine.freeze(now, 0));
    }

    /// Goes on after [`freeze`](Self::freeze).
    pub fn thaw(&self) {
        self.host.control(|engine, now| engine.thaw(now, 0));
    }

    /// Closes all connections; new ones are taken.
    pub fn drop_connections(&self) {
        self.host.control(|engine, now| engine.drop_connections(now, None));
    }

    /// Lets a session expire at once: its ephemeral nodes and its connection go. False if there is
    /// no such session.
    pub fn expire_session(&self, id: i64) -> bool {
        self.host.control(|engine, now| engine.expire_session(now, id))
    }

    /// Forgets all sessions, as a server that was set up anew: their connections are closed, their
    /// ephemeral nodes go, and no client can go on with its session.
    pub fn forget_sessions(&self) {
        self.host.control(Engine::forget_sessions);
    }

    /// Serves reads only, as a server that has lost its ensemble, or everything again. Either
    /// closes all connections. Meanwhile only clients are served that allow for a read-only
    /// server, in sessions that end with it; those that were open before wait.
    pub fn set_read_only(&self, read_only: bool) {
        self.host.control(|engine, now| engine.set_read_only(now, read_only));
    }

    /// Creates a node, as the super user and without a client; answers its path.
    ///
    /// # Errors
    ///
    /// The code that a client would be answered.
    pub fn create(&self, create: &Create<'_>) -> Result<String, ErrorCode> {
        self.host.control(|engine, now| engine.create(now, create))
    }

    /// Does something to requests that a predicate picks: see [`Rule`].
    pub fn add_rule(&self, rule: Rule) -> RuleId {
        self.host.control(|engine, _| engine.add_rule(rule))
    }

    /// Ends a rule; false if it has ended. What it holds back stays so.
    pub fn remove_rule(&self, id: RuleId) -> bool {
        self.host.control(|engine, _| engine.remove_rule(id))
    }

    /// The sessions that it knows, connected or not.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionInfo> {
        self.inspect(|engine| engine.sessions().collect())
    }

    /// How many connections are open.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.inspect(Engine::connections)
    }

    /// The number of the last transaction.
    #[must_use]
    pub fn last_zxid(&self) -> i64 {
        self.inspect(Engine::last_zxid)
    }

    /// Looks at anything, while nothing changes.
    ///
    /// # Panics
    ///
    /// If `look` calls a method of a server.
    pub fn inspect<T>(&self, look: impl FnOnce(&Engine) -> T) -> T {
        self.host.inspect(look)
    }

    /// Waits until something is true, by the system's clock; false if that takes longer than
    /// `limit`. It is looked at after every change.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use zk_server::{Engine, Server};
    /// # let server = Server::start()?;
    /// let alone = server.wait_until(Duration::from_secs(5), |engine| engine.connections() == 0);
    /// assert!(alone);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If `holds` calls a method of a server.
    #[must_use]
    pub fn wait_until(&self, limit: Duration, holds: impl FnMut(&Engine) -> bool) -> bool {
        self.host.wait_until(limit, holds)
    }
}
