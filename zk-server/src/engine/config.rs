//! What a server is told when it is made.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use super::words::Words;

/// How an ensemble behaves. The defaults are those of Apache ZooKeeper, unless said otherwise.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "switches that do not depend on one another")]
pub struct Config {
    /// How many members it has: 1 is a standalone server.
    pub members: usize,
    /// The unit of time, of which sessions last 2 to 20: 2 s.
    pub tick: Duration,
    /// The shortest session timeout, if it is not 2 ticks.
    pub min_session_timeout: Option<Duration>,
    /// The longest session timeout, if it is not 20 ticks.
    pub max_session_timeout: Option<Duration>,
    /// The time since 1970 at [`Instant::ORIGIN`](zk_proto::Instant::ORIGIN).
    pub epoch: Duration,
    /// How much it takes.
    pub limits: Limits,
    /// How often containers and nodes with a time to live are looked after: 60 s.
    pub container_check: Duration,
    /// How long nobody serves after the leader was lost: not at all.
    pub election: Duration,
    /// Refuse writes above the hard limits under `/zookeeper/quota`: no.
    pub enforce_quota: bool,
    /// Allow reconfiguration: no.
    pub reconfig: bool,
    /// Members that are too few to write serve reads: no.
    pub read_only: bool,
    /// Read-only members open sessions of their own: yes, which is not Apache's default.
    pub local_sessions: bool,
    /// Allow nodes with a time to live: yes, which is not Apache's default.
    pub ttl_nodes: bool,
    /// Who may do everything: a user, a colon and a hash as [`zk_proto::digest::identity`] gives it.
    pub super_user: Option<String>,
    /// Users of SASL's DIGEST-MD5, with their passwords; with none there is no SASL.
    pub sasl_users: BTreeMap<String, String>,
    /// Refuse everything from who did not authenticate by SASL: no.
    pub require_sasl: bool,
    /// Access control lists may speak of the scheme `x509`: no, unless clients come over TLS.
    pub x509: bool,
    /// The four-letter words that are answered.
    pub words: Words,
    /// Where clients reach the members, for what they tell of themselves.
    pub addresses: Vec<SocketAddr>,
}

/// How much a server takes; Apache's defaults in brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request: 1,048,575 (the same).
    pub frame: usize,
    /// Connections of a member: 16,384 (no limit).
    pub connections: usize,
    /// Connections of a member from one address: as many (60).
    pub connections_per_address: usize,
    /// How long a connection may take to say what it wants: 5 s (10 to 20).
    pub handshake: Duration,
    /// How long a request may take from its first byte to its last, and an answer to be read: 10 s
    /// (no limit).
    pub transfer: Duration,
    /// Requests of a connection that wait for their answer, until it is not read any more: 1,000
    /// (1,000 for all connections together).
    pub outstanding: usize,
    /// Bytes of these: 16 MiB.
    pub outstanding_size: usize,
    /// Bytes of answers that wait to be read, until no more requests are read: 4 MiB. Events beyond
    /// four times as much close the connection.
    pub output: usize,
    /// Watches of a connection: 100,000 (no limit). More are answered with a system error.
    pub watches: usize,
    /// Znodes: no limit. More are answered with a system error.
    pub nodes: usize,
    /// Bytes of data and paths: no limit. More are answered with a system error.
    pub size: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            members: 1,
            tick: Duration::from_secs(2),
            min_session_timeout: None,
            max_session_timeout: None,
            epoch: Duration::ZERO,
            limits: Limits::default(),
            container_check: Duration::from_secs(60),
            election: Duration::ZERO,
            enforce_quota: false,
            reconfig: false,
            read_only: false,
            local_sessions: true,
            ttl_nodes: true,
            super_user: None,
            sasl_users: BTreeMap::new(),
            require_sasl: false,
            x509: false,
            words: Words::default(),
            addresses: Vec::new(),
        }
    }
}

impl Config {
    /// What a client gets that asks for this session timeout, in milliseconds.
    pub(super) fn session_timeout(&self, wanted: i32) -> Duration {
        let wanted = Duration::from_millis(u64::try_from(wanted).unwrap_or(0));
        wanted.max(self.shortest()).min(self.longest())
    }

    /// The shortest session timeout.
    pub(crate) fn shortest(&self) -> Duration {
        self.min_session_timeout.unwrap_or(self.tick * 2)
    }

    /// The longest session timeout.
    pub(crate) fn longest(&self) -> Duration {
        self.max_session_timeout.unwrap_or(self.tick * 20)
    }
}

impl fmt::Debug for Config {
    /// Without passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("members", &self.members)
            .field("tick", &self.tick)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame: 0xf_ffff,
            connections: 16_384,
            connections_per_address: 16_384,
            handshake: Duration::from_secs(5),
            transfer: Duration::from_secs(10),
            outstanding: 1000,
            outstanding_size: 16 << 20,
            output: 4 << 20,
            watches: 100_000,
            nodes: usize::MAX,
            size: usize::MAX,
        }
    }
}
