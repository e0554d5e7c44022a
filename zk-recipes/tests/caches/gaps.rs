//! What a cache misses while the connection is lost, and finds when it is back.

use std::time::Duration;

use zk_client::{Acl, Async, Client, Create};
use zk_recipes::cache::{ChildrenCache, NodeCache, TreeCache};
use zk_sim::{Cut, Fault, Strike, World};

use crate::basics::no_reading;
use crate::listener::seen;
use crate::support::{load, told, truth};

/// A world in which the first client has a cache, and the second one goes on writing while the
/// first is cut off.
struct Gap {
    world: World,
    cache: TreeCache<Async>,
    writer: Client<Async>,
    _reader: Client<Async>,
}

impl Gap {
    fn new(seed: u64, paths: &[&str]) -> Self {
        let mut world = World::new(seed);
        let reader = world.client();
        let writer = world.client();
        for path in paths {
            world.run_until(writer.create_all(path, "")).unwrap();
        }
        let cache = world.run_until(TreeCache::new(&reader, "/app")).unwrap();
        Self { world, cache, writer, _reader: reader }
    }

    /// The reader is away while this is written.
    fn away(&mut self, write: impl FnOnce(&mut World, &Client<Async>)) {
        self.world.begin(&Fault::Refuse { member: 0 });
        self.world.begin(&Fault::Cut { client: 0, how: Cut::Reset });
        self.world.run_for(Duration::from_millis(100));
        assert!(!self.cache.is_current());
        write(&mut self.world, &self.writer);
        self.world.heal();
        self.world.run_until(self.cache.sync()).unwrap();
        assert!(self.cache.is_current());
    }

    fn assert_equal(&self) {
        assert_eq!(seen(&self.cache.snapshot()), truth(&self.world, "/app"));
    }
}

#[test]
fn what_was_written_created_and_deleted_meanwhile_is_found() {
    let mut gap = Gap::new(1, &["/app/a/b", "/app/a/c", "/app/d/e", "/app/f"]);
    let mut changes = gap.cache.changes();
    gap.away(|world, zk| {
        world.run_until(zk.set("/app/a/b", "new")).unwrap();
        world.run_until(zk.delete("/app/d/e")).unwrap();
        world.run_until(zk.delete("/app/d")).unwrap();
        world.run_until(zk.create_all("/app/a/c/x/y", "")).unwrap();
    });
    gap.assert_equal();
    let mut told = told(&mut changes);
    told.sort();
    assert_eq!(told, ["+/app/a/c/x", "+/app/a/c/x/y", "-/app/d", "-/app/d/e", "=/app/a/b"]);
}

#[test]
fn what_was_deleted_and_made_again_meanwhile_is_another_node() {
    let mut gap = Gap::new(2, &["/app/a/b", "/app/a/c"]);
    let mut changes = gap.cache.changes();
    gap.away(|world, zk| {
        for path in ["/app/a/b", "/app/a/c", "/app/a"] {
            world.run_until(zk.delete(path)).unwrap();
        }
        world.run_until(zk.create_all("/app/a/b/d", "")).unwrap();
    });
    gap.assert_equal();
    let told = told(&mut changes);
    let count = |what: &str| told.iter().filter(|told| *told == what).count();
    for what in ["-/app/a", "+/app/a", "-/app/a/b", "+/app/a/b", "-/app/a/c", "+/app/a/b/d"] {
        assert_eq!(count(what), 1, "{what} in {told:?}");
    }
}

#[test]
fn a_root_that_is_gone_when_the_connection_is_back() {
    let mut gap = Gap::new(3, &["/app/a"]);
    gap.away(|world, zk| {
        world.run_until(zk.delete("/app/a")).unwrap();
        world.run_until(zk.delete("/app")).unwrap();
    });
    assert!(gap.cache.snapshot().is_empty());
    gap.away(|world, zk| {
        world.run_until(zk.create_all("/app/b", "")).unwrap();
    });
    gap.assert_equal();
    assert_eq!(gap.cache.snapshot().len(), 2);
}

