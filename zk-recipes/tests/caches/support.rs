//! What a cache has to equal, and what it tells.

use zk_client::machine::Updates;
use zk_client::{Async, Client};
use zk_recipes::cache::{CacheChange, TreeCache};
use zk_sim::World;

use crate::listener::{Known, Model};

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
