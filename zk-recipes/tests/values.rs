//! Shared values and counters, at their awkward moments.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use zk_client::{Async, Client, ErrorCode, ErrorKind, OpCode, Outcome, State};
use zk_recipes::{Counter, CounterLayout, Receipts, SharedValue};
use zk_sim::trial::Traffic;
use zk_sim::{Fault, Mishap, Setup, Strike, World};

const PATH: &str = "/values/a";

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn value(world: &mut World, zk: &Client<Async>) -> SharedValue<Async> {
    world.run_until(SharedValue::open(zk, PATH, "seed")).unwrap()
}

/// The connection breaks before the next answer comes; the request is carried out.
fn lose_a_reply(world: &mut World) {
    world.begin(&Fault::Mishap { what: Mishap::ReplyLost, times: 1 });
}

fn expire(world: &mut World, zk: &Client<Async>) {
    assert!(world.with_ensemble(|engine, now| engine.expire_session(now, zk.session_id())));
}

#[test]
fn whoever_has_it_open_hears_of_each_write() {
    let mut world = World::new(1);
    let (here, there) = (world.client(), world.client());
    let (here, there) = (value(&mut world, &here), value(&mut world, &there));
    assert_eq!((&here.get().data[..], here.get().version), (&b"seed"[..], 0));
    let mut updates = there.updates();
    assert_eq!(world.run_until(updates.next()).unwrap().data, "seed");
    for text in ["a", "b", "c"] {
        let written = world.run_until(here.set(text)).unwrap();
        assert_eq!(here.get(), written);
        assert_eq!(world.run_until(updates.next()).unwrap(), written);
    }
    drop((here, there));
    assert_eq!(world.run_until(updates.next()), None);
    assert!(world.ensemble().tree().node(PATH).is_some(), "it stays");
}

#[test]
fn who_compares_with_what_was_is_refused_and_knows_why() {
    let mut world = World::new(2);
    let (here, there) = (world.client(), world.client());
    let (here, there) = (value(&mut world, &here), value(&mut world, &there));
    let old = there.get();
    world.run_until(here.set("new")).unwrap();
    let error = world.run_until(there.compare_and_set(old.version, "mine")).unwrap_err();
    assert_eq!(error.to_string(), "setData /values/a: version conflict");
    let present = there.get();
    assert_eq!(present.data, "new");
    world.run_until(there.compare_and_set(present.version, "mine")).unwrap();

    let updated = world.run_until(here.update(|present| [&present.data[..], b"!"].concat()));
    assert_eq!(updated.unwrap().data, "mine!");
}

#[test]
fn a_value_that_is_deleted_begins_anew() {
    let mut world = World::new(3);
    let zk = world.client();
    let value = value(&mut world, &zk);
    world.run_until(value.set("a")).unwrap();
    world.run_until(zk.delete_all("/values")).unwrap();
    world.run_for(seconds(1));
    assert_eq!((value.get().data, value.get().version), ("seed".into(), 0));
    world.run_until(zk.delete(PATH)).unwrap();
    world.run_until(value.set("b")).unwrap();
    assert_eq!(world.run_until(zk.get(PATH)).unwrap().data, "b");
}

#[test]
fn a_lost_answer_is_told_as_what_it_is() {
    let mut world = World::new(4);
    let zk = world.client();
    let plain = value(&mut world, &zk);
    lose_a_reply(&mut world);
    let error = world.run_until(plain.compare_and_set(0, "a")).unwrap_err();
    let unknown = Outcome::Unknown;
    assert!(
        matches!(error.kind(), ErrorKind::ConnectionLost { outcome, .. } if *outcome == unknown),
        "{error}"
    );
    assert_eq!(plain.get().data, "a", "it was applied, which nobody else can have done: but might");

    let with_receipts = SharedValue::open_with(&zk, PATH, "", Receipts::With);
    let with_receipts = world.run_until(with_receipts).unwrap();
    world.run_until(with_receipts.compare_and_set(1, "b")).unwrap();
    lose_a_reply(&mut world);
    let written = world.run_until(with_receipts.compare_and_set(2, "c")).unwrap();
    assert_eq!((&written.data[..], written.version), (&b"c"[..], 3));
    let node = world.run_until(zk.get(PATH)).unwrap();
    assert_eq!((node.stat.version, node.stat.mzxid), (3, written.mzxid));
    drop(with_receipts);
    world.run_for(seconds(1));
    assert_eq!(world.run_until(zk.children(PATH)).unwrap().len(), 0, "the receipt is gone");
}

