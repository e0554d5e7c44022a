//! Persistent nodes and groups, at their awkward moments.

use std::time::Duration;

use zk_client::{Async, Client, Create, ErrorCode, ErrorKind};
use zk_recipes::{Group, NodeStatus, PersistentNode, PersistentNodeBuilder};
use zk_sim::World;

const PATH: &str = "/workers/a";

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn node(zk: &Client<Async>) -> PersistentNodeBuilder<Async> {
    PersistentNode::builder(zk, PATH).data("mine")
}

fn expire(world: &mut World, zk: &Client<Async>) {
    assert!(world.with_ensemble(|engine, now| engine.expire_session(now, zk.session_id())));
}

/// CURATOR-498, CURATOR-604, CURATOR-696: an ephemeral node of a session that is dying is not taken
/// for ours.
#[test]
fn l2_a_node_of_another_session_is_waited_for() {
    let mut world = World::new(1);
    let (old, zk) = (world.client(), world.client());
    world.run_until(old.create_all("/workers", "")).unwrap();
    world.run_until(old.call(Create::new(PATH, "old").ephemeral())).unwrap();
    let error = world.run_until(node(&zk.within(seconds(1))).open()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::DeadlineExceeded(_)), "{error}");
    assert_eq!(world.run_until(zk.get(PATH)).unwrap().data, "old", "nor is it deleted");

    let opened = node(&zk).open();
    world.run_for(seconds(1));
    expire(&mut world, &old);
    let node = world.run_until(opened).unwrap();
    let present = world.run_until(zk.get(PATH)).unwrap();
    assert_eq!(present.data, "mine");
    assert_eq!(present.stat.ephemeral_owner, zk.session_id());
    let czxid = present.stat.czxid;
    assert_eq!(node.status(), NodeStatus::Present { czxid });
    world.run_until(node.close()).unwrap();
    assert_eq!(world.run_until(zk.exists(PATH)).unwrap(), None);
}

#[test]
fn a_node_in_whose_place_is_anothers_says_so() {
    let mut world = World::new(2);
    let (zk, other) = (world.client(), world.client());
    let node = world.run_until(node(&zk).open()).unwrap();
    let mut statuses = node.statuses();
    let taken = zk_client::Multi::new().delete(PATH).add(Create::new(PATH, "theirs").ephemeral());
    world.run_until(other.call(taken)).unwrap();
    let owner = other.session_id();
    while world.run_until(statuses.next()).unwrap() != (NodeStatus::Blocked { owner }) {}
    let written = node.set_data("later");
    world.run_until(other.delete(PATH)).unwrap();
    world.run_until(written).unwrap();
    assert_eq!(world.run_until(zk.get(PATH)).unwrap().data, "later");
}

#[test]
fn what_others_write_stays_until_the_node_is_made_again() {
    let mut world = World::new(3);
    let zk = world.client();
    let node = world.run_until(node(&zk).persistent().open()).unwrap();
    world.run_until(zk.set(PATH, "theirs")).unwrap();
    world.run_for(seconds(1));
    assert_eq!(world.run_until(zk.get(PATH)).unwrap().data, "theirs");
    world.run_until(zk.delete_all("/workers")).unwrap();
    world.run_for(seconds(1));
    assert_eq!(world.run_until(zk.get(PATH)).unwrap().data, "mine");
    world.run_until(node.close()).unwrap();
}

#[test]
fn a_node_that_is_there_already_is_taken_over() {
    let mut world = World::new(4);
    let zk = world.client();
    world.run_until(zk.create_all(PATH, "before")).unwrap();
    let node = world.run_until(node(&zk).persistent().open()).unwrap();
    assert_eq!(world.run_until(zk.get(PATH)).unwrap().data, "mine");
    world.run_until(zk.create("/workers/a/child", "")).unwrap();
    let error = world.run_until(node.close()).unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::NotEmpty));
}

#[test]
fn the_end_of_the_session_is_told() {
    let mut world = World::new(5);
    let zk = world.client();
    let node = world.run_until(node(&zk).open()).unwrap();
    let mut statuses = node.statuses();
    world.run_until(statuses.next());
    expire(&mut world, &zk);
    assert_eq!(world.run_until(statuses.next()), Some(NodeStatus::Lost));
    assert_eq!(world.run_until(statuses.next()), None);
    let error = world.run_until(node.set_data("x")).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::SessionExpired(_)), "{error}");
}

#[test]
fn a_node_with_a_time_to_live_outlives_its_keeper_by_that() {
    let mut world = World::new(6);
    let (zk, other) = (world.client(), world.client());
    let node = world.run_until(node(&zk).ttl(seconds(30)).open()).unwrap();
    world.run_for(seconds(600));
    assert!(world.run_until(other.exists("/workers/a/touch")).unwrap().is_some(), "it is kept");
    expire(&mut world, &zk);
    world.run_for(seconds(10));
    assert!(world.run_until(other.exists(PATH)).unwrap().is_some(), "for a while");
    world.run_for(seconds(600));
    assert_eq!(world.run_until(other.exists(PATH)).unwrap(), None);
    drop(node);
}

#[test]
fn a_group_knows_who_is_there_and_what_they_say() {
    let mut world = World::new(7);
    let (zk, other) = (world.client(), world.client());
    let members = world.run_until(Group::new(&other, "/workers").members()).unwrap();
    let mut updates = members.updates();
    assert!(world.run_until(updates.next()).unwrap().is_empty(), "it has no node even");
    let member = world.run_until(Group::new(&zk, "/workers").join("a", "1")).unwrap();
    assert_eq!(world.run_until(updates.next()).unwrap()["a"], "1");
    world.run_until(member.set_data("2")).unwrap();
    assert_eq!(world.run_until(updates.next()).unwrap()["a"], "2");
    world.run_until(zk.delete("/workers/a")).unwrap();
    assert!(world.run_until(updates.next()).unwrap().is_empty());
    assert_eq!(world.run_until(updates.next()).unwrap()["a"], "2", "it joins again");
    expire(&mut world, &zk);
    assert!(world.run_until(updates.next()).unwrap().is_empty());
    drop((members, member));
    assert_eq!(world.run_until(updates.next()), None);
    world.run_for(seconds(1));
    assert_eq!(other.stats().watches, 0);
}
