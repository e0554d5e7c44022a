//! Who leads.

use crate::programs::Language;
use crate::world::World;

/// Each language is followed by each other one: candidates stand in line, and whoever leads goes.
pub(super) fn leadership_moves_on(world: &World) {
    pass_on(world, "latch", "/latch");
}

pub(super) fn each_is_selected_once(world: &World) {
    pass_on(world, "selector", "/selector");
}

fn pass_on(world: &World, recipe: &str, path: &str) {
    let mut candidates = Vec::new();
    let mut ids = Vec::new();
    for (first, second) in Language::pairs(recipe) {
        for language in [first, second] {
            let candidate = world.actor(language);
            let id = format!("{language:?}-{}", ids.len());
            candidate.ask(&format!("{recipe} start {path} {id}"));
            candidates.push(candidate);
            ids.push(id);
            world.wait_for_children(path, ids.len());
        }
    }
    for candidate in &candidates {
        assert_eq!(candidate.ask(&format!("{recipe} candidates")), ids.join(" "));
        candidate.tell(&format!("{recipe} wait"));
    }
    let mut line = candidates.iter().peekable();
    while let Some(leader) = line.next() {
        leader.answer();
        assert!(line.peek().is_none_or(|next| next.is_waiting()), "two lead");
        leader.ask(&format!("{recipe} close"));
    }
    world.wait_for_children(path, 0);
}
