//! Our server does what Apache ZooKeeper does.
//!
//! Scripts are drawn from seeds: some clients with their sessions and watches, all operations, good
//! and bad arguments. Each is played on our server and on an Apache ZooKeeper, and everything that
//! the clients see is compared: replies, stats, zxids, events and their order, the ends of
//! connections, and what is left in the end. `draw` says what is asked, `decode` what is left out,
//! `exceptions` what is known to differ.
//!
//! The seeds follow from the commit. `SEED=0x…` plays one script, `SCRIPTS=n` so many new ones,
//! `ZOOKEEPER_CLASSPATH` names another version. A script that finds a difference is made as small
//! as it goes before it is printed.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod caretaker;
mod client;
mod compare;
mod decode;
mod draw;
mod exceptions;
mod host;
mod line;
mod mix;
mod pair;
mod player;
mod script;
mod seeds;
mod seen;
mod shrink;
mod words;

use std::fmt::Write;

use compare::Verdict;
use mix::Mix;
use pair::Pair;
use script::Script;

#[test]
fn ours_does_what_apache_does() {
    let mut pair = Pair::start();
    let mut mix = Mix::default();
    let seeds = seeds::seeds();
    seeds.iter().for_each(|seed| play(&mut pair, &mut mix, *seed));
    // What is rare may take a few scripts more.
    let is_whole = |mix: &Mix, pair: &Pair| mix.missing(pair.exceptions()).is_empty();
    for seed in seeds::more().take_while(|_| seeds.len() > 1) {
        if is_whole(&mix, &pair) {
            break;
        }
        play(&mut pair, &mut mix, seed);
    }
    println!("{}{mix}{} requests", pair.exceptions(), mix.requests());
    if seeds.len() > 1 {
        let missing = mix.missing(pair.exceptions());
        assert!(missing.is_empty(), "never happened: {missing:?}");
        assert!(mix.requests() >= 10_000, "only {} requests", mix.requests());
    }
}

/// Plays a script on both, and fails if that makes a difference.
fn play(pair: &mut Pair, mix: &mut Mix, seed: u64) {
    let script = pair.script(seed);
    let (theirs, verdict) = pair.play(&script);
    match verdict {
        Verdict::Same => mix.add(&script, &theirs, usize::MAX),
        Verdict::SameUntil(step) => mix.add(&script, &theirs, step),
        Verdict::Different(_) => panic!("{}", report(pair, &script)),
    }
}

/// What to know of a script that finds a difference.
fn report(pair: &mut Pair, script: &Script) -> String {
    let (smallest, verdict) = pair.explain(script);
    let mut text = format!("seed {:#x} finds a difference:\n{smallest}", script.seed);
    let _ = match verdict {
        Verdict::Different(difference) => writeln!(text, "{difference}"),
        Verdict::Same | Verdict::SameUntil(_) => writeln!(text, "but not a second time"),
    };
    let _ = writeln!(text, "play it again: {}", seeds::command(script.seed));
    let _ = writeln!(text, "then add it to zk-server/tests/differential/failed-seeds.txt");
    text
}
