//! Barriers and double barriers, at their awkward moments.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use zk_client::{Async, Client, Create, CreateMode, ErrorKind, Reply};
use zk_recipes::{Barrier, DoubleBarrier, Inside};
use zk_sim::{Cut, Fault, World};

const PLACE: &str = "/steps/one";
const READY: &str = "/steps/one/ready";

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn double(zk: &Client<Async>, members: usize) -> DoubleBarrier<Async> {
    DoubleBarrier::new(zk, PLACE, members)
}

fn is_there(world: &World, path: &str) -> bool {
    world.ensemble().tree().node(path).is_some()
}

fn waits<T>(world: &mut World, reply: &mut Reply<T>) -> bool {
    world.run_for(seconds(1));
    world.run_until(poll_fn(|cx| Poll::Ready(Pin::new(&mut *reply).poll(cx).is_pending())))
}

#[test]
fn a_barrier_stops_all_until_it_is_removed() {
    let mut world = World::new(1);
    let (keeper, other) = (world.client(), world.client());
    let (keepers, others) = (Barrier::new(&keeper, "/gates/a"), Barrier::new(&other, "/gates/a"));
    world.run_until(others.wait()).unwrap(); // there is none

    world.run_until(keepers.set()).unwrap();
    world.run_until(others.set()).unwrap(); // it is set already
    let (mut one, mut two) = (others.wait(), others.wait());
    assert!(waits(&mut world, &mut one));
    assert!(waits(&mut world, &mut two));
    let error = world.run_until(others.within(seconds(3)).wait()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::DeadlineExceeded(_)), "{error}");

    world.run_until(keepers.remove()).unwrap();
    world.run_until(one).unwrap();
    world.run_until(two).unwrap();
    world.run_until(others.remove()).unwrap(); // it is gone already
    assert_eq!(other.stats().watches, 0);
}

#[test]
fn a_barrier_that_was_away_for_a_moment_lets_pass_whoever_was_disconnected_then() {
    let mut world = World::new(2);
    let (keeper, other) = (world.client(), world.client());
    let (keepers, others) = (Barrier::new(&keeper, "/a"), Barrier::new(&other, "/a"));
    world.run_until(keepers.set()).unwrap();
    let mut passage = others.wait();
    assert!(waits(&mut world, &mut passage));
    world.begin(&Fault::Cut { client: 1, how: Cut::Reset });
    world.run_until(keepers.remove()).unwrap();
    world.run_until(keepers.set()).unwrap();
    world.run_until(passage).unwrap();
}

#[test]
fn all_enter_together_and_leave_together() {
    let mut world = World::new(3);
    let clients: Vec<_> = (0..3).map(|_| world.client()).collect();
    let mut one = double(&clients[0], 3).enter();
    let mut two = double(&clients[1], 3).enter();
    assert!(waits(&mut world, &mut one) && waits(&mut world, &mut two));
    let three = world.run_until(double(&clients[2], 3).enter()).unwrap();
    let (one, two) = (world.run_until(one).unwrap(), world.run_until(two).unwrap());

    let (mut one, mut two) = (one.leave(), two.leave());
    assert!(waits(&mut world, &mut one) && waits(&mut world, &mut two));
    world.run_until(three.leave()).unwrap();
    world.run_until(one).unwrap();
    world.run_until(two).unwrap();
    assert!(world.ensemble().tree().walk(PLACE).count() == 1, "all nodes are gone, `ready` too");
    assert!(clients.iter().all(|zk| zk.stats().watches == 0));
}

fn both_inside(world: &mut World, clients: &[Client<Async>]) -> (Inside<Async>, Inside<Async>) {
    let one = double(&clients[0], 2).enter();
    let two = world.run_until(double(&clients[1], 2).enter()).unwrap();
    (world.run_until(one).unwrap(), two)
}

