//! A server, and peers on it.

use std::time::{Duration, Instant};

use zk_blocking::{Client, WatchMode};

use crate::actor::Actor;
use crate::peer::Peer;
use crate::place::{Place, Site};
use crate::programs::{Language, Programs};

/// Of a peer that is expected to live.
const SESSION: Duration = Duration::from_secs(20);
/// Of one that is to be killed: what it had is free again after so long.
const SHORT_SESSION: Duration = Duration::from_secs(5);

/// A server, a peer of each language, and a client of ours that looks on.
#[derive(Debug)]
pub(crate) struct World {
    peers: Vec<(Language, Peer)>,
    zk: Client,
    programs: Programs,
    site: Site,
}

impl World {
    /// Starts all of it.
    pub(crate) fn start(place: Place, programs: &Programs) -> Self {
        let site = place.open();
        let servers = site.servers_of_peers();
        let start = |language| Peer::start(language, programs.command(language, &servers, SESSION));
        Self {
            peers: Language::ALL.map(|language| (language, start(language))).into(),
            zk: Client::connect(site.servers()).unwrap().within(Actor::LIMIT),
            programs: programs.clone(),
            site,
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
        Peer::start(
            language,
            self.programs.command(language, &self.site.servers_of_peers(), SHORT_SESSION),
        )
    }

    /// Cuts the connections of all peers, at a place where that is possible.
    pub(crate) fn cut(&self) {
        self.site.cut();
    }

    /// A client of ours.
    pub(crate) fn zk(&self) -> &Client {
        &self.zk
    }

    /// Waits until a node has such data.
    pub(crate) fn wait_for_data(&self, path: &str, is_such: impl Fn(&[u8]) -> bool) {
        let deadline = Instant::now() + Actor::LIMIT;
        let mut changes = self.zk.watch(path, WatchMode::Persistent).unwrap();
        loop {
            let data = self.zk.get(path).unwrap().data;
            if is_such(&data) {
                return;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(changes.next_timeout(left).is_some(), "{path} is {data:?}");
        }
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
