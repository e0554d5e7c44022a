//! What a cache has to equal, and what its changes have to add up to.

use std::collections::BTreeMap;

use zk_client::machine::Updates;
use zk_client::{Async, Client, Stat};
use zk_recipes::cache::{CacheChange, CachedNode, Snapshot, TreeCache};
use zk_sim::World;

/// What is compared of a node: not what nobody is told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) data: Vec<u8>,
    pub(crate) czxid: i64,
    pub(crate) mzxid: i64,
    version: i32,
    owner: i64,
}

impl Known {
    fn new(data: &[u8], stat: &Stat) -> Self {
        let Stat { czxid, mzxid, version, ephemeral_owner: owner, .. } = *stat;
        Self { data: data.to_owned(), czxid, mzxid, version, owner }
    }

    pub(crate) fn of(node: &CachedNode) -> Self {
        Self::new(node.data(), node.stat())
    }
}

pub(crate) type Model = BTreeMap<String, Known>;

/// What the servers have.
pub(crate) fn truth(world: &World, root: &str) -> Model {
    let tree = world.ensemble().tree();
    if tree.node(root).is_none() {
        return Model::new();
    }
    tree.walk(root)
        .map(|(path, znode)| {
            let data = znode.data().unwrap_or_default();
            (path.into(), Known::new(&data, &znode.stat()))
        })
        .collect()
}

pub(crate) fn seen(snapshot: &Snapshot) -> Model {
    snapshot.iter().map(|node| (node.path().to_owned(), Known::of(node))).collect()
}

/// A session, and a cache of `/app` that has loaded.
pub(crate) fn load(world: &mut World) -> (Client<Async>, TreeCache<Async>) {
    let zk = world.client();
    let cache = world.run_until(TreeCache::new(&zk, "/app")).unwrap();
    (zk, cache)
}

/// Takes what was told by now.
pub(crate) fn told(changes: &mut Updates<Async, CacheChange>) -> Vec<String> {
    std::iter::from_fn(|| changes.try_next()).map(|change| name(&change)).collect()
}

fn name(change: &CacheChange) -> String {
    match change {
        CacheChange::Created(node) => format!("+{}", node.path()),
        CacheChange::Changed { after, .. } => format!("={}", after.path()),
        CacheChange::Deleted(node) => format!("-{}", node.path()),
        CacheChange::Refused { path, .. } => format!("!{path}"),
        CacheChange::Initialized => "initialized".into(),
        CacheChange::Resync => "resync".into(),
        _ => "unknown".into(),
    }
}

/// A listener that keeps a model of its own, from what it is told alone.
#[derive(Debug, Default)]
pub(crate) struct Listener {
    pub(crate) model: Model,
    pub(crate) resyncs: usize,
}

impl Listener {
    /// # Panics
    ///
    /// What is told cannot be: a node goes back, is created twice, or changes without being there.
    pub(crate) fn hear(&mut self, change: &CacheChange, cache: &Snapshot) {
        match change {
            CacheChange::Created(node) => {
                let before = self.model.insert(node.path().into(), Known::of(node));
                assert_eq!(before, None, "created twice: {}", node.path());
            }
            CacheChange::Changed { before, after } => {
                let old = self.model.insert(after.path().into(), Known::of(after)).unwrap();
                assert_eq!(old, Known::of(before));
                assert_eq!(old.czxid, after.stat().czxid);
                assert!(old.mzxid < after.stat().mzxid, "{} goes back", after.path());
            }
            CacheChange::Deleted(node) => {
                let before = self.model.remove(node.path());
                assert_eq!(before, Some(Known::of(node)));
            }
            CacheChange::Resync => {
                self.resyncs += 1;
                self.model = seen(cache);
            }
            CacheChange::Refused { .. } | CacheChange::Initialized => {}
            other => panic!("{other:?}"),
        }
    }
}
