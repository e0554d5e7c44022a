//! A lock, at its awkward moments.

use std::time::Duration;

use zk_client::{Async, Client, Create, ErrorCode, ErrorKind, Multi, Reply, State};
use zk_recipes::{Lock, LockGuard, LockStatus, Loss};
use zk_sim::{Cut, Fault, Mishap, Strike, Way, World};

const PATH: &str = "/locks/a";

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn lock(zk: &Client<Async>) -> Lock<Async> {
    Lock::new(zk, PATH)
}

/// The names of the nodes of those in line.
fn line(world: &World) -> Vec<String> {
    let engine = world.ensemble();
    let below = format!("{PATH}/");
    engine
        .tree()
        .walk(PATH)
        .filter_map(|(path, _)| Some(path.strip_prefix(&below)?.to_owned()))
        .collect()
}

fn is_waiting(world: &mut World, reply: &mut Reply<LockGuard<Async>>) -> bool {
    world.run_for(seconds(1));
    world.run_until(std::future::poll_fn(|cx| {
        std::task::Poll::Ready(std::pin::Pin::new(&mut *reply).poll(cx).is_pending())
    }))
}

#[test]
fn one_has_it_and_the_others_wait_their_turn() {
    let mut world = World::new(1);
    let clients: Vec<_> = (0..3).map(|_| world.client()).collect();
    let first = world.run_until(lock(&clients[0]).acquire()).unwrap();
    assert!(first.is_held());
    assert_eq!(world.run_until(lock(&clients[1]).try_acquire()).unwrap().map(drop), None);

    let mut second = lock(&clients[1]).acquire();
    assert!(is_waiting(&mut world, &mut second));
    let mut third = lock(&clients[2]).acquire();
    assert!(is_waiting(&mut world, &mut third));
    let token = first.fencing_token();
    world.run_until(first.release()).unwrap();
    let second = world.run_until(second).unwrap();
    assert!(second.fencing_token() > token);
    assert!(is_waiting(&mut world, &mut third));
    drop(second); // releases as well
    let third = world.run_until(third).unwrap();
    assert_eq!(third.status(), LockStatus::Held);
    world.run_until(third.release()).unwrap();
    assert_eq!(line(&world), [""; 0]);
    assert!(clients.iter().all(|zk| zk.stats().watches == 0));
}

#[test]
fn who_gives_up_leaves_nothing() {
    let mut world = World::new(2);
    let (holder, other) = (world.client(), world.client());
    let guard = world.run_until(lock(&holder).acquire()).unwrap();
    drop(lock(&other).acquire());
    let error = world.run_until(lock(&other).within(seconds(2)).acquire()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::DeadlineExceeded(_)), "{error}");
    let mut waiting = lock(&other).acquire();
    assert!(is_waiting(&mut world, &mut waiting));
    drop(waiting);
    world.run_for(seconds(1));
    assert_eq!(line(&world).len(), 1);
    world.run_until(guard.release()).unwrap();
    assert_eq!(other.stats().watches, 0);
}

#[test]
fn a_node_that_somebody_deletes_is_a_lost_lock() {
    let mut world = World::new(3);
    let (holder, other) = (world.client(), world.client());
    let guard = world.run_until(lock(&holder).acquire()).unwrap();
    let mut statuses = guard.statuses();
    world.run_until(other.delete(guard.node())).unwrap();
    assert_eq!(world.run_until(statuses.next()), Some(LockStatus::Held));
    assert_eq!(world.run_until(statuses.next()), Some(LockStatus::Lost(Loss::Deleted)));
    assert_eq!(world.run_until(statuses.next()), None);
    assert!(!guard.is_held());
    world.run_until(other.create("/x", "")).unwrap();
    let error = world.run_until(guard.fenced(&Multi::new().set("/x", "1"))).unwrap_err();
    assert_eq!((error.failed_operation(), error.code()), (Some(0), Some(ErrorCode::NoNode)));
    world.run_until(guard.release()).unwrap();
}

#[test]
fn l3_a_lock_is_not_held_while_the_connection_is_lost() {
    let mut world = World::new(4);
    let zk = world.client();
    let guard = world.run_until(lock(&zk).acquire()).unwrap();
    let mut statuses = guard.statuses();
    assert_eq!(world.run_until(statuses.next()), Some(LockStatus::Held));
    world.begin(&Fault::Cut { client: 0, how: Cut::Reset });
    assert_eq!(world.run_until(statuses.next()), Some(LockStatus::Suspended));
    assert!(!guard.is_held());
    assert_eq!(world.run_until(statuses.next()), Some(LockStatus::Held));
    assert!(guard.is_held());
    world.with_ensemble(|ensemble, now| ensemble.expire_session(now, zk.session_id()));
    // The server tells that the node is gone, before it closes the connection.
    assert_eq!(world.run_until(statuses.next()), Some(LockStatus::Lost(Loss::Deleted)));
    assert!(!guard.is_held());
    world.run_until(guard.release()).unwrap();
}

