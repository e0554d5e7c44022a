//! Watches of different kinds on one node, each of which must see what it would see alone. At a
//! server before 3.9 they share a place, which the last one takes (ZOOKEEPER-4466).

use zk_conformance::World;

use crate::zk::ChangeKind::{self, ChildrenChanged, Created, DataChanged, Resync};
use crate::zk::{Client, Watch, WatchMode};

use crate::support::{Fragile, at_once, change, connect};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Data,
    Exists,
    Children,
    Persistent,
    Recursive,
}

const KINDS: [Kind; 5] =
    [Kind::Data, Kind::Exists, Kind::Children, Kind::Persistent, Kind::Recursive];

impl Kind {
    async fn watch(self, zk: &Client, path: &str) -> Watch {
        match self {
            Self::Data => zk.get_and_watch(path).await.unwrap().1,
            Self::Exists => zk.exists_and_watch(path).await.unwrap().1,
            Self::Children => zk.children_and_watch(path).await.unwrap().1,
            Self::Persistent => zk.watch(path, WatchMode::Persistent).await.unwrap(),
            Self::Recursive => zk.watch(path, WatchMode::Recursive).await.unwrap(),
        }
    }

    /// At a server before 3.9 a recursive watch that has the place leaves none for those that look
    /// at the list of children.
    fn goes_with(self, other: Self, is_recent: bool) -> bool {
        let looks_at_list = |kind| matches!(kind, Self::Children | Self::Persistent);
        let is_pair = |one, two| one == Self::Recursive && looks_at_list(two);
        is_recent || !(is_pair(self, other) || is_pair(other, self))
    }

    /// What it sees when its node is written and gets a child.
    fn sees(self, path: &str) -> Vec<(ChangeKind, String)> {
        let (written, has_child) = (change(DataChanged, path), change(ChildrenChanged, path));
        match self {
            Self::Data | Self::Exists => vec![written],
            Self::Children => vec![has_child],
            Self::Persistent => vec![written, has_child],
            Self::Recursive => vec![written, change(Created, &format!("{path}/child"))],
        }
    }
}

/// Every two kinds in both orders, each pair on a node of its own.
async fn watch_pairs(world: &World, zk: &Client) -> Vec<(String, [(Kind, Watch); 2])> {
    let is_recent = world.is_recent();
    let mut pairs = Vec::new();
    for first in KINDS {
        for second in KINDS.into_iter().filter(|second| first.goes_with(*second, is_recent)) {
            let path = format!("/{first:?}-{second:?}");
            zk.create(&path, "").await.unwrap();
            let watches =
                [(first, first.watch(zk, &path).await), (second, second.watch(zk, &path).await)];
            pairs.push((path, watches));
        }
    }
    pairs
}

async fn check(zk: &Client, observer: &Client, pairs: Vec<(String, [(Kind, Watch); 2])>) {
    for (path, _) in &pairs {
        observer.set(path, "").await.unwrap();
        observer.create(&format!("{path}/child"), "").await.unwrap();
    }
    zk.sync("/").await.unwrap();
    let mut wrong = Vec::new();
    for (path, watches) in pairs {
        for (kind, mut watch) in watches {
            let mut seen: Vec<_> = std::iter::from_fn(|| at_once(&mut watch)).collect();
            seen.retain(|(kind, _)| *kind != Resync);
            if seen != kind.sees(&path) {
                wrong.push(format!("{path}: {kind:?} saw {seen:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

pub(crate) async fn they_do_not_disturb_each_other(world: World) {
    let fragile = Fragile::connect(&world).await;
    let pairs = watch_pairs(&world, &fragile.zk).await;
    check(&fragile.zk, &connect(&world).await, pairs).await;
}

pub(crate) async fn nor_on_the_next_connection(world: World) {
    let mut fragile = Fragile::connect(&world).await;
    let pairs = watch_pairs(&world, &fragile.zk).await;
    fragile.go_away().await;
    fragile.come_back().await;
    fragile.zk.sync("/").await.unwrap(); // what is set again is set before
    check(&fragile.zk, &connect(&world).await, pairs).await;
}
