//! The servers of stories.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tempfile::TempDir;
use zk_proto::digest::identity;
use zk_server::{Config, apache};

use crate::{Door, Site};

/// The least session timeout of all servers is two of these.
const TICK: Duration = Duration::from_millis(200);
const LONGEST_SESSION: Duration = Duration::from_secs(40);
const CONTAINER_CHECK: Duration = Duration::from_millis(200);

/// What floods need.
const HEAP_MEGABYTES: u32 = 512;

/// Who may do everything.
const SUPER_USER: (&str, &str) = ("super", "all may");

/// Those of `jaas.conf`.
const USERS: [(&str, &str); 4] =
    [("bob", "secret"), ("alice", "a \"quoted\" secret"), ("jürgen", "grüße"), ("иван", "пароль")];

/// One of either kind.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there are a few, each behind an `Arc`")]
pub enum Server {
    /// In this process.
    Embedded(zk_server::Server),
    /// A real Apache ZooKeeper, and the folder with its certificates.
    Apache(apache::Server, TempDir),
}

/// What a server is like: its kind, and how it speaks TLS if it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Model {
    pub(crate) site: Site,
    pub(crate) door: Option<Door>,
}

/// The servers that stories share: each is started when it is first asked for.
static SHARED: Mutex<Vec<(Model, Arc<Started>)>> = Mutex::new(Vec::new());

/// A server, once it is there.
type Started = OnceLock<Arc<Server>>;

/// Ends the servers that stories share.
pub(crate) fn end_all() {
    lock(&SHARED).clear();
}

impl Server {
    /// The one of this model that all stories share. It allows all that it can.
    pub(crate) fn shared(model: Model) -> Arc<Self> {
        let mut shared = lock(&SHARED);
        let known = shared.iter().find(|(other, _)| *other == model);
        let server = known.map(|(_, server)| server.clone()).unwrap_or_else(|| {
            shared.push((model, Arc::default()));
            shared[shared.len() - 1].1.clone()
        });
        drop(shared);
        server.get_or_init(|| Arc::new(Self::start(model, generous(), generous_apache()))).clone()
    }

    /// One that is not shared, and allows what Apache ZooKeeper does unless told otherwise.
    pub(crate) fn own(model: Model) -> Arc<Self> {
        let config = Config { tick: TICK, ttl_nodes: false, ..Config::default() };
        let config = Config { max_session_timeout: Some(LONGEST_SESSION), ..config };
        Arc::new(Self::start(model, config, apache::Options::new().tick_time(TICK)))
    }

    fn start(Model { site, door }: Model, config: Config, options: apache::Options) -> Self {
        match site {
            Site::Embedded => {
                let builder = zk_server::Server::builder().config(config);
                let builder = match door {
                    Some(door) => builder.tls(door.config()),
                    None => builder,
                };
                Self::Embedded(builder.start().unwrap())
            }
            Site::Apache => {
                let folder = tempfile::tempdir().unwrap();
                let options = match door {
                    Some(door) => options.tls(door.stores(folder.path())).setting(
                        "authProvider.x509",
                        "org.apache.zookeeper.server.auth.X509AuthenticationProvider",
                    ),
                    None => options,
                };
                Self::Apache(apache::Server::start(&options).unwrap(), folder)
            }
        }
    }

    /// Where it takes clients that speak TLS.
    pub(crate) fn secure_address(&self) -> Option<SocketAddr> {
        match self {
            Self::Embedded(server) => server.secure_address(),
            Self::Apache(server, _) => server.secure_address(),
        }
    }

    /// Where it takes clients.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        match self {
            Self::Embedded(server) => server.address(),
            Self::Apache(server, _) => server.address(),
        }
    }

    /// Leaves its connections open, but answers nothing.
    pub fn freeze(&self) {
        match self {
            Self::Embedded(server) => server.freeze(),
            Self::Apache(server, _) => server.freeze().unwrap(),
        }
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        match self {
            Self::Embedded(server) => server.thaw(),
            Self::Apache(server, _) => server.thaw().unwrap(),
        }
    }

    /// Ends it, with all its connections.
    pub fn kill(&self) {
        match self {
            Self::Embedded(server) => server.stop(),
            Self::Apache(server, _) => server.kill(),
        }
    }

    /// Starts it again, with all it knew.
    pub fn restart(&self) {
        match self {
            Self::Embedded(server) => server.restart().unwrap(),
            Self::Apache(server, _) => server.restart().unwrap(),
        }
    }

    /// Whether it is of the line 3.9.
    pub(crate) fn is_recent(&self) -> bool {
        match self {
            Self::Embedded(_) => true,
            Self::Apache(server, _) => is_recent(&server.four_letter_word("srvr").unwrap()),
        }
    }
}

fn is_recent(answer: &str) -> bool {
    let version = answer.split("version: 3.").nth(1).expect("a server of version 3");
    let minor = version.split('.').next().map(str::parse::<u32>);
    minor.unwrap().unwrap() >= 9
}

/// Three in this process, which serve reads when they are too few to write.
pub(crate) fn ensemble(door: Option<Door>) -> zk_server::Ensemble {
    let config = Config { tick: TICK, read_only: true, ..Config::default() };
    let config = Config { max_session_timeout: Some(LONGEST_SESSION), ..config };
    let builder = zk_server::Ensemble::builder().config(config);
    let builder = match door {
        Some(door) => builder.tls(door.config()),
        None => builder,
    };
    builder.start_ensemble(3).unwrap()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A server that allows all that it can.
fn generous() -> Config {
    let (user, password) = SUPER_USER;
    Config {
        tick: TICK,
        max_session_timeout: Some(LONGEST_SESSION),
        container_check: CONTAINER_CHECK,
        enforce_quota: true,
        super_user: Some(identity(user, password)),
        sasl_users: BTreeMap::from(USERS.map(|(user, password)| (user.into(), password.into()))),
        ..Config::default()
    }
}

/// The same.
fn generous_apache() -> apache::Options {
    let (user, password) = SUPER_USER;
    apache::Options::new()
        .tick_time(TICK)
        .maximum_session_timeout(LONGEST_SESSION)
        .container_check_interval(CONTAINER_CHECK)
        .extended_types(true)
        .enforce_quota(true)
        .superuser(user, password)
        .jaas(&Path::new(env!("CARGO_MANIFEST_DIR")).join("jaas.conf"))
        .maximum_client_connections(0)
        .heap(HEAP_MEGABYTES)
}
