//! A semaphore, at its awkward moments.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use zk_client::{Async, Client, Create, CreateMode, ErrorKind, Multi, Reply};
use zk_recipes::{LockStatus, Loss, Semaphore};
use zk_sim::World;

const PATH: &str = "/app/sem";

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn semaphore(zk: &Client<Async>) -> Semaphore<Async> {
    Semaphore::new(zk, PATH, 3)
}

fn waits<T>(world: &mut World, reply: &mut Reply<T>) -> bool {
    world.run_for(seconds(1));
    world.run_until(poll_fn(|cx| Poll::Ready(Pin::new(&mut *reply).poll(cx).is_pending())))
}

/// How many nodes there are in one of its rooms.
fn nodes(world: &World, room: &str) -> usize {
    world.ensemble().tree().walk(&format!("{PATH}/{room}")).count() - 1
}

#[test]
fn there_are_never_more_leases_than_it_has() {
    let mut world = World::new(1);
    let clients: Vec<_> = (0..3).map(|_| world.client()).collect();
    let two = world.run_until(semaphore(&clients[0]).data("two").acquire(2)).unwrap();
    let one = world.run_until(semaphore(&clients[1]).acquire(1)).unwrap();
    assert!(two.is_held() && one.is_held());
    assert_eq!((two.nodes().len(), one.nodes().len()), (2, 1));
    world.run_for(seconds(1));
    assert_eq!((nodes(&world, "leases"), nodes(&world, "locks")), (3, 0));
    let leases = world.run_until(semaphore(&clients[2]).leases()).unwrap();
    assert_eq!(leases[0].node.data, "two");
    assert_eq!(leases[0].path, two.nodes()[0].path);

    assert!(world.run_until(semaphore(&clients[2]).try_acquire(1)).unwrap().is_none());
    let mut waiting = semaphore(&clients[2]).acquire(2);
    assert!(waits(&mut world, &mut waiting));
    world.run_until(one.release()).unwrap();
    assert!(waits(&mut world, &mut waiting));
    drop(two); // gives back as well
    let two = world.run_until(waiting).unwrap();
    assert!(world.run_until(semaphore(&clients[0]).try_acquire(1)).unwrap().is_some());
    world.run_until(two.release()).unwrap();
    world.run_for(seconds(1));
    assert_eq!((nodes(&world, "leases"), nodes(&world, "locks")), (0, 0));
    assert!(clients.iter().all(|zk| zk.stats().watches == 0));
}

#[test]
fn who_wants_many_is_not_passed_by_who_wants_few() {
    let mut world = World::new(2);
    let clients: Vec<_> = (0..3).map(|_| world.client()).collect();
    let first = world.run_until(semaphore(&clients[0]).acquire(1)).unwrap();
    let mut many = semaphore(&clients[1]).acquire(3);
    assert!(waits(&mut world, &mut many));
    let mut few = semaphore(&clients[2]).acquire(1);
    assert!(waits(&mut world, &mut few), "there is room, but somebody came before");
    world.run_until(first.release()).unwrap();
    let many = world.run_until(many).unwrap();
    assert!(waits(&mut world, &mut few));
    world.run_until(many.release()).unwrap();
    drop(world.run_until(few).unwrap());
}

#[test]
fn only_the_next_one_watches_the_leases() {
    let mut world = World::new(3);
    let holder = world.client();
    let all = world.run_until(semaphore(&holder).acquire(3)).unwrap();
    let clients: Vec<_> = (0..20).map(|_| world.client()).collect();
    let mut waiting = Vec::new();
    for zk in &clients {
        let mut reply = semaphore(zk).acquire(1);
        assert!(waits(&mut world, &mut reply));
        waiting.push(reply);
    }
    assert_eq!(nodes(&world, "leases"), 4, "one is next, the others stand in line");
    // Each watches its own node in line and the one before it; the next one its lease and the leases.
    let watches: usize = clients.iter().map(|zk| zk.stats().watches).sum();
    assert_eq!(watches, 2 * 19 + 3);
    world.run_until(all.release()).unwrap();
    for reply in waiting {
        drop(world.run_until(reply).unwrap());
    }
}

