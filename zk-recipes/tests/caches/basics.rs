//! What a cache has when nothing goes wrong.

use std::time::Duration;

use zk_client::{Acl, ErrorCode, ErrorKind, Permissions};
use zk_recipes::cache::{CacheChange, ChildrenCache, NodeCache, TreeCache};
use zk_sim::World;

use crate::listener::seen;
use crate::support::{load, told, truth};

#[test]
fn a_tree_is_loaded_once_and_then_kept() {
    let mut world = World::new(1);
    let zk = world.client();
    for path in ["/app", "/app/a", "/app/a/b", "/app/a-b", "/app/c", "/application"] {
        world.run_until(zk.create(path, path)).unwrap();
    }
    let (_, cache) = load(&mut world);
    assert!(cache.is_current());
    assert_eq!(seen(&cache.snapshot()), truth(&world, "/app"));

    let mut changes = cache.changes();
    world.run_until(zk.create("/app/a/b/d", "")).unwrap();
    world.run_until(zk.set("/app/a", "new")).unwrap();
    world.run_until(zk.delete("/app/c")).unwrap();
    world.run_until(zk.create("/application/x", "")).unwrap();
    world.run_until(cache.sync()).unwrap();
    assert_eq!(seen(&cache.snapshot()), truth(&world, "/app"));
    assert_eq!(told(&mut changes), ["+/app/a/b/d", "=/app/a", "-/app/c"]);
}

#[test]
fn children_are_those_of_a_node_and_not_what_is_below_them() {
    let mut world = World::new(2);
    let zk = world.client();
    for path in ["/app", "/app/a", "/app/a/b", "/app/a/b/c", "/app/a-b", "/app/a0", "/app/z"] {
        world.run_until(zk.create(path, path)).unwrap();
    }
    let (_, cache) = load(&mut world);
    let names = |path| -> Vec<_> {
        cache.children(path).iter().map(|node| node.name().to_owned()).collect()
    };
    assert_eq!(names("/app"), ["a", "a-b", "a0", "z"]);
    assert_eq!(names("/app/a"), ["b"]);
    assert!(names("/app/z").is_empty());
    assert!(names("/nowhere").is_empty());
    let snapshot = cache.snapshot();
    let below: Vec<_> = snapshot.walk("/app/a").map(|node| node.path()).collect();
    assert_eq!(below, ["/app/a", "/app/a/b", "/app/a/b/c"]);
}

#[test]
fn the_whole_tree_of_a_chroot_is_a_tree_like_any_other() {
    let mut world = World::new(3);
    let zk = world.client();
    world.run_until(zk.create_all("/app/a/b", "x")).unwrap();
    let inside = zk.chroot("/app");
    let cache = world.run_until(TreeCache::new(&inside, "/")).unwrap();
    world.run_until(zk.create("/app/a/c", "y")).unwrap();
    world.run_until(zk.set("/app", "z")).unwrap();
    world.run_until(cache.sync()).unwrap();
    let snapshot = cache.snapshot();
    let paths: Vec<_> = snapshot.iter().map(|node| (node.path(), node.name())).collect();
    assert_eq!(paths, [("/", ""), ("/a", "a"), ("/a/b", "b"), ("/a/c", "c")]);
    assert_eq!(cache.get("/").unwrap().data(), b"z");
    assert_eq!(cache.children("/").len(), 1);
}

#[test]
fn a_root_that_is_missing_made_deleted_and_made_again() {
    let mut world = World::new(4);
    let (zk, cache) = load(&mut world);
    let mut changes = cache.changes();
    assert!(cache.snapshot().is_empty());
    world.run_until(zk.create_all("/app/a", "1")).unwrap();
    world.run_until(cache.sync()).unwrap();
    assert_eq!(cache.get("/app/a").unwrap().data(), b"1");

    world.run_until(zk.delete("/app/a")).unwrap();
    world.run_until(zk.delete("/app")).unwrap();
    world.run_until(cache.sync()).unwrap();
    assert!(cache.snapshot().is_empty());

    world.run_until(zk.create_all("/app/a", "2")).unwrap();
    world.run_until(cache.sync()).unwrap();
    assert_eq!(seen(&cache.snapshot()), truth(&world, "/app"));
    let expected = ["+/app", "+/app/a", "-/app/a", "-/app", "+/app", "+/app/a"];
    assert_eq!(told(&mut changes), expected);
}