#[test]
fn what_may_not_be_read_any_more_is_left_out() {
    let mut gap = Gap::new(9, &["/app/a/b", "/app/c"]);
    let mut changes = gap.cache.changes();
    gap.away(|world, zk| {
        world.run_until(zk.set_acl("/app/a", &no_reading())).unwrap();
    });
    assert_eq!(told(&mut changes), ["-/app/a/b", "-/app/a", "!/app/a"]);
    gap.away(|world, zk| {
        world.run_until(zk.set_acl("/app/a", Acl::OPEN)).unwrap();
    });
    gap.assert_equal();
}

#[test]
fn nothing_is_read_again_that_was_not_written() {
    let mut gap = Gap::new(4, &["/app/a/b", "/app/a/c", "/app/d"]);
    let mut changes = gap.cache.changes();
    let before = gap.cache.get("/app/a").unwrap();
    gap.away(|_, _| ());
    assert!(told(&mut changes).is_empty());
    let after = gap.cache.get("/app/a").unwrap();
    assert!(std::sync::Arc::ptr_eq(&before, &after));
}

#[test]
fn ephemeral_nodes_of_who_has_died_go_away() {
    let mut gap = Gap::new(5, &["/app/services"]);
    let here = Create::new("/app/services/one", "").ephemeral();
    gap.world.run_until(gap.writer.call(here)).unwrap();
    gap.world.run_until(gap.cache.sync()).unwrap();
    assert!(gap.cache.get("/app/services/one").is_some());
    gap.away(|world, zk| {
        world.with_ensemble(|ensemble, now| ensemble.expire_session(now, zk.session_id()));
    });
    assert!(gap.cache.get("/app/services/one").is_none());
}

#[test]
fn the_other_caches_find_it_too() {
    let mut world = World::new(6);
    let reader = world.client();
    let writer = world.client();
    world.run_until(writer.create_all("/app/a", "")).unwrap();
    let children = world.run_until(ChildrenCache::new(&reader, "/app")).unwrap();
    let node = world.run_until(NodeCache::new(&reader, "/app/a")).unwrap();
    world.begin(&Fault::Refuse { member: 0 });
    world.begin(&Fault::Cut { client: 0, how: Cut::Reset });
    world.run_for(Duration::from_millis(100));
    world.run_until(writer.set("/app/a", "new")).unwrap();
    world.run_until(writer.create_all("/app/b/c", "")).unwrap();
    world.heal();
    world.run_until(node.sync()).unwrap();
    world.run_until(children.sync()).unwrap();
    assert_eq!(node.get().unwrap().data(), b"new");
    assert_eq!(children.get("a").unwrap().data(), b"new");
    assert_eq!(children.snapshot().len(), 3);
}

#[test]
fn a_cache_starts_while_connections_break() {
    for cut in 0..40 {
        let mut world = World::new(7);
        let (reader, writer) = (world.client(), world.client());
        for number in 0..20 {
            world.run_until(writer.create_all(&format!("/app/{number}/x"), "")).unwrap();
        }
        let fault = Fault::Cut { client: 0, how: Cut::Reset };
        let after = Duration::from_micros(100 * cut);
        world.schedule(Strike { after, fault, lasts: Duration::ZERO });
        let cache = world.run_until(TreeCache::new(&reader, "/app")).unwrap();
        assert_eq!(seen(&cache.snapshot()), truth(&world, "/app"), "cut after {after:?}");
    }
}

#[test]
fn a_cache_stays_as_it_was_when_its_session_ends() {
    let mut world = World::new(8);
    let (zk, cache) = load(&mut world);
    world.run_until(zk.create("/app", "last")).unwrap();
    world.run_until(cache.sync()).unwrap();
    let mut changes = cache.changes();
    world.with_ensemble(|ensemble, now| ensemble.expire_session(now, zk.session_id()));
    assert!(world.run_until(changes.next()).is_none());
    assert!(!cache.is_current());
    assert_eq!(cache.get("/app").unwrap().data(), b"last");
}