#[test]
fn l3_a_lock_of_a_session_that_is_over_is_lost() {
    let mut world = World::new(10);
    let zk = world.client();
    let guard = world.run_until(lock(&zk).acquire()).unwrap();
    let mut statuses = guard.statuses();
    assert_eq!(world.run_until(statuses.next()), Some(LockStatus::Held));
    world.partition(0);
    assert_eq!(world.run_until(statuses.next()), Some(LockStatus::Suspended));
    let lost = LockStatus::Lost(Loss::SessionOver(State::Expired));
    assert_eq!(world.run_until(statuses.next()), Some(lost));
    assert!(!guard.is_held());
    let error = world.run_until(guard.release()).unwrap_err();
    assert!(error.is_session_over());
}

#[test]
fn who_waits_and_loses_its_node_waits_again() {
    let mut world = World::new(5);
    let (holder, other) = (world.client(), world.client());
    let guard = world.run_until(lock(&holder).acquire()).unwrap();
    let mut waiting = lock(&other).acquire();
    assert!(is_waiting(&mut world, &mut waiting));
    let node = line(&world).into_iter().find(|name| !guard.node().ends_with(name)).unwrap();
    world.run_until(holder.delete(&format!("{PATH}/{node}"))).unwrap();
    assert!(is_waiting(&mut world, &mut waiting));
    assert_eq!(line(&world).len(), 2);
    world.run_until(guard.release()).unwrap();
    drop(world.run_until(waiting).unwrap());
}

#[test]
fn l6_a_parent_that_goes_is_made_again() {
    let mut world = World::new(6);
    let (holder, other) = (world.client(), world.client());
    let guard = world.run_until(lock(&holder).acquire()).unwrap();
    let mut waiting = lock(&other).acquire();
    assert!(is_waiting(&mut world, &mut waiting));
    let nodes = line(&world);
    let paths: Vec<_> = nodes.iter().map(|name| format!("{PATH}/{name}")).collect();
    let multi = paths.iter().fold(Multi::new(), |multi, path| multi.delete(path));
    world.run_until(holder.call(multi.delete(PATH).delete("/locks"))).unwrap();
    let second = world.run_until(waiting).unwrap();
    assert!(second.is_held() && !guard.is_held());
    assert!(second.fencing_token() > guard.fencing_token());
}

#[test]
fn l1_an_answer_that_is_lost_leaves_no_second_node() {
    let mut world = World::new(7);
    let zk = world.client();
    world.run_until(zk.exists("/")).unwrap();
    world.begin(&Fault::Mishap { what: Mishap::ReplyLost, times: 3 });
    let guard = world.run_until(lock(&zk).acquire()).unwrap();
    assert_eq!(line(&world).len(), 1);
    world.run_until(guard.release()).unwrap();
    assert_eq!(line(&world).len(), 0);
}

#[test]
fn a_lock_is_asked_for() {
    let mut world = World::new(8);
    let (holder, other) = (world.client(), world.client());
    let guard = world.run_until(lock(&holder).data("me").acquire()).unwrap();
    let mut requests = guard.revocation_requests();
    assert_eq!(world.run_until(requests.next()), Some(false));
    let mut waiting = lock(&other).data("you").acquire();
    assert!(is_waiting(&mut world, &mut waiting));

    let contenders = world.run_until(lock(&other).contenders()).unwrap();
    let who: Vec<_> = contenders.iter().map(|one| &*one.node.data).collect();
    assert_eq!(who, [&b"me"[..], b"you"]);
    assert_eq!(contenders[0].node.stat.ephemeral_owner, holder.session_id());
    for contender in &contenders {
        world.run_until(lock(&other).request_revocation(&contender.path)).unwrap();
    }
    assert_eq!(world.run_until(requests.next()), Some(true));
    assert!(guard.is_held() && guard.is_revocation_requested());
    world.run_until(guard.release()).unwrap();
    let second = world.run_until(waiting).unwrap();
    assert!(second.is_revocation_requested(), "also who was asked while waiting");
    world.run_until(lock(&other).request_revocation(&contenders[0].path)).unwrap();
}

#[test]
fn what_cannot_be_is_told() {
    let mut world = World::new(9);
    let zk = world.client();
    let error = world.run_until(Lock::new(&zk, "locks").acquire()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Misuse(_)), "{error}");
    assert_eq!(world.run_until(lock(&zk).contenders()).unwrap(), []);
}