#[test]
fn a_cache_of_children_has_no_grandchildren() {
    let mut world = World::new(5);
    let zk = world.client();
    world.run_until(zk.create_all("/app/a/deep", "")).unwrap();
    let cache = world.run_until(ChildrenCache::new(&zk, "/app")).unwrap();
    let mut changes = cache.changes();
    world.run_until(zk.create("/app/b", "1")).unwrap();
    world.run_until(cache.sync()).unwrap();
    world.run_until(zk.create("/app/b/deep", "")).unwrap();
    world.run_until(zk.set("/app/b", "2")).unwrap();
    world.run_until(zk.set("/app/b/deep", "3")).unwrap();
    world.run_until(zk.set("/app", "4")).unwrap();
    world.run_until(cache.sync()).unwrap();
    assert_eq!(told(&mut changes), ["+/app/b", "=/app/b", "=/app"]);
    assert_eq!(cache.node().unwrap().data(), b"4");
    assert_eq!(cache.get("b").unwrap().data(), b"2");
    let names: Vec<_> = cache.children().iter().map(|node| node.name().to_owned()).collect();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn a_cache_of_a_node_does_not_care_for_its_children() {
    let mut world = World::new(6);
    let zk = world.client();
    let cache = world.run_until(NodeCache::new(&zk, "/app")).unwrap();
    assert!(cache.get().is_none());
    let mut changes = cache.changes();
    world.run_until(zk.create("/app", "1")).unwrap();
    world.run_until(cache.sync()).unwrap();
    world.run_until(zk.create("/app/a", "")).unwrap();
    world.run_until(zk.set("/app", "2")).unwrap();
    world.run_until(cache.sync()).unwrap();
    assert_eq!(cache.get().unwrap().data(), b"2");
    assert_eq!(told(&mut changes), ["+/app", "=/app"]);
}

/// May do anything but read.
pub(crate) fn no_reading() -> Vec<Acl> {
    let all_else = Permissions::WRITE | Permissions::ADMIN | Permissions::CREATE;
    vec![Acl::new(all_else, "world", "anyone")]
}

#[test]
fn what_may_not_be_read_is_left_out_and_told() {
    let mut world = World::new(7);
    let zk = world.client();
    world.run_until(zk.create_all("/app/secret/child", "")).unwrap();
    world.run_until(zk.create_all("/app/open", "")).unwrap();
    world.run_until(zk.set_acl("/app/secret", &no_reading())).unwrap();
    let (_, cache) = load(&mut world);
    assert!(cache.get("/app/secret").is_none());
    let mut changes = cache.changes();
    world.run_until(zk.set("/app/secret/child", "seen by nobody")).unwrap();
    world.run_until(cache.sync()).unwrap();
    assert!(told(&mut changes).is_empty());
    assert_eq!(cache.snapshot().len(), 2);

    world.run_until(zk.set_acl("/app/secret", Acl::OPEN)).unwrap();
    world.run_until(zk.set("/app/secret", "tried again")).unwrap();
    world.run_until(cache.sync()).unwrap();
    assert_eq!(told(&mut changes), ["+/app/secret", "+/app/secret/child"]);
}

#[test]
fn a_root_that_may_not_be_read_is_an_error() {
    let mut world = World::new(8);
    let zk = world.client();
    world.run_until(zk.create("/app", "")).unwrap();
    world.run_until(zk.set_acl("/app", &no_reading())).unwrap();
    let error = world.run_until(TreeCache::new(&zk, "/app")).unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::NoAuth));
    let error = world.run_until(TreeCache::new(&zk, "app")).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Misuse(_)), "{error}");
    assert_eq!(zk.stats().watches, 0);
}

#[test]
fn a_cache_that_is_dropped_leaves_nothing_behind() {
    let mut world = World::new(9);
    let (zk, cache) = load(&mut world);
    let mut changes = cache.changes();
    drop(cache);
    assert!(world.run_until(changes.next()).is_none());
    world.run_for(Duration::from_secs(1));
    assert_eq!((zk.stats().watches, world.ensemble().watches()), (0, 0));

    let (_, cache) = load(&mut world);
    world.run_until(cache.stop()).unwrap();
    drop(TreeCache::new(&zk, "/app"));
    world.run_for(Duration::from_secs(1));
    assert_eq!(world.ensemble().watches(), 0);
}

#[test]
fn a_snapshot_stays_as_it_was() {
    let mut world = World::new(10);
    let zk = world.client();
    world.run_until(zk.create_all("/app/a", "old")).unwrap();
    let (_, cache) = load(&mut world);
    let before = cache.snapshot();
    world.run_until(zk.set("/app/a", "new")).unwrap();
    world.run_until(zk.create("/app/b", "")).unwrap();
    world.run_until(cache.sync()).unwrap();
    assert_eq!(before.get("/app/a").unwrap().data(), b"old");
    assert_eq!(before.len(), 2);
    assert_eq!(cache.snapshot().len(), 3);
}

#[test]
fn a_reader_that_is_slow_is_told_to_look_again() {
    let mut world = World::new(11);
    let (zk, cache) = load(&mut world);
    let mut changes = cache.changes();
    world.run_until(zk.create("/app", "")).unwrap();
    for number in 0..5_000 {
        zk.create(&format!("/app/{number}"), "").detach();
    }
    world.run_until(cache.sync()).unwrap();
    let told: Vec<_> = std::iter::from_fn(|| changes.try_next()).collect();
    assert!(matches!(told.first(), Some(CacheChange::Resync)), "{:?}", told.first());
    assert!(told.len() < 5_000);
    assert_eq!(cache.children("/app").len(), 5_000);
}

#[test]
fn who_waits_for_a_cache_that_has_ended_is_told() {
    let mut world = World::new(12);
    let (zk, cache) = load(&mut world);
    world.with_ensemble(|ensemble, now| ensemble.expire_session(now, zk.session_id()));
    let error = world.run_until(cache.sync()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::SessionExpired(_)), "{error}");
    let error = world.run_until(cache.sync()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Cancelled(_)), "{error}");
    assert!(!cache.is_current());
}
