//! A lock that many hold to read, or one to write.

use crate::history::visits;
use crate::programs::Language;
use crate::world::World;

/// Of each reader, and each writer.
const TURNS: usize = 30;

pub(super) fn readers_share_and_writers_do_not(world: &World) {
    for (index, (first, second)) in Language::pairs("read").enumerate() {
        let path = format!("/read-write/lock-{index}");
        let (reader, other) = (world.actor(first), world.actor(second));
        let (writer, late) = (world.actor(second), world.actor(first));
        reader.ask(&format!("read acquire {path}"));
        other.ask(&format!("read acquire {path}"));
        writer.tell(&format!("write acquire {path}"));
        world.wait_for_children(&path, 3);
        // Behind a writer, also a reader has to wait.
        late.tell(&format!("read acquire {path}"));
        world.wait_for_children(&path, 4);
        reader.ask("read release");
        assert!(writer.is_waiting(), "{second:?} writes while {second:?} reads");
        other.ask("read release");
        writer.answer();
        assert!(late.is_waiting(), "{first:?} reads while {second:?} writes");
        writer.ask("write release");
        late.answer();
        late.ask("read release");
    }
}

pub(super) fn readers_and_writers_contend(world: &World) {
    world.zk().create_all("/read-write-log", "").unwrap();
    let mut contenders = Vec::new();
    for side in ["read", "write"] {
        for contender in world.actors(side) {
            contender.tell(&format!("{side} contend /read-write/all /read-write-log {TURNS}"));
            contenders.push(contender);
        }
    }
    for contender in &contenders {
        contender.answer();
    }
    let expected = contenders.len() * TURNS;
    let log = world.wait_for_children("/read-write-log", 2 * expected);
    let count = visits(&log, |inside| {
        let count = |kind| inside.get(kind).copied().unwrap_or(0);
        count("write") == 0 || (count("write") == 1 && count("read") == 0)
    });
    assert_eq!(count, Ok(expected));
}
