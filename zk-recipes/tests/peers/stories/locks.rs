//! A lock that one holds, and the others wait for.

use crate::actor::Actor;
use crate::history::holders;
use crate::programs::Language;
use crate::world::World;

/// From one contender to another, in all.
const HAND_OVERS: usize = 1_000;
/// Of each language: some are in line while others come back to it.
const CONTENDERS: usize = 2;
/// Some hand it over to themselves, when nobody else is back in line.
const TURNS: usize = HAND_OVERS * 5 / 4;

/// Of each, where kazoo's own lock contends.
const KAZOOS_TURNS: usize = 50;

/// Of each language, while connections are cut.
const CUT_TURNS: usize = 60;
/// How often all of them are.
const CUTS: usize = 6;

pub(super) fn a_lock_is_handed_over_a_thousand_times(world: &World) {
    let path = "/hand-over/lock";
    world.zk().create_all("/hand-over/count", "0").unwrap();
    // Everybody is in line before it begins.
    let starter = world.actor(Language::Java);
    starter.ask(&format!("mutex acquire {path}"));
    let languages = Language::with("mutex").repeat(CONTENDERS);
    let contenders: Vec<_> = languages.iter().map(|language| world.actor(*language)).collect();
    let turns = TURNS.div_ceil(contenders.len());
    for contender in &contenders {
        contender.tell(&format!("mutex contend {path} /hand-over/count {turns}"));
    }
    world.wait_for_children(path, contenders.len() + 1);
    starter.ask("mutex release");

    let told: Vec<_> = contenders.iter().map(Actor::answer).collect();
    let holders = holders(&told).unwrap();
    assert_eq!(holders.len(), turns * contenders.len());
    let count = world.zk().get("/hand-over/count").unwrap().data;
    assert_eq!(count, holders.len().to_string().as_bytes());
    assert!(hand_overs(&holders, |one, other| one != other) >= HAND_OVERS, "{holders:?}");
    let between_languages = hand_overs(&holders, |one, other| languages[one] != languages[other]);
    assert!(between_languages >= HAND_OVERS / 4, "{between_languages} of {holders:?}");
    world.wait_for_children(path, 0);
}

/// How many of those, one after the other, are between two who are not the same.
fn hand_overs(holders: &[usize], is_one: impl Fn(usize, usize) -> bool) -> usize {
    holders.windows(2).filter(|pair| is_one(pair[0], pair[1])).count()
}

pub(super) fn who_waits_for_a_lock_has_it_next(world: &World) {
    for (index, (first, second)) in Language::pairs("mutex").enumerate() {
        let path = format!("/next/lock-{index}");
        let (holder, waiter, hurried) =
            (world.actor(first), world.actor(second), world.actor(second));
        let held = holder.ask(&format!("mutex acquire {path}"));
        assert_eq!(hurried.ask(&format!("mutex attempt {path} 50")), "none", "{first:?} holds it");
        // Ours has given up before its node is gone.
        world.wait_for_children(&path, 1);
        waiter.tell(&format!("mutex acquire {path}"));
        let line = world.wait_for_children(&path, 2);
        assert!(line.contains(&held), "{held} is not one of {line:?}");
        assert!(waiter.is_waiting(), "{first:?} has it, and {second:?} too");
        holder.ask("mutex release");
        assert!(line.contains(&waiter.answer()));
        assert_eq!(hurried.ask(&format!("mutex attempt {path} 50")), "none", "{second:?} holds it");
        waiter.ask("mutex release");
        assert_ne!(hurried.ask(&format!("mutex attempt {path} 30000")), "none");
    }
}

/// Nobody loses their session, so nobody loses the lock, nor their place in line.
pub(super) fn a_lock_outlives_connections(world: &World) {
    world.zk().create_all("/outlives/count", "0").unwrap();
    let contenders = world.actors("mutex");
    for contender in &contenders {
        contender.tell(&format!("mutex contend /outlives/lock /outlives/count {CUT_TURNS}"));
    }
    let all = contenders.len() * CUT_TURNS;
    for cut in 1..=CUTS {
        let number = |data: &[u8]| String::from_utf8_lossy(data).parse::<usize>().unwrap();
        world.wait_for_data("/outlives/count", |data| number(data) >= all * cut / (CUTS + 1));
        world.cut();
    }
    let told: Vec<_> = contenders.iter().map(Actor::answer).collect();
    assert_eq!(holders(&told).unwrap().len(), all);
    world.wait_for_children("/outlives/lock", 0);
}

/// Why the peer in Python has a lock of its own: its node is not seen by Curator's sorting.
pub(super) fn kazoos_own_lock_is_not_seen_by_curator(world: &World) {
    let (kazoo, curator) = (world.actor(Language::Python), world.actor(Language::Java));
    kazoo.ask("plain acquire /plain/lock");
    assert_ne!(curator.ask("mutex attempt /plain/lock 10000"), "none");
    // While the other way round, it is told what to look for.
    let late = world.actor(Language::Python);
    kazoo.ask("plain release");
    assert_eq!(late.ask("plain attempt /plain/lock 50"), "none");
}

/// Ours looks for its names, and it can be told ours.
pub(super) fn kazoos_own_lock_and_ours_agree(world: &World) {
    world.zk().create_all("/kazoo/count", "0").unwrap();
    let contenders = [Language::Python, Language::Rust, Language::Python, Language::Rust];
    let contenders = contenders.map(|language| (world.actor(language), language));
    for (contender, language) in &contenders {
        let recipe = if *language == Language::Rust { "mutex" } else { "plain" };
        contender.tell(&format!("{recipe} contend /kazoo/lock /kazoo/count {KAZOOS_TURNS}"));
    }
    let told = contenders.each_ref().map(|(contender, _)| contender.answer());
    assert_eq!(holders(&told).unwrap().len(), contenders.len() * KAZOOS_TURNS);
}

pub(super) fn a_holder_is_asked_for_its_lock(world: &World) {
    for (index, (first, second)) in Language::pairs("revocable").enumerate() {
        let path = format!("/revoked/lock-{index}");
        let (holder, wisher) = (world.actor(first), world.actor(second));
        let node = holder.ask(&format!("mutex revocable {path}"));
        holder.tell("mutex asked");
        wisher.tell(&format!("mutex acquire {path}"));
        world.wait_for_children(&path, 2);
        assert!(holder.is_waiting(), "nobody has asked {first:?} yet");
        world.actor(second).ask(&format!("mutex revoke {path}/{node}"));
        holder.answer();
        holder.ask("mutex release");
        wisher.answer();
    }
}
