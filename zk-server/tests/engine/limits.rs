//! Each limit, and what happens beyond it.

use zk_proto::{AddWatch, Create, ErrorCode, Exists, GetData, OpCode, Ping, SetData, WatchMode};
use zk_server::{Config, Effect, Interest, Limits, Rule};

use crate::world::{World, code, seconds};

fn limited(limits: Limits) -> World {
    World::new(Config { limits, ..Config::default() })
}

#[test]
fn a_request_of_the_longest_length_is_taken_and_one_byte_more_ends_the_connection() {
    let mut world = limited(Limits { frame: 100, ..Limits::default() });
    let (mut line, _) = world.connect(0);
    // Header 8, path 6, data 4 + n, one entry of access control 4 + 23, flags 4.
    let fits = vec![0; 100 - 49];
    world.ask(&mut line, Create::new("/a", &fits)).unwrap();
    world.post(&mut line, &Create::new("/b", &[&fits[..], &[0]].concat()), false);
    assert!(!world.is_open(&line));
    assert!(world.engine.tree().node("/b").is_none());
}

#[test]
fn lengths_that_cannot_be_end_the_connection_after_the_answers_before() {
    for len in [-1, 0, 7, i32::MAX] {
        let mut world = limited(Limits::default());
        let (mut line, _) = world.connect(0);
        let mut bytes = [0, 0, 0, 8, 0, 0, 0, 5, 0, 0, 0, 11].to_vec();
        bytes.extend_from_slice(&i32::to_be_bytes(len));
        bytes.extend_from_slice(&[0; 7]);
        world.send_bytes(&line, &bytes);
        assert_eq!(world.interest(&line), Interest::Closing, "length {len}");
        world.answer::<Ping>(&mut line).expect("the answer before").unwrap();
    }
}

#[test]
fn a_handshake_that_is_not_made_in_time_ends_the_connection() {
    let mut world = limited(Limits::default());
    let silent = world.dial(0).unwrap();
    let slow = world.dial(0).unwrap();
    world.wait(seconds(4));
    world.send_bytes(&slow, &[0, 0, 0, 45]);
    assert!(world.is_open(&silent) && world.is_open(&slow));
    world.wait(seconds(1));
    assert!(!world.is_open(&silent) && !world.is_open(&slow));
}

#[test]
fn a_request_that_does_not_come_whole_in_time_ends_the_connection() {
    let mut world = limited(Limits::default());
    let (mut line, _) = world.connect(0);
    world.send_bytes(&line, &[0, 0, 0]);
    for _ in 0..9 {
        world.wait(seconds(1));
        assert!(world.is_open(&line));
    }
    world.send_bytes(&line, &[8]);
    world.wait(seconds(1));
    assert!(!world.is_open(&line), "a byte now and then does not help");
    let (other, _) = world.connect(0);
    line = other;
    world.ask(&mut line, Ping).unwrap();
}

#[test]
fn an_answer_that_is_not_read_in_time_ends_the_connection() {
    let mut world = limited(Limits::default());
    let (mut line, _) = world.connect(0);
    world.post(&mut line, &GetData::new("/"), false);
    world.wait(seconds(9));
    assert!(world.is_open(&line));
    world.wait(seconds(1));
    assert_eq!(world.interest(&line), Interest::Gone);
}

#[test]
fn connections_are_limited_in_all_and_by_address() {
    for limits in [
        Limits { connections: 2, ..Limits::default() },
        Limits { connections_per_address: 2, ..Limits::default() },
    ] {
        let mut world = limited(limits);
        let first = world.dial(0).unwrap();
        let _second = world.dial(0).unwrap();
        assert!(world.dial(0).is_none());
        world.hang_up(&first);
        assert!(world.dial(0).is_some());
    }
}

#[test]
fn another_address_has_a_count_of_its_own() {
    let mut world = limited(Limits { connections_per_address: 1, ..Limits::default() });
    let _one = world.dial(0).unwrap();
    assert!(world.engine.accept(world.now, 0, ([127, 0, 0, 2], 1).into()).is_some());
}

