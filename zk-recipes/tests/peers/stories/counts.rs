//! A number that all see and change.

use crate::programs::Language;
use crate::world::World;

/// Each adds one so many times.
const TIMES: usize = 50;

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
