//! What one puts, another takes.

use crate::actor::Actor;
use crate::programs::Language;
use crate::world::World;

/// In the order in which they are put.
const ITEMS: [&str; 3] = ["first", "second", "third"];

/// Of each who puts.
const MANY: usize = 60;

pub(super) fn what_one_puts_another_takes(world: &World) {
    // kazoo takes what others put, and names its own items differently.
    let putters = Language::with("simple").iter().filter(|language| **language != Language::Python);
    for putter in putters.copied() {
        for taker in Language::with("simple").iter().copied() {
            let path = format!("/simple/{putter:?}-{taker:?}");
            take_in_order(world, &path, putter, taker);
        }
    }
}

/// Who takes is told to stop by an item of its own; all others are taken once.
pub(super) fn each_item_is_taken_once(world: &World) {
    let path = "/drained/queue";
    let takers = world.actors("simple");
    takers.iter().for_each(|taker| taker.tell(&format!("simple drain {path}")));
    let putters = Language::with("simple").iter().filter(|language| **language != Language::Python);
    let putters: Vec<_> = putters.map(|language| world.actor(*language)).collect();
    for item in 0..MANY {
        for (name, putter) in putters.iter().enumerate() {
            putter.tell(&format!("simple put {path} item-{name}-{item}"));
        }
    }
    for putter in &putters {
        (0..MANY).for_each(|_| drop(putter.answer()));
    }
    for _ in &takers {
        putters[0].ask(&format!("simple put {path} end"));
    }
    let taken: Vec<_> = takers.iter().map(Actor::answer).collect();
    let mut taken: Vec<_> = taken.iter().flat_map(|items| items.split(' ')).collect();
    taken.sort_unstable();
    let items = (0..MANY)
        .flat_map(|item| (0..putters.len()).map(move |name| format!("item-{name}-{item}")));
    let mut items: Vec<_> = items.chain(takers.iter().map(|_| "end".to_owned())).collect();
    items.sort_unstable();
    assert_eq!(taken, items);
    world.wait_for_children(path, 0);
}

/// Of those who take it, one has it until it is done with.
pub(super) fn an_item_stays_until_it_is_done_with(world: &World) {
    for (putter, taker) in Language::pairs("locking") {
        let path = format!("/locking/{putter:?}-{taker:?}");
        let (putter, taker, other) = (world.actor(putter), world.actor(taker), world.actor(putter));
        for item in ITEMS {
            putter.ask(&format!("locking put {path} {item}"));
        }
        assert_eq!(taker.ask(&format!("locking take {path}")), "first");
        assert_eq!(other.ask(&format!("locking take {path}")), "second");
        other.ask("locking finish");
        taker.ask("locking forsake");
        world.wait_for_children(&format!("{path}/taken"), 0);
        assert_eq!(other.ask(&format!("locking take {path}")), "first");
        other.ask("locking finish");
        assert_eq!(taker.ask(&format!("locking take {path}")), "third");
        taker.ask("locking finish");
        world.wait_for_children(&format!("{path}/entries"), 0);
        world.wait_for_children(&format!("{path}/taken"), 0);
    }
}

fn take_in_order(world: &World, path: &str, putter: Language, taker: Language) {
    let (putter, taker) = (world.actor(putter), world.actor(taker));
    for item in ITEMS {
        putter.ask(&format!("simple put {path} {item}"));
    }
    for item in ITEMS {
        assert_eq!(taker.ask(&format!("simple take {path}")), item, "{path}");
    }
    world.wait_for_children(path, 0);
}

pub(super) fn what_is_urgent_comes_first(world: &World) {
    for (putter, taker) in Language::pairs("priority") {
        let path = format!("/priority/{putter:?}-{taker:?}");
        let (putter, taker) = (world.actor(putter), world.actor(taker));
        for priority in [7, -1, 0, i32::MAX, 300, i32::MIN, 7] {
            putter.ask(&format!("priority put {path} {priority} item-{priority}"));
        }
        for priority in [i32::MIN, -1, 0, 7, 7, 300, i32::MAX] {
            let item = taker.ask(&format!("priority take {path}"));
            assert_eq!(item, format!("item-{priority}"), "{path}");
        }
        world.wait_for_children(&path, 0);
    }
}
