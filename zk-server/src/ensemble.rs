//! Several servers over one tree.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use zk_proto::{Create, ErrorCode};

use crate::host::Host;
use crate::{Builder, Engine, Lag, Rule, RuleId, SessionInfo};

/// An ensemble of ZooKeeper servers inside this process, which keep their data in memory.
///
/// Its members, counted from 0, are addresses over one tree: they agree by themselves, unless they
/// are made to [lag](Member::lag). A majority of them has to be up and one of them lead, as in an
/// ensemble of Apache ZooKeeper; who leads is settled at once, or after
/// [`election`](crate::Config::election).
///
/// All of its methods can be called from any thread; each has done its work when it returns. All
/// members are gone when it is dropped.
///
/// ```
/// use zk_server::Ensemble;
///
/// let ensemble = Ensemble::start(3)?;
/// println!("connect to {}", ensemble.connect_string());
/// let leader = ensemble.leader().expect("all are up");
/// ensemble.member(leader).kill();
/// assert_ne!(ensemble.leader(), Some(leader));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Ensemble {
    pub(crate) host: Host,
}

/// A member of an [`Ensemble`].
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    host: &'a Host,
    index: usize,
}

impl Ensemble {
    /// Starts an ensemble of `size` members with the defaults, the first of which leads.
    ///
    /// # Errors
    ///
    /// When the system has no port, descriptor or thread to give.
    ///
    /// # Panics
    ///
    /// If `size` is 0.
    pub fn start(size: usize) -> io::Result<Self> {
        Self::builder().start_ensemble(size)
    }

    /// How to start an ensemble with other than the defaults.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// How many members it has, up or not.
    #[must_use]
    pub fn size(&self) -> usize {
        self.host.size()
    }

    /// The member `index`, counted from 0.
    ///
    /// # Panics
    ///
    /// If there is no such member.
    #[must_use]
    pub fn member(&self, index: usize) -> Member<'_> {
        assert!(index < self.size(), "there are {} members", self.size());
        Member { host: &self.host, index }
    }

    /// All members, in order.
    pub fn members(&self) -> impl Iterator<Item = Member<'_>> {
        (0..self.size()).map(|index| self.member(index))
    }

    /// Where all members serve clients, as a client takes it: `127.0.0.1:` and a port, with
    /// commas between them.
    #[must_use]
    pub fn connect_string(&self) -> String {
        let addresses: Vec<_> = self.members().map(|member| member.connect_string()).collect();
        addresses.join(",")
    }

    /// Where all members serve clients that speak TLS, if the [`Builder`] was told how, as a client
    /// takes it.
    #[must_use]
    pub fn secure_connect_string(&self) -> Option<String> {
        let addresses: Option<Vec<_>> =
            self.members().map(|member| member.secure_connect_string()).collect();
        addresses.map(|addresses| addresses.join(","))
    }

    /// The member that leads, if one does.
    #[must_use]
    pub fn leader(&self) -> Option<usize> {
        self.inspect(Engine::leader)
    }

    /// Closes all connections of all members; new ones are taken.
    pub fn drop_connections(&self) {
        self.host.control(|engine, now| engine.drop_connections(now, None));
    }

    /// As [`Server::expire_session`](crate::Server::expire_session).
    pub fn expire_session(&self, id: i64) -> bool {
        self.host.control(|engine, now| engine.expire_session(now, id))
    }

    /// As [`Server::forget_sessions`](crate::Server::forget_sessions).
    pub fn forget_sessions(&self) {
        self.host.control(Engine::forget_sessions);
    }

    /// As [`Server::set_read_only`](crate::Server::set_read_only), for all members.
    pub fn set_read_only(&self, read_only: bool) {
        self.host.control(|engine, now| engine.set_read_only(now, read_only));
    }

    /// As [`Server::create`](crate::Server::create).
    ///
    /// # Errors
    ///
    /// The code that a client would be answered.
    pub fn create(&self, create: &Create<'_>) -> Result<String, ErrorCode> {
        self.host.control(|engine, now| engine.create(now, create))
    }

    /// As [`Server::add_rule`](crate::Server::add_rule), for all members.
    pub fn add_rule(&self, rule: Rule) -> RuleId {
        self.host.control(|engine, _| engine.add_rule(rule))
    }

    /// As [`Server::remove_rule`](crate::Server::remove_rule).
    pub fn remove_rule(&self, id: RuleId) -> bool {
        self.host.control(|engine, _| engine.remove_rule(id))
    }

    /// The sessions that the ensemble knows, connected or not.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionInfo> {
        self.inspect(|engine| engine.sessions().collect())
    }

    /// How many connections are open, to all members.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.inspect(Engine::connections)
    }

    /// The number of the last transaction that was committed.
    #[must_use]
    pub fn last_zxid(&self) -> i64 {
        self.inspect(Engine::last_zxid)
    }

    /// As [`Server::inspect`](crate::Server::inspect).
    ///
    /// # Panics
    ///
    /// If `look` calls a method of a server.
    pub fn inspect<T>(&self, look: impl FnOnce(&Engine) -> T) -> T {
        self.host.inspect(look)
    }

    /// As [`Server::wait_until`](crate::Server::wait_until).
    ///
    /// # Panics
    ///
    /// If `holds` calls a method of a server.
    #[must_use]
    pub fn wait_until(&self, limit: Duration, holds: impl FnMut(&Engine) -> bool) -> bool {
        self.host.wait_until(limit, holds)
    }
}

impl Member<'_> {
    /// Which one it is, counted from 0.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// Where it serves clients.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.host.address(self.index)
    }

    /// Where it serves clients, as a client takes it: `127.0.0.1:` and the port.
    #[must_use]
    pub fn connect_string(&self) -> String {
        self.address().to_string()
    }

    /// Where it serves clients that speak TLS, if the [`Builder`] was told how.
    #[must_use]
    pub fn secure_address(&self) -> Option<SocketAddr> {
        self.host.secure_address(self.index)
    }

    /// Where it serves clients that speak TLS, as a client takes it.
    #[must_use]
    pub fn secure_connect_string(&self) -> Option<String> {
        self.secure_address().map(|address| address.to_string())
    }

    /// Whether it is there: not [killed](Self::kill), or [restarted](Self::restart) since.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.host.inspect(|engine| engine.is_up(self.index))
    }

    /// Kills it: its connections are closed and new ones refused. If it led, everybody's are
    /// closed, and another leads if a majority is left.
    pub fn kill(&self) {
        self.host.kill(self.index);
    }

    /// Starts it again after [`kill`](Self::kill), at the same address. It has missed nothing.
    ///
    /// # Errors
    ///
    /// When the address is in use, which only happens on systems other than Linux, or the system
    /// has no descriptor to give.
    pub fn restart(&self) -> io::Result<()> {
        self.host.restart(self.index)
    }

    /// Stands still: connections stay open and are made, but nothing is read or answered.
    pub fn freeze(&self) {
        self.host.control(|engine, now| engine.freeze(now, self.index));
    }

    /// Goes on after [`freeze`](Self::freeze).
    pub fn thaw(&self) {
        self.host.control(|engine, now| engine.thaw(now, self.index));
    }

    /// How far its view is behind the leader's from now on.
    pub fn lag(&self, lag: Lag) {
        self.host.control(|engine, now| engine.lag(now, self.index, lag));
    }

    /// Closes its connections; new ones are taken.
    pub fn drop_connections(&self) {
        self.host.control(|engine, now| engine.drop_connections(now, Some(self.index)));
    }
}
