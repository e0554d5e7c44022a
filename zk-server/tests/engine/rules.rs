//! What a test has go wrong on purpose.

use std::time::Duration;

use zk_proto::{Create, ErrorCode, Exists, GetData, OpCode};
use zk_server::{Effect, Interest, Rule};

use crate::world::{Line, World, code, seconds};

/// A server where creating `/a` meets this effect once, and a connection to it.
fn with(effect: Effect) -> (World, Line) {
    let mut world = World::ensemble(1);
    let rule = Rule::new(effect, |op, path| op == OpCode::Create && path == "/a").times(1);
    world.engine.add_rule(rule);
    let (line, _) = world.connect(0);
    (world, line)
}

fn exists(world: &World) -> bool {
    world.engine.tree().node("/a").is_some()
}

#[test]
fn a_delayed_request_is_carried_out_later_and_what_comes_behind_it_waits() {
    let (mut world, mut line) = with(Effect::Delay(seconds(3)));
    world.post(&mut line, &Create::new("/a", ""), false);
    world.post(&mut line, &Exists::new("/a"), false);
    world.wait(Duration::from_millis(2_999));
    assert!(!exists(&world));
    assert!(world.receive(&mut line).is_none());
    world.wait(Duration::from_millis(1));
    assert_eq!(world.answer::<Create<'_>>(&mut line).unwrap().unwrap(), "/a");
    assert!(world.answer::<Exists<'_>>(&mut line).unwrap().unwrap().is_some());
}

#[test]
fn a_failed_request_is_not_carried_out() {
    let (mut world, mut line) = with(Effect::Fail(ErrorCode::Throttled));
    assert_eq!(code(world.ask(&mut line, Create::new("/a", ""))), Some(ErrorCode::Throttled));
    assert!(!exists(&world));
    world.ask(&mut line, Create::new("/a", "")).expect("only once");
}

#[test]
fn a_dropped_request_is_not_carried_out_and_costs_the_connection() {
    let (mut world, mut line) = with(Effect::Drop);
    world.post(&mut line, &Create::new("/a", ""), false);
    assert!(!exists(&world));
    assert_eq!(world.interest(&line), Interest::Gone);
}

#[test]
fn a_lost_answer_is_that_of_a_request_that_was_carried_out() {
    let (mut world, mut line) = with(Effect::Lose);
    world.post(&mut line, &Create::new("/a", ""), false);
    assert!(exists(&world));
    assert_eq!(world.take_bytes(&line), [0; 0]);
    assert_eq!(world.interest(&line), Interest::Closing);
}

#[test]
fn an_answer_is_cut_where_the_test_wants_and_those_before_it_are_whole() {
    for len in [1, 4, 20, 25, 26, 1000] {
        let (mut world, mut line) = with(Effect::Cut(len));
        world.post(&mut line, &Exists::new("/a"), false);
        world.post(&mut line, &Create::new("/a", ""), false);
        let bytes = world.take_bytes(&line);
        assert_eq!(bytes.len(), 20 + len.min(26), "cut after {len}");
        assert_eq!(world.interest(&line), Interest::Closing);
        assert!(exists(&world));
    }
}

#[test]
fn a_held_request_is_never_carried_out_and_pings_behind_it_keep_the_session() {
    let (mut world, mut line) = with(Effect::Hold);
    world.post(&mut line, &Create::new("/a", ""), false);
    for _ in 0..20 {
        world.wait(seconds(5));
        world.post(&mut line, &zk_proto::Ping, false);
    }
    assert!(world.is_open(&line));
    assert!(!exists(&world));
    assert!(world.receive(&mut line).is_none());
}

#[test]
fn rules_are_counted_and_can_be_taken_back() {
    let mut world = World::ensemble(1);
    let (mut line, _) = world.connect(0);
    let rule = Rule::new(Effect::Fail(ErrorCode::SystemError), |op, _| op == OpCode::GetData);
    let rule = world.engine.add_rule(rule);
    for _ in 0..3 {
        assert_eq!(code(world.ask(&mut line, GetData::new("/"))), Some(ErrorCode::SystemError));
    }
    assert_eq!(world.engine.rule_hits(rule), 3);
    assert!(world.engine.remove_rule(rule));
    assert!(!world.engine.remove_rule(rule));
    world.ask(&mut line, GetData::new("/")).unwrap();
}
