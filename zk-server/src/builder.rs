//! How to start servers with other than the defaults.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
#[cfg(feature = "tls")]
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use zk_proto::Instant;

use crate::clock::{Clock, Time};
use crate::host::{Entrance, Host, Protocol};
use crate::{Config, Ensemble, Server};

/// Options of a [`Server`] or an [`Ensemble`].
///
/// ```
/// use std::time::Duration;
/// use zk_server::{Config, Server};
///
/// let tick = Duration::from_millis(100); // session timeouts of 0.2 s to 2 s
/// let server = Server::builder().config(Config { tick, ..Config::default() }).start()?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Builder {
    config: Config,
    listen: Vec<SocketAddr>,
    clock: Option<Clock>,
    /// How clients speak at entrances beside the plain ones, if there are any.
    secure: Option<Protocol>,
    secure_listen: Vec<SocketAddr>,
}

impl Builder {
    /// The defaults: free ports of 127.0.0.1, the clock of the system.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How it behaves. The number of members and their addresses are set when it starts; without an
    /// [`epoch`](Config::epoch), the time of day is that of the system.
    #[must_use]
    pub fn config(self, config: Config) -> Self {
        Self { config, ..self }
    }

    /// The address of the next member; those without are at free ports of 127.0.0.1. With port 0,
    /// a free one is taken.
    ///
    /// Whoever reaches that address can read and write everything that its access control lists
    /// leave open: keep to addresses of the loopback interface.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen.push(address);
        self
    }

    /// Each member serves TLS too, on a port beside its plain one. The configuration says which
    /// certificate it shows, and whether clients must show one.
    ///
    /// A client that does is known by the subject of its certificate: to access control lists, it
    /// is `x509:` and that name, as Apache's `X509AuthenticationProvider` has it, such as
    /// `CN=client,O=Example`. Clients that never finish their handshake are closed when
    /// [`Limits::handshake`](crate::Limits::handshake) is over.
    ///
    /// ```
    /// use rustls::crypto::ring::default_provider;
    /// use rustls::{DEFAULT_VERSIONS, ServerConfig};
    ///
    /// let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
    /// let config = ServerConfig::builder_with_provider(default_provider().into())
    ///     .with_protocol_versions(DEFAULT_VERSIONS)?
    ///     .with_no_client_auth()
    ///     .with_single_cert(vec![made.cert.der().clone()], made.signing_key.into())?;
    /// let server = zk_server::Server::builder().tls(config.into()).start()?;
    /// assert!(server.secure_connect_string().is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(self, config: Arc<rustls::ServerConfig>) -> Self {
        Self { secure: Some(Protocol::Tls(config)), ..self }
    }

    /// The address at which the next member serves TLS, as [`listen`](Self::listen) is that of its
    /// plain port.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn secure_listen(mut self, address: SocketAddr) -> Self {
        self.secure_listen.push(address);
        self
    }

    /// A clock that the test holds, in place of the system's.
    #[must_use]
    pub fn clock(self, clock: &Clock) -> Self {
        Self { clock: Some(clock.clone()), ..self }
    }

    /// Starts a server that stands alone.
    ///
    /// # Errors
    ///
    /// When its address is in use, or the system has no descriptor or thread to give.
    pub fn start(self) -> io::Result<Server> {
        self.host(1).map(|host| Server { host })
    }

    /// Starts an ensemble of `size` members, the first of which leads.
    ///
    /// # Errors
    ///
    /// Those of [`start`](Self::start).
    ///
    /// # Panics
    ///
    /// If `size` is 0.
    pub fn start_ensemble(self, size: usize) -> io::Result<Ensemble> {
        assert!(size > 0, "an ensemble has one member at least");
        self.host(size).map(|host| Ensemble { host })
    }

    fn host(self, members: usize) -> io::Result<Host> {
        let time = self.clock.map_or_else(Time::system, Time::Manual);
        let mut entrances = entrances(&self.listen, &Protocol::Plain, members);
        let mut config = Config { members, ..self.config };
        if let Some(protocol) = &self.secure {
            entrances.extend(self::entrances(&self.secure_listen, protocol, members));
            config.x509 = true;
        }
        if config.epoch.is_zero() {
            config.epoch =
                since_1970().saturating_sub(time.now().saturating_since(Instant::ORIGIN));
        }
        Host::start(config, entrances, time)
    }
}

/// One for each member; those without an address are at free ports of 127.0.0.1.
fn entrances(listen: &[SocketAddr], protocol: &Protocol, members: usize) -> Vec<Entrance> {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let addresses = listen.iter().copied().chain(std::iter::repeat(anywhere));
    let entrance = |(member, address)| Entrance { member, address, protocol: protocol.clone() };
    (0..members).zip(addresses).map(entrance).collect()
}

/// By the clock of the system; 0 if that is before.
fn since_1970() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
