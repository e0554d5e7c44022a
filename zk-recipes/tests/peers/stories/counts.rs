//! A number that all see and change.

use crate::programs::Language;
use crate::world::World;

/// Each adds one so many times.
const TIMES: usize = 50;

/// Who counts while connections are cut, all of them ours: Curator does not know what it has counted.
const COUNTERS: usize = 3;
/// How often connections are cut.
const CUTS: usize = 4;

/// Curator and kazoo see what it comes to.
pub(super) fn each_is_counted_once(world: &World) {
    world.actor(Language::Rust).ask("count add /counted/once 0 1");
    let counters = [(); COUNTERS].map(|()| world.actor(Language::Rust));
    counters.iter().for_each(|counter| counter.tell(&format!("count add /counted/once 1 {TIMES}")));
    let all = COUNTERS * TIMES;
    for cut in 1..=CUTS {
        let seen = |data: &[u8]| {
            data.try_into().is_ok_and(|count| {
                usize::try_from(i32::from_be_bytes(count))
                    .is_ok_and(|count| count >= all * cut / (CUTS + 1))
            })
        };
        world.wait_for_data("/counted/once", seen);
        world.cut();
    }
    counters.iter().for_each(|counter| drop(counter.answer()));
    for language in Language::with("count") {
        world.actor(*language).ask(&format!("count see /counted/once {all}"));
    }
}

pub(super) fn all_count_together(world: &World) {
    let seer = world.actor(Language::Java);
    seer.ask("count see /count/one 0");
    let counters = world.actors("count");
    for counter in &counters {
        counter.tell(&format!("count add /count/one 1 {TIMES}"));
    }
    for counter in &counters {
        counter.answer();
    }
    for counter in &counters {
        let all = counters.len() * TIMES;
        counter.ask(&format!("count see /count/one {all}"));
    }
}
