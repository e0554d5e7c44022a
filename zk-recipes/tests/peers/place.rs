//! Where peers meet.

use std::fmt;
use std::time::Duration;

use zk_server::proxy::Proxy;
use zk_server::{Config, Server, apache};

/// How often containers are looked at, where that is often.
const TIDY: Duration = Duration::from_millis(100);

/// Who serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A real Apache ZooKeeper.
    Apache,
    /// The same, and connections of peers can be cut.
    Shaky,
    /// Our server, in this process.
    Embedded,
    /// The same, but it looks for containers that nobody needs all the time.
    Tidy,
}

/// A server of a place. It stops when this is dropped.
#[derive(Debug)]
pub(crate) struct Site {
    servers: String,
    /// Between it and the peers.
    proxy: Option<Proxy>,
    _running: Running,
}

#[derive(Debug)]
#[expect(dead_code, reason = "only to be dropped")]
enum Running {
    Apache(Box<apache::Server>),
    Embedded(Box<Server>),
}

impl Place {
    /// Those where all stories are told.
    pub(crate) const ALL: [Self; 2] = [Self::Apache, Self::Embedded];

    /// Starts its server.
    pub(crate) fn open(self) -> Site {
        match self {
            Self::Apache => apache(),
            Self::Shaky => {
                let site = apache();
                let proxy = Proxy::start(site.servers.parse().unwrap()).unwrap();
                Site { proxy: Some(proxy), ..site }
            }
            Self::Embedded => embedded(Config::default()),
            Self::Tidy => embedded(Config { container_check: TIDY, ..Config::default() }),
        }
    }
}

fn apache() -> Site {
    let server = apache::Server::start(&apache::Options::new()).unwrap();
    Site {
        servers: server.connect_string(),
        proxy: None,
        _running: Running::Apache(Box::new(server)),
    }
}

fn embedded(config: Config) -> Site {
    let server = Server::builder().config(config).start().unwrap();
    let servers = server.connect_string();
    Site { servers, proxy: None, _running: Running::Embedded(Box::new(server)) }
}

impl Site {
    /// Where peers connect to.
    pub(crate) fn servers_of_peers(&self) -> String {
        self.proxy.as_ref().map_or_else(|| self.servers.clone(), Proxy::connect_string)
    }

    /// Where whoever looks on connects to, and is not cut off.
    pub(crate) fn servers(&self) -> &str {
        &self.servers
    }

    /// Cuts all connections of peers.
    ///
    /// # Panics
    ///
    /// If that is not possible at this place.
    pub(crate) fn cut(&self) {
        self.proxy.as_ref().unwrap().cut();
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Apache => "apache",
            Self::Shaky => "shaky",
            Self::Embedded => "embedded",
            Self::Tidy => "tidy",
        })
    }
}
