//! What one puts, another takes.

use crate::programs::Language;
use crate::world::World;

pub(super) fn what_one_puts_another_takes(world: &World) {
    let (putter, taker) = (world.actor(Language::Java), world.actor(Language::Python));
    for item in ["first", "second", "third"] {
        putter.ask(&format!("simple put /simple/queue {item}"));
    }
    for item in ["first", "second", "third"] {
        assert_eq!(taker.ask("simple take /simple/queue"), item);
    }
    world.wait_for_children("/simple/queue", 0);
}
