//! A server, and peers on it.

use std::fmt;
use std::time::{Duration, Instant};

use zk_blocking::{Client, WatchMode};
use zk_server::{Config, Server, apache};

use crate::actor::Actor;
use crate::peer::Peer;
use crate::programs::{Language, Programs};

/// Of a peer that is expected to live.
const SESSION: Duration = Duration::from_secs(20);
/// Of one that is to be killed: what it had is free again after so long.
const SHORT_SESSION: Duration = Duration::from_secs(5);

/// How often containers are looked at, where that is often.
const TIDY: Duration = Duration::from_millis(100);

/// Who serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A real Apache ZooKeeper.
    Apache,
    /// Our server, in this process.
    Embedded,
    /// The same, but it looks for containers that nobody needs all the time.
    Tidy,
}

/// A server, a peer of each language, and a client of ours that looks on.
#[derive(Debug)]
pub(crate) struct World {
    peers: Vec<(Language, Peer)>,
    zk: Client,
    programs: Programs,
    servers: String,
    _running: Running,
}

/// Stops when it is dropped.
#[derive(Debug)]
#[expect(dead_code, reason = "only to be dropped")]
enum Running {
    Apache(Box<apache::Server>),
    Embedded(Box<Server>),
}

impl Place {
    /// Those where all stories are told.
    pub(crate) const ALL: [Self; 2] = [Self::Apache, Self::Embedded];
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Apache => "apache",
            Self::Embedded => "embedded",
            Self::Tidy => "tidy",
        })
    }
}

fn embed(config: Config) -> (String, Running) {
    let server = Server::builder().config(config).start().unwrap();
    (server.connect_string(), Running::Embedded(Box::new(server)))
}

impl World {
    /// Starts all of it.
    pub(crate) fn start(place: Place, programs: &Programs) -> Self {
        let (servers, running) = match place {
            Place::Apache => {
                let server = apache::Server::start(&apache::Options::new()).unwrap();
                (server.connect_string(), Running::Apache(Box::new(server)))
            }
            Place::Embedded => embed(Config::default()),
            Place::Tidy => embed(Config { container_check: TIDY, ..Config::default() }),
        };
        let start = |language| Peer::start(programs.command(language, &servers, SESSION));
        Self {
            peers: Language::ALL.map(|language| (language, start(language))).into(),
            zk: Client::connect(&servers).unwrap().within(Actor::LIMIT),
            programs: programs.clone(),
            servers,
            _running: running,
        }
    }

    /// Somebody new, who uses the recipes of that language.
    pub(crate) fn actor(&self, language: Language) -> Actor<'_> {
        let (_, peer) = self.peers.iter().find(|(spoken, _)| *spoken == language).unwrap();
        peer.actor()
    }

    /// One of each language that has a recipe.
    pub(crate) fn actors(&self, recipe: &str) -> Vec<Actor<'_>> {
        Language::with(recipe).iter().map(|language| self.actor(*language)).collect()
    }

    /// A process that is going to be killed.
    pub(crate) fn victim(&self, language: Language) -> Peer {
        Peer::start(self.programs.command(language, &self.servers, SHORT_SESSION))
    }

    /// A client of ours.
    pub(crate) fn zk(&self) -> &Client {
        &self.zk
    }

    /// Waits until a node has so many children, and returns their names in order.
    pub(crate) fn wait_for_children(&self, path: &str, count: usize) -> Vec<String> {
        let deadline = Instant::now() + Actor::LIMIT;
        let mut changes = self.zk.watch(path, WatchMode::Recursive).unwrap();
        loop {
            let found = self.zk.children(path);
            let mut names: Vec<_> = found.iter().flatten().map(str::to_owned).collect();
            if names.len() == count {
                names.sort();
                return names;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let change = changes.next_timeout(left);
            assert!(change.is_some(), "{path} has {names:?}, and not {count} children");
        }
    }
}
