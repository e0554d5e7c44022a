//! What a lock costs on the wire.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use zk_client::{Async, Client, OpCode, Reply};
use zk_recipes::{Lock, LockGuard};
use zk_sim::trial::Traffic;
use zk_sim::{Setup, World};

const PATH: &str = "/lock";

fn world() -> World {
    World::with(Setup { records: true, ..Setup::new(1) })
}

fn lock(zk: &Client<Async>) -> Lock<Async> {
    Lock::new(zk, PATH)
}

fn traffic(world: &mut World) -> Traffic {
    Traffic::of(&world.take_frames())
}

/// The first of these that has it.
fn next(world: &mut World, line: &mut Vec<Reply<LockGuard<Async>>>) -> LockGuard<Async> {
    world.run_until(poll_fn(|cx| {
        for index in 0..line.len() {
            if let Poll::Ready(guard) = Pin::new(&mut line[index]).poll(cx) {
                drop(line.remove(index));
                return Poll::Ready(guard.unwrap());
            }
        }
        Poll::Pending
    }))
}

#[test]
fn a_lock_that_is_free_takes_three_requests_and_one_to_release() {
    let mut world = world();
    let zk = world.client();
    world.run_until(zk.create(PATH, "")).unwrap();
    world.take_frames();

    let guard = world.run_until(lock(&zk).acquire()).unwrap();
    let taken = traffic(&mut world);
    assert_eq!(taken.requests(), 3, "{taken:?}"); // create, then read it and list together
    world.run_until(guard.release()).unwrap();
    let released = traffic(&mut world);
    assert_eq!((released.requests(), released.requests_to(OpCode::Delete)), (1, 1), "{released:?}");
}

/// No herd: of a thousand who wait, one is woken, and asks one thing.
#[test]
fn a_release_wakes_one_of_a_thousand() {
    const CLIENTS: usize = 10;
    const CONTENDERS: usize = 1_000;
    const RELEASES: usize = 50;
    let mut world = world();
    let clients: Vec<_> = (0..CLIENTS).map(|_| world.client()).collect();
    let mut guard = world.run_until(lock(&clients[0]).acquire()).unwrap();
    let mut line: Vec<_> =
        (1..CONTENDERS).map(|number| lock(&clients[number % CLIENTS]).acquire()).collect();
    world.run_for(Duration::from_secs(2));
    assert_eq!(world.ensemble().tree().descendants(PATH), Some(CONTENDERS));
    world.take_frames();

    for _ in 0..RELEASES {
        let token = guard.fencing_token();
        drop(guard);
        guard = next(&mut world, &mut line);
        assert!(guard.fencing_token() > token);
        let cost = traffic(&mut world);
        // From the release to its holding the lock: the node is deleted, the one behind it is told,
        // and lists the line.
        let asked = [OpCode::Delete, OpCode::GetChildren2, OpCode::GetChildren]
            .map(|op| cost.requests_to(op));
        assert_eq!((asked[0], asked[1] + asked[2], cost.requests()), (1, 1, 2), "{cost:?}");
        // The holder is told, too, that its node is gone.
        assert!((1..=2).contains(&cost.notifications()), "{cost:?}");
    }
}
