//! So many leases, and no more.

use std::cell::Cell;

use crate::history::visits;
use crate::programs::Language;
use crate::world::World;

/// How many hold a lease at once.
const LEASES: usize = 2;
/// How many of each language want one.
const CONTENDERS: usize = 3;
/// Of each of them.
const TURNS: usize = 20;

pub(super) fn a_semaphore_gives_so_many_leases(world: &World) {
    for (index, (first, second)) in Language::pairs("semaphore").enumerate() {
        let path = format!("/semaphore/few-{index}");
        let holders = [first, second].map(|language| world.actor(language));
        for holder in &holders {
            holder.ask(&format!("semaphore acquire {path} {LEASES}"));
        }
        let (hurried, waiter) = (world.actor(first), world.actor(second));
        assert_eq!(hurried.ask(&format!("semaphore attempt {path} {LEASES} 50")), "none");
        // Ours has given up before its node is gone.
        world.wait_for_children(&format!("{path}/locks"), 0);
        waiter.tell(&format!("semaphore acquire {path} {LEASES}"));
        world.wait_for_children(&format!("{path}/locks"), 1);
        assert!(waiter.is_waiting(), "all leases are taken");
        holders[0].ask("semaphore release");
        waiter.answer();
        assert_eq!(hurried.ask(&format!("semaphore attempt {path} {LEASES} 50")), "none");
        holders[1].ask("semaphore release");
        assert_ne!(hurried.ask(&format!("semaphore attempt {path} {LEASES} 30000")), "none");
    }
}

pub(super) fn many_contend_for_few_leases(world: &World) {
    world.zk().create_all("/semaphore-log", "").unwrap();
    let languages = Language::with("semaphore").repeat(CONTENDERS);
    let contenders: Vec<_> = languages.iter().map(|language| world.actor(*language)).collect();
    let command = format!("semaphore contend /semaphore/many {LEASES} /semaphore-log {TURNS}");
    contenders.iter().for_each(|contender| contender.tell(&command));
    for contender in &contenders {
        contender.answer();
    }
    let log = world.wait_for_children("/semaphore-log", 2 * TURNS * contenders.len());
    let most = Cell::new(0);
    let count = visits(&log, |inside| {
        let now = inside.values().sum();
        most.set(most.get().max(now));
        now <= LEASES
    });
    assert_eq!(count, Ok(TURNS * contenders.len()));
    assert_eq!(most.get(), LEASES, "held at once");
}
