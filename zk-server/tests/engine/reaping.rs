//! Nodes that go by themselves.

use std::time::Duration;

use zk_proto::{Create, Delete, EventType, Exists, SetData};

use crate::world::{World, seconds};

#[test]
fn a_container_goes_at_the_next_check_after_its_last_child_and_an_unused_one_stays() {
    let mut world = World::ensemble(1);
    world.engine.create(world.now, &Create::new("/unused", "").container()).unwrap();
    world.engine.create(world.now, &Create::new("/used", "").container()).unwrap();
    let (mut line, _) = world.connect(0);
    world.ask(&mut line, Create::new("/used/child", "")).unwrap();
    world.watch(&mut line, Exists::new("/used")).unwrap();
    world.ask(&mut line, Delete::new("/used/child")).unwrap();
    keep(&mut world, &mut line, 59);
    assert!(world.engine.tree().node("/used").is_some());
    let before = world.engine.last_zxid();
    keep(&mut world, &mut line, 1);
    assert!(world.engine.tree().node("/used").is_none());
    assert!(world.engine.tree().node("/unused").is_some());
    assert_eq!(world.engine.last_zxid(), before + 1, "a zxid of its own");
    assert_eq!(line.events, [(EventType::NodeDeleted, "/used".into())]);
}

#[test]
fn a_node_with_a_time_to_live_goes_when_nobody_wrote_it_for_that_long() {
    let mut world = World::ensemble(1);
    let node = |path| Create::new(path, "").ttl(Duration::from_secs(50));
    world.engine.create(world.now, &node("/left")).unwrap();
    world.engine.create(world.now, &node("/written")).unwrap();
    world.engine.create(world.now, &node("/parent")).unwrap();
    world.engine.create(world.now, &Create::new("/parent/child", "")).unwrap();
    let (mut line, _) = world.connect(0);
    keep(&mut world, &mut line, 30);
    world.ask(&mut line, SetData::new("/written", "")).unwrap();
    keep(&mut world, &mut line, 30);
    let is_there = |world: &World, path| world.engine.tree().node(path).is_some();
    assert!(!is_there(&world, "/left"));
    assert!(is_there(&world, "/written"));
    assert!(is_there(&world, "/parent"));
    world.ask(&mut line, Delete::new("/parent/child")).unwrap();
    keep(&mut world, &mut line, 60);
    assert!(!is_there(&world, "/written"));
    assert!(!is_there(&world, "/parent"), "children do not touch its clock");
}

/// Lets time pass with a client that stays.
fn keep(world: &mut World, line: &mut crate::world::Line, time: u64) {
    for _ in 0..time {
        world.wait(seconds(1));
        world.ask(line, zk_proto::Ping).unwrap();
    }
}
