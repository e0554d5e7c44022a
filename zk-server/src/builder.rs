//! How to start servers with other than the defaults.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, SystemTime};

use zk_proto::Instant;

use crate::clock::{Clock, Time};
use crate::host::Host;
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
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listen = self.listen.into_iter().chain(std::iter::repeat(anywhere)).take(members);
        let mut config = Config { members, ..self.config };
        if config.epoch.is_zero() {
            config.epoch =
                since_1970().saturating_sub(time.now().saturating_since(Instant::ORIGIN));
        }
        Host::start(config, &listen.collect::<Vec<_>>(), time)
    }
}

/// By the clock of the system; 0 if that is before.
fn since_1970() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
