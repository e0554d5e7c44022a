//! Who leads.

use crate::programs::Language;
use crate::world::World;

/// Each language leads twice: candidates stand in line, and whoever leads goes.
pub(super) fn leadership_moves_on(world: &World) {
    pass_on(world, "latch", "/latch");
}

pub(super) fn each_is_selected_once(world: &World) {
    pass_on(world, "selector", "/selector");
}

fn pass_on(world: &World, recipe: &str, path: &str) {
    let mut candidates = Vec::new();
    for (index, (first, second)) in Language::pairs(recipe).enumerate() {
        for (place, language) in [(2 * index, first), (2 * index + 1, second)] {
            let candidate = world.actor(language);
            candidate.ask(&format!("{recipe} start {path} {language:?}-{place}"));
            world.wait_for_children(path, place + 1);
            candidate.tell(&format!("{recipe} wait"));
            candidates.push(candidate);
        }
    }
    let mut line = candidates.iter().peekable();
    while let Some(leader) = line.next() {
        leader.answer();
        assert!(line.peek().is_none_or(|next| next.is_waiting()), "two lead");
        leader.ask(&format!("{recipe} close"));
    }
    world.wait_for_children(path, 0);
}
