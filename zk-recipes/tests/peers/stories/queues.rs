//! What one puts, another takes.

use crate::programs::Language;
use crate::world::World;

/// In the order in which they are put.
const ITEMS: [&str; 3] = ["first", "second", "third"];

pub(super) fn what_one_puts_another_takes(world: &World) {
    // kazoo takes what others put, and names its own items differently.
    let putters = Language::with("simple").iter().filter(|language| **language != Language::Python);
    for putter in putters.copied() {
        for taker in Language::with("simple").iter().copied() {
            let path = format!("/simple/{putter:?}-{taker:?}");
            take_in_order(world, &path, putter, taker, "simple");
        }
    }
}

pub(super) fn items_come_in_an_envelope(world: &World) {
    for (putter, taker) in Language::pairs("queue") {
        take_in_order(world, &format!("/queue/{putter:?}-{taker:?}"), putter, taker, "queue");
    }
}

fn take_in_order(world: &World, path: &str, putter: Language, taker: Language, recipe: &str) {
    let (putter, taker) = (world.actor(putter), world.actor(taker));
    for item in ITEMS {
        putter.ask(&format!("{recipe} put {path} {item}"));
    }
    for item in ITEMS {
        assert_eq!(taker.ask(&format!("{recipe} take {path}")), item, "{path}");
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
