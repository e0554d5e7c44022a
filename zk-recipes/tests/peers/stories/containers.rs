//! Paths that are there as long as somebody needs them.

use crate::programs::Language;
use crate::world::World;

/// What is done with a recipe, on a path of its own, so that nothing of it is left.
const USES: [&[&str]; 10] = [
    &["mutex acquire /a/mutex", "mutex release"],
    &["read acquire /a/both", "read release"],
    &["write acquire /a/both", "write release"],
    &["semaphore acquire /a/semaphore 2", "semaphore release"],
    &["latch start /a/latch one", "latch wait", "latch close"],
    &["simple put /a/simple item", "simple take /a/simple"],
    &["barrier set /a/barrier", "barrier remove /a/barrier"],
    &["double enter /a/double 1", "double leave"],
    &["group join /a/group one data", "group members 1", "group leave"],
    &["service register /a/service shop one 10.0.0.1 80 text", "service unregister"],
];

/// kazoo's paths stay; it knows of no containers.
pub(super) fn paths_go_with_those_who_need_them(world: &World) {
    for commands in USES {
        let recipe = commands[0].split(' ').next().unwrap();
        for language in Language::with(recipe).iter().filter(|one| **one != Language::Python) {
            let actor = world.actor(*language);
            for command in commands {
                actor.ask(command);
            }
            assert_eq!(world.wait_for_children("/", 1), ["zookeeper"], "{language:?}: {recipe}");
        }
    }
}