#[test]
fn who_gives_up_leaves_nothing() {
    let mut world = World::new(4);
    let (holder, other) = (world.client(), world.client());
    let all = world.run_until(semaphore(&holder).acquire(3)).unwrap();
    drop(semaphore(&other).acquire(2));
    let error = world.run_until(semaphore(&other).within(seconds(2)).acquire(1)).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::DeadlineExceeded(_)), "{error}");
    let mut waiting = semaphore(&other).acquire(2);
    assert!(waits(&mut world, &mut waiting));
    drop(waiting);
    world.run_for(seconds(1));
    assert_eq!((nodes(&world, "leases"), nodes(&world, "locks")), (3, 0));
    assert_eq!(other.stats().watches, 0);
    drop(all);
}

#[test]
fn who_loses_one_of_its_leases_is_told_and_gives_the_others_back() {
    let mut world = World::new(5);
    let (zk, other) = (world.client(), world.client());
    let leases = world.run_until(semaphore(&zk).acquire(3)).unwrap();
    let mut statuses = leases.statuses();
    assert_eq!(world.run_until(statuses.next()), Some(LockStatus::Held));
    world.run_until(other.delete(&leases.nodes()[1].path)).unwrap();
    assert_eq!(world.run_until(statuses.next()), Some(LockStatus::Lost(Loss::Deleted)));
    world.run_for(seconds(1));
    assert_eq!(nodes(&world, "leases"), 0);
    let error = world.run_until(leases.fenced(&Multi::new().create("/late", ""))).unwrap_err();
    assert_eq!(error.failed_operation(), Some(0));
}

#[test]
fn who_loses_its_place_in_line_while_it_waits_begins_again() {
    let mut world = World::new(6);
    let (holder, other) = (world.client(), world.client());
    let all = world.run_until(semaphore(&holder).acquire(3)).unwrap();
    let mut waiting = semaphore(&other).acquire(1);
    assert!(waits(&mut world, &mut waiting));
    let line = format!("{PATH}/locks");
    let names = world.run_until(holder.children(&line)).unwrap();
    let name = names.iter().next().unwrap().to_owned();
    world.run_until(holder.delete(&format!("{line}/{name}"))).unwrap();
    assert!(waits(&mut world, &mut waiting));
    assert_eq!((nodes(&world, "leases"), nodes(&world, "locks")), (4, 1));
    world.run_until(all.release()).unwrap();
    drop(world.run_until(waiting).unwrap());
}

#[test]
fn leases_of_other_clients_count_under_any_name() {
    let mut world = World::new(7);
    let (stranger, zk) = (world.client(), world.client());
    drop(world.run_until(semaphore(&zk).acquire(1)).unwrap()); // makes the rooms
    let lease = format!("{PATH}/leases/_c_2d88a363-219d-44f6-a418-75e1c500facf-lease-");
    let create = Create::new(&lease, "127.0.0.1").mode(CreateMode::EphemeralSequential);
    let path = world.run_until(stranger.call(create)).unwrap();
    let mut waiting = semaphore(&zk).acquire(3);
    assert!(waits(&mut world, &mut waiting));
    world.run_until(stranger.delete(&path)).unwrap();
    drop(world.run_until(waiting).unwrap());
}

#[test]
fn more_than_it_has_are_refused_at_once() {
    let mut world = World::new(8);
    let zk = world.client();
    let error = world.run_until(semaphore(&zk).acquire(4)).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Misuse(_)), "{error}");
    assert_eq!(error.to_string(), "4 leases at once of a semaphore that has 3");
    let none = world.run_until(semaphore(&zk).acquire(0)).unwrap();
    assert!(none.nodes().is_empty());
}
