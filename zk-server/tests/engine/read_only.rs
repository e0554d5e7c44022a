//! Members that serve reads only.

use zk_proto::{Create, ErrorCode, Exists, GetChildren, Sync};
use zk_server::Config;

use crate::world::{World, code, hello, seconds};

fn without_quorum(local_sessions: bool) -> World {
    let config = Config { members: 3, read_only: true, local_sessions, ..Config::default() };
    let mut world = World::new(config);
    world.engine.kill(world.now, 1);
    world.engine.kill(world.now, 2);
    world
}

#[test]
fn a_member_that_is_alone_reads_and_refuses_to_write() {
    let mut world = without_quorum(true);
    let (mut line, session) = world.connect(0);
    assert!(session.read_only);
    assert!(world.ask(&mut line, GetChildren::new("/")).is_ok());
    assert!(world.ask(&mut line, Exists::new("/none")).unwrap().is_none());
    let refused = world.ask(&mut line, Create::new("/a", ""));
    assert_eq!(code(refused), Some(ErrorCode::NotReadOnly));
    assert_eq!(line.zxid, 0);
    assert_eq!(code(world.ask(&mut line, Sync::new("/"))), Some(ErrorCode::NotReadOnly));
}

#[test]
fn who_did_not_say_that_reads_are_enough_is_sent_away() {
    let mut world = without_quorum(true);
    for read_only in [None, Some(false)] {
        let mut line = world.dial(0).unwrap();
        let request = zk_proto::ConnectRequest { read_only, ..hello(None) };
        assert!(world.shake_hands(&mut line, &request).is_none());
        assert!(!world.is_open(&line));
    }
}

#[test]
fn its_sessions_are_not_known_elsewhere_nor_those_of_elsewhere_here() {
    let mut world = World::new(Config { members: 3, read_only: true, ..Config::default() });
    let (_, ordinary) = world.connect(0);
    world.engine.kill(world.now, 1);
    world.engine.kill(world.now, 2);
    assert!(world.resume(0, &ordinary).is_none());
    let (line, local) = world.connect(0);
    world.hang_up(&line);
    assert!(world.resume(0, &local).is_none());
    world.engine.restart(world.now, 1);
    assert!(world.resume(0, &local).is_none());
    assert!(world.resume(0, &ordinary).is_some());
}

#[test]
fn without_local_sessions_it_answers_the_handshake_by_a_refusal() {
    let mut world = without_quorum(false);
    let mut line = world.dial(0).unwrap();
    world.send(&line, |out| zk_proto::Record::encode(&hello(None), out));
    let refusal = world.receive(&mut line).unwrap();
    assert_eq!(refusal.len(), 16);
    assert_eq!(refusal[12..], (-119_i32).to_be_bytes());
}

#[test]
fn a_test_can_make_a_server_read_only_and_writable_again() {
    let mut world = World::ensemble(1);
    let (line, session) = world.connect(0);
    world.engine.set_read_only(world.now, true);
    assert!(!world.is_open(&line));
    world.wait(seconds(3600));
    let (reading, _) = world.connect(0);
    world.engine.set_read_only(world.now, false);
    assert!(!world.is_open(&reading));
    assert!(world.resume(0, &session).is_some(), "sessions did not expire meanwhile");
}
