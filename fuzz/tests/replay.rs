//! Every target runs on all that is in its corpus, on what it once failed on, and on thousands of
//! inputs made of these: so that a plain `cargo test` finds what a fuzzer would find at once.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod mutation;

use std::panic::catch_unwind;
use std::path::Path;

use mutation::Mutator;
use zk_fuzz::{TARGETS, Target};

/// How many inputs are made of those that there are, for each target.
const MUTATIONS: u64 = 3_000;

#[test]
fn answers() {
    run("answers");
}

#[test]
fn ensemble() {
    run("ensemble");
}

#[test]
fn pieces() {
    run("pieces");
}

#[test]
fn records() {
    run("records");
}

#[test]
fn requests() {
    run("requests");
}

#[test]
fn server() {
    run("server");
}

#[test]
fn session() {
    run("session");
}

#[test]
fn texts() {
    run("texts");
}

/// A target without a test here, or without a program, would be forgotten.
#[test]
fn every_target_is_tested_and_can_be_fuzzed() {
    for target in TARGETS {
        let this = include_str!("replay.rs");
        assert!(this.contains(&format!("run(\"{}\")", target.name)), "no test of {}", target.name);
        let manifest = include_str!("../Cargo.toml");
        assert!(manifest.contains(&format!("fuzz_targets/{}.rs", target.name)), "{}", target.name);
    }
}

fn run(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let seeds = inputs(&target.corpus());
    assert!(!seeds.is_empty(), "{name} has no seeds: cargo run -p zk-fuzz --example seed");
    let known = [seeds, inputs(&target.regressions())].concat();
    known.iter().for_each(|input| check(target, input));
    let mut mutator = Mutator::new(&known);
    (0..MUTATIONS).for_each(|_| check(target, &mutator.next()));
}

/// All files of a directory, if it is there, in the same order every time.
fn inputs(directory: &Path) -> Vec<Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

fn check(target: &Target, input: &[u8]) {
    let Target { name, run, .. } = target;
    if catch_unwind(|| run(input)).is_err() {
        let input: String = input.iter().map(|byte| format!("{byte:02x}")).collect();
        panic!(
            "{name} fails. To keep the input: echo {input} | xxd -r -p >fuzz/regressions/{name}/…"
        );
    }
}
