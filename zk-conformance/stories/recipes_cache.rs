//! Parts of the tree, and typed values, kept up to date in memory.

use zk_conformance::World;
use zk_recipes::cache::{ChildrenCache, NodeCache, TreeCache};
use zk_recipes::config::{Config, FormatError};

use crate::support::{Fragile, connect};
use crate::zk::{Create, ErrorCode};

pub(crate) async fn a_cache_follows_a_tree(world: World) {
    let zk = connect(&world).await;
    zk.create_all("/app/a/b", "1").await.unwrap();
    zk.create("/app/a-b", "").await.unwrap();
    let cache = TreeCache::new(&zk, "/app").await.unwrap();
    assert_eq!(cache.snapshot().len(), 4);
    assert_eq!(cache.get("/app/a/b").unwrap().data(), b"1");

    let mut changes = cache.changes();
    zk.set("/app/a/b", "2").await.unwrap();
    zk.call(Create::new("/app/a/c", "").ephemeral()).await.unwrap();
    zk.delete("/app/a-b").await.unwrap();
    let mut told = Vec::new();
    while told.len() < 3 {
        told.push(changes.next().await.unwrap().to_string());
    }
    told.sort();
    assert_eq!(told, ["changed /app/a/b", "created /app/a/c", "deleted /app/a-b"]);
    cache.sync().await.unwrap();
    assert!(cache.is_current());
    let names: Vec<_> =
        cache.children("/app/a").iter().map(|node| node.name().to_owned()).collect();
    assert_eq!(names, ["b", "c"]);
    cache.stop().await.unwrap();
    assert_eq!(zk.stats().watches, 0);
    assert!(changes.next().await.is_none());
}

pub(crate) async fn caches_find_what_they_have_missed(world: World) {
    let mut fragile = Fragile::connect(&world).await;
    let other = connect(&world).await;
    for path in ["/app", "/app/a", "/app/a/x", "/app/b"] {
        other.create(path, "old").await.unwrap();
    }
    let tree = TreeCache::new(&fragile.zk, "/app").await.unwrap();
    let children = ChildrenCache::new(&fragile.zk, "/app").await.unwrap();
    let node = NodeCache::new(&fragile.zk, "/app/b").await.unwrap();
    fragile.go_away().await;
    other.set("/app/b", "new").await.unwrap();
    other.delete("/app/a/x").await.unwrap();
    other.delete("/app/a").await.unwrap();
    other.create_all("/app/c/y", "").await.unwrap();
    fragile.come_back().await;
    tree.sync().await.unwrap();
    children.sync().await.unwrap();
    node.sync().await.unwrap();
    let paths: Vec<_> = tree.snapshot().iter().map(|node| node.path().to_owned()).collect();
    assert_eq!(paths, ["/app", "/app/b", "/app/c", "/app/c/y"]);
    let names: Vec<_> = children.children().iter().map(|node| node.name().to_owned()).collect();
    assert_eq!(names, ["b", "c"]);
    assert_eq!(children.get("b").unwrap().data(), b"new");
    assert_eq!(node.get().unwrap().data(), b"new");
}

fn decode(data: &[u8]) -> Result<u64, FormatError> {
    Ok(std::str::from_utf8(data)?.parse()?)
}

fn encode(value: &u64) -> Result<Vec<u8>, FormatError> {
    Ok(value.to_string().into())
}

pub(crate) async fn a_configuration_keeps_the_last_good_value(world: World) {
    let zk = connect(&world).await;
    let config = Config::watch_as(&zk, "/size", (decode, encode)).await.unwrap().or(1);
    let mut updates = config.updates();
    let default = updates.next().await.unwrap().unwrap();
    assert_eq!(*default, 1);
    config.write(&2, &default).await.unwrap();
    let two = updates.next().await.unwrap().unwrap();
    assert_eq!((*two, two.version()), (2, Some(0)));
    let error = config.write(&3, &default).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::NodeExists));

    zk.set("/size", "three").await.unwrap();
    assert!(updates.next().await.unwrap().is_err());
    assert_eq!(*config.value().unwrap(), 2);
    let error = config.write(&4, &two).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::BadVersion));
    config.overwrite(&4).await.unwrap();
    assert_eq!(*updates.next().await.unwrap().unwrap(), 4);
    drop(config);
    assert!(updates.next().await.is_none());
}