#[test]
fn the_bytes_of_somebody_else_are_certainly_not_ours() {
    let mut world = World::new(5);
    let (zk, other) = (world.client(), world.client());
    let value = value(&mut world, &zk);
    world.begin(&Fault::Mishap { what: Mishap::Dropped, times: 1 });
    let fault = Fault::Refuse { member: 0 };
    world.schedule(Strike { after: Duration::ZERO, fault, lasts: seconds(2) });
    let reply = value.compare_and_set(0, "a");
    world.run_for(seconds(1));
    world.run_until(other.set(PATH, "b")).unwrap();
    let error = world.run_until(reply).unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::BadVersion), "{error}");
}

#[test]
fn a_counter_counts_each_once() {
    let mut world = World::new(6);
    let clients: Vec<_> = (0..3).map(|_| world.client()).collect();
    let open = |zk: &Client<Async>| world.run_until(Counter::open(zk, "/counters/a")).unwrap();
    let counters: Vec<_> = clients.iter().map(open).collect();
    let replies: Vec<_> = (0..30).map(|n| counters[n % 3].increment()).collect();
    world.run_for(Duration::from_millis(5));
    world.begin(&Fault::Drop { member: None });
    let mut told: Vec<_> =
        replies.into_iter().map(|reply| world.run_until(reply).unwrap()).collect();
    told.sort_unstable();
    assert_eq!(told, (1..=30).collect::<Vec<i64>>(), "each is told another");
}

#[test]
fn a_counter_has_the_room_of_its_layout() {
    let mut world = World::new(7);
    let zk = world.client();
    let counter = Counter::open_with(&zk, "/counters/a", CounterLayout::Int32);
    let counter = world.run_until(counter).unwrap();
    world.run_until(counter.set(i64::from(i32::MAX))).unwrap();
    let error = world.run_until(counter.increment()).unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotApplied);
    assert_eq!(error.to_string(), "a counter of 4 bytes has no room for 2147483648");
    assert!(!world.run_until(counter.compare_and_set(7, 8)).unwrap());
    assert!(world.run_until(counter.compare_and_set(i64::from(i32::MAX), -1)).unwrap());
    assert_eq!(world.run_until(zk.get("/counters/a")).unwrap().data, &[0xff; 4][..]);

    let other = Counter::open_with(&zk, "/counters/a", CounterLayout::Int64);
    let error = world.run_until(other).unwrap_err();
    assert_eq!(error.to_string(), "these 4 bytes are no count");
    world.run_until(zk.set("/counters/a", "nonsense")).unwrap();
    world.run_for(seconds(1));
    assert_eq!(counter.get(), -1, "the last that was a count");
    world.run_until(counter.increment()).unwrap_err();
}

#[test]
fn a_session_that_is_over_ends_it() {
    let mut world = World::new(8);
    let zk = world.client();
    let counter = world.run_until(Counter::open(&zk, "/counters/a")).unwrap();
    let mut updates = counter.updates();
    assert_eq!(world.run_until(updates.next()), Some(0));
    expire(&mut world, &zk);
    let error = world.run_until(counter.increment()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::SessionExpired(_)), "{error}");
    assert_eq!(world.run_until(updates.next()), None);
    assert_eq!((zk.state(), counter.get()), (State::Expired, 0));
    let error = world.run_until(counter.increment()).unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
}

#[test]
fn an_answer_comes_although_the_handle_is_dropped() {
    let mut world = World::new(9);
    let zk = world.client();
    let counter = world.run_until(Counter::open(&zk, "/counters/a")).unwrap();
    let reply = counter.increment();
    drop(counter);
    assert_eq!(world.run_until(reply).unwrap(), 1);
    world.run_for(seconds(1));
    assert_eq!((zk.stats().watches, zk.stats().in_flight), (0, 0));
}

/// One transaction, and one read since the value has changed.
#[test]
fn a_count_is_one_transaction() {
    let mut world = World::with(Setup { records: true, ..Setup::new(10) });
    let zk = world.client();
    let counter = world.run_until(Counter::open(&zk, "/counters/a")).unwrap();
    world.run_until(counter.increment()).unwrap();
    world.run_for(seconds(1));
    world.take_frames();
    for _ in 0..10 {
        world.run_until(counter.increment()).unwrap();
        world.run_for(seconds(1));
    }
    let traffic = Traffic::of(&world.take_frames());
    assert_eq!(traffic.requests_to(OpCode::Multi), 10);
    assert_eq!(traffic.requests(), 20);
}
