//! The servers of stories.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use zk_proto::digest::identity;
use zk_server::{Config, apache};

use crate::Site;

/// The least session timeout of all servers is two of these.
const TICK: Duration = Duration::from_millis(200);
const LONGEST_SESSION: Duration = Duration::from_secs(40);
const CONTAINER_CHECK: Duration = Duration::from_millis(200);

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
    /// A real Apache ZooKeeper.
    Apache(apache::Server),
}

impl Server {
    /// The one that all stories share that are told there.
    pub(crate) fn shared(site: Site) -> Arc<Self> {
        static EMBEDDED: OnceLock<Arc<Server>> = OnceLock::new();
        static APACHE: OnceLock<Arc<Server>> = OnceLock::new();
        let server = match site {
            Site::Embedded => EMBEDDED.get_or_init(|| {
                let server = zk_server::Server::builder().config(generous()).start().unwrap();
                Arc::new(Self::Embedded(server))
            }),
            Site::Apache => APACHE.get_or_init(|| {
                Arc::new(Self::Apache(apache::Server::start(&generous_apache()).unwrap()))
            }),
        };
        server.clone()
    }

    /// Starts one more, with what Apache ZooKeeper allows unless told otherwise.
    pub(crate) fn start(site: Site) -> Arc<Self> {
        Arc::new(match site {
            Site::Embedded => {
                let config = Config { tick: TICK, ttl_nodes: false, ..Config::default() };
                let config = Config { max_session_timeout: Some(LONGEST_SESSION), ..config };
                Self::Embedded(zk_server::Server::builder().config(config).start().unwrap())
            }
            Site::Apache => {
                let options = apache::Options::new().tick_time(TICK);
                Self::Apache(apache::Server::start(&options).unwrap())
            }
        })
    }

    /// Where it takes clients.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        match self {
            Self::Embedded(server) => server.address(),
            Self::Apache(server) => server.address(),
        }
    }

    /// Leaves its connections open, but answers nothing.
    pub fn freeze(&self) {
        match self {
            Self::Embedded(server) => server.freeze(),
            Self::Apache(server) => server.freeze().unwrap(),
        }
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        match self {
            Self::Embedded(server) => server.thaw(),
            Self::Apache(server) => server.thaw().unwrap(),
        }
    }

    /// Ends it, with all its connections.
    pub fn kill(&self) {
        match self {
            Self::Embedded(server) => server.stop(),
            Self::Apache(server) => server.kill(),
        }
    }

    /// Starts it again, with all it knew.
    pub fn restart(&self) {
        match self {
            Self::Embedded(server) => server.restart().unwrap(),
            Self::Apache(server) => server.restart().unwrap(),
        }
    }

    /// Whether it is of the line 3.9.
    pub(crate) fn is_recent(&self) -> bool {
        match self {
            Self::Embedded(_) => true,
            Self::Apache(server) => is_recent(&server.four_letter_word("srvr").unwrap()),
        }
    }
}

fn is_recent(answer: &str) -> bool {
    let version = answer.split("version: 3.").nth(1).expect("a server of version 3");
    let minor = version.split('.').next().map(str::parse::<u32>);
    minor.unwrap().unwrap() >= 9
}

/// Three in this process, which serve reads when they are too few to write.
pub(crate) fn ensemble() -> zk_server::Ensemble {
    let config = Config { tick: TICK, read_only: true, ..Config::default() };
    let config = Config { max_session_timeout: Some(LONGEST_SESSION), ..config };
    zk_server::Ensemble::builder().config(config).start_ensemble(3).unwrap()
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
}