#[test]
fn an_owner_takes_its_lock_again() {
    let mut world = World::new(11);
    let (zk, other) = (world.client(), world.client());
    let mut owner = lock(&zk).owner();
    let outer = world.run_until(owner.acquire()).unwrap();
    let inner = world.run_until(owner.acquire()).unwrap();
    let tried = world.run_until(owner.try_acquire()).unwrap().unwrap();
    assert_eq!(line(&world).len(), 1, "one node for all");
    assert_eq!(outer.fencing_token(), inner.fencing_token());
    let mut others = lock(&zk).owner();
    assert!(world.run_until(others.try_acquire()).unwrap().is_none(), "another owner");

    world.run_until(outer.release()).unwrap();
    drop(tried);
    let mut waiting = lock(&other).acquire();
    assert!(is_waiting(&mut world, &mut waiting));
    assert!(inner.is_held());
    world.run_until(inner.release()).unwrap();
    let next = world.run_until(waiting).unwrap();
    world.run_until(next.release()).unwrap();
    drop(world.run_until(owner.acquire()).unwrap());
}

#[test]
fn an_owner_who_has_lost_its_lock_waits_for_it() {
    let mut world = World::new(12);
    let (zk, other) = (world.client(), world.client());
    let mut owner = lock(&zk).owner();
    let lost = world.run_until(owner.acquire()).unwrap();
    world.run_until(other.delete(lost.node())).unwrap();
    let next = world.run_until(lock(&other).acquire()).unwrap();
    world.run_for(seconds(1));
    assert!(!lost.is_held());
    assert!(world.run_until(owner.try_acquire()).unwrap().is_none());
    world.run_until(next.release()).unwrap();
    let again = world.run_until(owner.acquire()).unwrap();
    assert!(again.is_held() && again.fencing_token() > lost.fencing_token());
}

/// What CURATOR-498, 604 and 696 are about: the name is ours, the node is not.
#[test]
fn l2_a_node_of_our_name_that_another_session_has_made_is_not_ours() {
    let mut world = World::new(13);
    let (zk, other) = (world.client(), world.client());
    let guard = world.run_until(lock(&zk).acquire()).unwrap();
    let mut statuses = guard.statuses();
    let both_ways = Fault::Partition { client: Some(0), member: None, way: Way::Both };
    world.schedule(Strike { after: seconds(0), fault: both_ways, lasts: seconds(4) });
    world.run_until(other.delete(guard.node())).unwrap();
    world.run_until(other.call(Create::new(guard.node(), "").ephemeral())).unwrap();
    let mut told = Vec::new();
    while let Some(status) = world.run_until(statuses.next()) {
        told.push(status);
    }
    assert_eq!(told, [LockStatus::Held, LockStatus::Suspended, LockStatus::Lost(Loss::Deleted)]);
    assert_eq!(line(&world).len(), 1, "theirs is left alone");
    world.run_until(guard.release()).unwrap();
    assert_eq!(line(&world).len(), 1);
}

#[test]
fn kazoos_contenders_are_waited_for() {
    let mut world = World::new(14);
    let (zk, kazoo) = (world.client(), world.client());
    let node = format!("{PATH}/0879ce2d216b4c768ef31d705b360062__lock__");
    world.run_until(kazoo.create_all(PATH, "")).unwrap();
    let request = Create::new(&node, "").ephemeral_sequential();
    let node = world.run_until(kazoo.call(request)).unwrap();
    world.run_until(kazoo.create(&format!("{PATH}/readme"), "")).unwrap();
    let mut waiting = lock(&zk).acquire();
    assert!(is_waiting(&mut world, &mut waiting));
    world.run_until(kazoo.delete(&node)).unwrap();
    assert!(world.run_until(waiting).unwrap().is_held());
}

/// The token rises where the numbers of nodes do not.
#[test]
fn l5_tokens_rise_and_a_lock_that_is_lost_writes_nothing() {
    let mut world = World::new(15);
    let (zk, other) = (world.client(), world.client());
    world.run_until(other.create("/x", "")).unwrap();
    let first = world.run_until(lock(&zk).acquire()).unwrap();
    let token = first.fencing_token();
    world.run_until(first.release()).unwrap();
    world.run_until(other.delete(PATH)).unwrap(); // numbers begin again at 0
    let second = world.run_until(lock(&zk).acquire()).unwrap();
    assert!(second.node().ends_with("-lock-0000000000") && second.fencing_token() > token);
    world.run_until(second.fenced(&Multi::new().set("/x", "held"))).unwrap();
    world.run_until(other.delete(second.node())).unwrap();
    let error = world.run_until(second.fenced(&Multi::new().set("/x", "lost"))).unwrap_err();
    assert_eq!((error.failed_operation(), error.code()), (Some(0), Some(ErrorCode::NoNode)));
    assert_eq!(world.run_until(other.get("/x")).unwrap().data, "held");
}
