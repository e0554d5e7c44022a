//! What a session is made of.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

use crate::session::ticket::Ticket;
use crate::{Host, Mechanism};

/// What a session is made of.
///
/// ```
/// use zk_proto::{Config, ConnectString};
///
/// let servers: ConnectString = "zk1,zk2,zk3".parse()?;
/// let config = Config { read_only: true, ..Config::new(servers.hosts) };
/// # Ok::<(), zk_proto::ConnectStringError>(())
/// ```
#[derive(Debug)]
pub struct Config {
    /// The servers; at least one.
    pub hosts: Vec<Host>,
    /// The session timeout to ask for. Servers grant 2 to 20 of their ticks.
    pub session_timeout: Duration,
    /// How long an attempt may take: name, connection, TLS and handshake together. `None` is the
    /// session timeout divided by the number of servers, or by three if there are fewer.
    pub connect_timeout: Option<Duration>,
    /// Whether a read-only server will do while no other can be found.
    pub read_only: bool,
    /// The session to resume.
    pub resume: Option<Ticket>,
    /// The identities to add to each connection: scheme and data.
    pub auth: Vec<AuthPacket>,
    /// How to authenticate by SASL, if at all.
    pub sasl: Option<Box<dyn Mechanism>>,
    /// How much to keep in flight and in the queue.
    pub limits: Limits,
    /// Where chance comes from: the order of the servers and the delays between attempts follow
    /// from it. Two clients should not have the same.
    pub seed: u64,
}

impl Config {
    /// The defaults, for these servers: a session timeout of 10 s.
    #[must_use]
    pub fn new(hosts: Vec<Host>) -> Self {
        Self {
            hosts,
            session_timeout: Duration::from_secs(10),
            connect_timeout: None,
            read_only: false,
            resume: None,
            auth: Vec::new(),
            sasl: None,
            limits: Limits::default(),
            seed: 0,
        }
    }
}

/// How much a session keeps, and the longest messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest frame to accept, in bytes. A server's answer can be longer than its own limit
    /// for requests: 4 MiB leave room for what a default server can hold in one node, or in a
    /// list of 100,000 children.
    pub frame_in: usize,
    /// The longest request that the server accepts, in bytes: its `jute.maxbuffer`, of which
    /// 1,048,575 is the default.
    pub frame_out: usize,
    /// How many requests may be sent and not answered yet: 1,000 keep a server busy over a long
    /// line, and are Apache ZooKeeper's own limit before it stops reading.
    pub window_requests: usize,
    /// How many bytes they may have; a single request may have more. 1 MiB fills the buffers of
    /// a usual socket.
    pub window_bytes: usize,
    /// How many requests may wait behind the window: 10,000 are a second of a busy server.
    pub queue_requests: usize,
    /// How many bytes they may have: 64 MiB.
    pub queue_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame_in: 4 << 20,
            frame_out: 0xf_ffff,
            window_requests: 1_000,
            window_bytes: 1 << 20,
            queue_requests: 10_000,
            queue_bytes: 64 << 20,
        }
    }
}

/// An identity to add to each connection.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthPacket {
    /// How it is established.
    pub scheme: Box<str>,
    /// What establishes it: a secret. For `digest`, `user:password`.
    pub data: Box<[u8]>,
}

impl AuthPacket {
    /// An identity.
    #[must_use]
    pub fn new(scheme: impl Into<Box<str>>, data: impl Into<Box<[u8]>>) -> Self {
        Self { scheme: scheme.into(), data: data.into() }
    }
}

impl core::fmt::Debug for AuthPacket {
    /// Without the data.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("AuthPacket").field("scheme", &self.scheme).finish_non_exhaustive()
    }
}