#[test]
fn who_dies_or_is_dropped_is_not_waited_for() {
    let mut world = World::new(4);
    let clients = [world.client(), world.client(), world.client()];
    let (one, two) = both_inside(&mut world, &clients);
    let mut leaving = one.leave();
    assert!(waits(&mut world, &mut leaving));
    drop(two);
    world.run_until(leaving).unwrap();
    assert!(!is_there(&world, READY));

    let (one, two) = both_inside(&mut world, &clients);
    let mut leaving = one.leave();
    assert!(waits(&mut world, &mut leaving));
    world.with_ensemble(|engine, now| engine.expire_session(now, clients[1].session_id()));
    world.run_until(leaving).unwrap();
    drop(two);
    world.run_for(seconds(1));
    assert!(!is_there(&world, READY));
}

#[test]
fn who_gives_up_is_not_counted_any_more() {
    let mut world = World::new(5);
    let zk = world.client();
    drop(double(&zk, 2).enter());
    let error = world.run_until(double(&zk, 2).within(seconds(2)).enter()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::DeadlineExceeded(_)), "{error}");
    let mut entering = double(&zk, 2).enter();
    assert!(waits(&mut world, &mut entering));
    drop(entering);
    world.run_for(seconds(1));
    assert!(world.ensemble().tree().walk(PLACE).count() == 1);
    assert_eq!(zk.stats().watches, 0);
}

#[test]
fn what_a_group_has_left_that_died_lets_nobody_in() {
    let mut world = World::new(6);
    let dead = [world.client(), world.client()];
    let (one, two) = both_inside(&mut world, &dead);
    for zk in &dead {
        world.with_ensemble(|engine, now| engine.expire_session(now, zk.session_id()));
    }
    drop((one, two));
    world.run_for(seconds(1));
    assert!(is_there(&world, READY));

    let clients = [world.client(), world.client()];
    let mut one = double(&clients[0], 2).enter();
    assert!(waits(&mut world, &mut one));
    let two = world.run_until(double(&clients[1], 2).enter()).unwrap();
    let one = world.run_until(one).unwrap();
    let leaving = one.leave();
    world.run_until(two.leave()).unwrap();
    world.run_until(leaving).unwrap();
    assert!(!is_there(&world, READY));
}

#[test]
fn who_is_late_gets_in_while_one_of_the_group_is_there() {
    let mut world = World::new(7);
    let clients = [world.client(), world.client(), world.client()];
    let (one, two) = both_inside(&mut world, &clients);
    drop(two);
    world.run_for(seconds(1));
    // Alone with one of the group, it would not be enough; they were enough.
    let late = world.run_until(double(&clients[2], 3).enter()).unwrap();
    drop((one, late));
    world.run_for(seconds(1));
    assert!(!is_there(&world, READY));
}

#[test]
fn members_of_other_clients_count_under_any_name() {
    let mut world = World::new(8);
    let clients = [world.client(), world.client()];
    let mut entering = double(&clients[0], 2).enter();
    assert!(waits(&mut world, &mut entering));
    // As Curator does: its node, then `ready`, for there are two.
    let node = format!("{PLACE}/16421ff6-e54b-42e2-b04a-fee3ba3436ce");
    let create = Create::new(&node, "127.0.0.1").mode(CreateMode::Ephemeral);
    world.run_until(clients[1].call(create)).unwrap();
    world.run_until(clients[1].create(READY, "127.0.0.1")).unwrap();
    let inside = world.run_until(entering).unwrap();

    let mut leaving = inside.leave();
    assert!(waits(&mut world, &mut leaving));
    world.run_until(clients[1].delete(&node)).unwrap();
    world.run_until(leaving).unwrap();
    assert!(!is_there(&world, READY));
}

#[test]
fn a_member_whose_node_is_deleted_while_it_waits_comes_again() {
    let mut world = World::new(9);
    let clients = [world.client(), world.client()];
    let mut one = double(&clients[0], 2).enter();
    assert!(waits(&mut world, &mut one));
    let nodes: Vec<_> = world.ensemble().tree().ephemerals(clients[0].session_id()).collect();
    let node = nodes[0].to_owned();
    world.run_until(clients[1].delete(&node)).unwrap();
    assert!(waits(&mut world, &mut one));
    let two = world.run_until(double(&clients[1], 2).enter()).unwrap();
    drop((world.run_until(one).unwrap(), two));
}