#[test]
fn a_connection_with_too_many_requests_is_not_read_until_some_are_answered() {
    let mut world = limited(Limits { outstanding: 3, ..Limits::default() });
    let (mut line, _) = world.connect(0);
    world
        .engine
        .add_rule(Rule::new(Effect::Delay(seconds(1)), |op, _| op == OpCode::Exists).times(1));
    for _ in 0..4 {
        assert_eq!(world.interest(&line), Interest::Open { read: true });
        world.post(&mut line, &Exists::new("/"), false);
    }
    assert_eq!(world.interest(&line), Interest::Open { read: false });
    world.wait(seconds(1));
    assert_eq!(world.interest(&line), Interest::Open { read: true });
}

#[test]
fn the_bytes_of_requests_that_wait_are_limited_too() {
    let mut world = limited(Limits { outstanding_size: 1000, ..Limits::default() });
    let (mut line, _) = world.connect(0);
    world.engine.add_rule(Rule::new(Effect::Hold, |_, _| true));
    world.post(&mut line, &Ping, false);
    world.post(&mut line, &SetData::new("/", &[0; 1000]), false);
    assert_eq!(world.interest(&line), Interest::Open { read: false });
}

#[test]
fn who_does_not_read_the_answers_is_not_read_either() {
    let mut world = limited(Limits { output: 1000, ..Limits::default() });
    let (mut line, _) = world.connect(0);
    world.ask(&mut line, Create::new("/a", &[0; 900])).unwrap();
    world.post(&mut line, &GetData::new("/a"), false);
    assert_eq!(world.interest(&line), Interest::Open { read: true });
    world.post(&mut line, &GetData::new("/a"), false);
    world.post(&mut line, &GetData::new("/a"), false);
    assert_eq!(world.interest(&line), Interest::Open { read: false });
    for _ in 0..3 {
        world.answer::<GetData<'_>>(&mut line).expect("all are answered in the end").unwrap();
    }
    assert_eq!(world.interest(&line), Interest::Open { read: true });
}

#[test]
fn one_answer_is_as_long_as_it_is() {
    let mut world = limited(Limits { output: 1000, ..Limits::default() });
    let (mut line, _) = world.connect(0);
    world.ask(&mut line, Create::new("/a", &[0; 9000])).unwrap();
    let node = world.ask(&mut line, GetData::new("/a")).unwrap();
    assert_eq!(node.stat.data_length, 9000);
}

#[test]
fn events_that_nobody_reads_end_the_connection() {
    let mut world = limited(Limits { output: 1000, ..Limits::default() });
    let (mut watcher, _) = world.connect(0);
    let (mut writer, _) = world.connect(0);
    world.ask(&mut watcher, AddWatch::new("/", WatchMode::Recursive)).unwrap();
    for _ in 0..200 {
        world.ask(&mut writer, SetData::new("/", "x")).unwrap();
    }
    assert_eq!(world.interest(&watcher), Interest::Gone);
    assert!(world.is_open(&writer));
    assert_eq!(world.engine.watches(), 0);
}

#[test]
fn watches_are_limited() {
    let mut world = limited(Limits { watches: 2, ..Limits::default() });
    let (mut line, _) = world.connect(0);
    world.watch(&mut line, Exists::new("/a")).unwrap();
    world.watch(&mut line, Exists::new("/b")).unwrap();
    assert_eq!(code(world.watch(&mut line, Exists::new("/c"))), Some(ErrorCode::SystemError));
    world.watch(&mut line, Exists::new("/a")).expect("one more on the same path");
}

#[test]
fn nodes_and_their_bytes_are_limited() {
    let mut world = limited(Limits { nodes: 5, size: 1000, ..Limits::default() });
    let (mut line, _) = world.connect(0);
    world.ask(&mut line, Create::new("/a", "")).unwrap();
    let refused = world.ask(&mut line, Create::new("/b", ""));
    assert_eq!(code(refused), Some(ErrorCode::SystemError));
    let refused = world.ask(&mut line, SetData::new("/a", &[0; 1000]));
    assert_eq!(code(refused), Some(ErrorCode::SystemError));
    world.ask(&mut line, SetData::new("/a", &[0; 900])).unwrap();
}
