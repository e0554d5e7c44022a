//! What holds everybody up, and what lets all through together.

use crate::actor::Actor;
use crate::programs::Language;
use crate::world::World;

/// How often all go in and out.
const ROUNDS: usize = 10;

pub(super) fn a_barrier_holds_everybody(world: &World) {
    for (setter, remover) in Language::pairs("barrier") {
        world.actor(setter).ask("barrier set /barrier/one");
        let waiting = world.actors("barrier");
        for actor in &waiting {
            actor.tell("barrier wait /barrier/one");
        }
        assert!(waiting.iter().all(Actor::is_waiting), "{setter:?} has set it");
        world.actor(remover).ask("barrier remove /barrier/one");
        for actor in &waiting {
            actor.answer();
        }
    }
}

pub(super) fn all_enter_and_leave_together(world: &World) {
    let path = "/double/barrier";
    let actors = world.actors("double");
    let count = actors.len();
    for round in 0..ROUNDS {
        let last = round % count;
        each_but(&actors, last, &format!("double enter {path} {count}"));
        world.wait_for_children(path, count - 1);
        assert!(actors.iter().all(Actor::is_waiting), "not all are there");
        actors[last].tell(&format!("double enter {path} {count}"));
        for actor in &actors {
            actor.answer();
        }

        each_but(&actors, last, "double leave");
        assert!(actors.iter().all(Actor::is_waiting), "one is still inside");
        actors[last].tell("double leave");
        for actor in &actors {
            actor.answer();
        }
        world.wait_for_children(path, 0);
    }
}

fn each_but(actors: &[Actor<'_>], one: usize, command: &str) {
    for (index, actor) in actors.iter().enumerate() {
        if index != one {
            actor.tell(command);
        }
    }
}
