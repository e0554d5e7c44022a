//! How sessions begin, go on, and end.

use zk_proto::{CloseSession, Create, Exists, Ping};
use zk_server::Config;

use crate::world::{Session, World, hello, seconds};

#[test]
fn a_timeout_is_between_2_and_20_ticks() {
    let mut world = World::ensemble(1);
    for (wanted, got) in [(0, 4), (-5, 4), (3_999, 4), (10_000, 10), (i32::MAX, 40)] {
        let mut line = world.dial(0).unwrap();
        let request = zk_proto::ConnectRequest { timeout: wanted, ..hello(None) };
        let session = world.shake_hands(&mut line, &request).unwrap();
        assert_eq!(session.timeout, seconds(got), "asked for {wanted} ms");
    }
}

#[test]
fn a_silent_session_expires_at_the_tick_after_its_timeout_and_takes_its_nodes_along() {
    let mut world = World::ensemble(1);
    let (mut line, _) = world.connect(0);
    world.ask(&mut line, Create::new("/a", "").ephemeral()).unwrap();
    world.wait(seconds(9));
    world.ask(&mut line, Ping).unwrap();
    world.wait(seconds(10));
    assert!(world.is_open(&line), "19 s: its timeout is just over");
    world.wait(seconds(1));
    assert!(!world.is_open(&line), "20 s");
    assert_eq!(world.engine.sessions().count(), 0);
    assert!(world.engine.tree().node("/a").is_none());
}

#[test]
fn a_frame_that_dribbles_in_does_not_keep_a_session() {
    let mut world = World::new(Config {
        limits: zk_server::Limits { transfer: seconds(3600), ..Default::default() },
        ..Config::default()
    });
    let (line, _) = world.connect(0);
    for byte in [0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0] {
        world.send_bytes(&line, &[byte]);
        world.wait(seconds(1));
    }
    world.wait(seconds(1));
    assert!(!world.is_open(&line));
}

#[test]
fn a_session_goes_on_at_another_connection_and_its_ephemeral_nodes_with_it() {
    let mut world = World::ensemble(1);
    let (mut line, session) = world.connect(0);
    world.ask(&mut line, Create::new("/a", "").ephemeral()).unwrap();
    world.hang_up(&line);
    world.wait(seconds(5));
    let mut line = world.resume(0, &session).expect("resumed");
    assert!(world.ask(&mut line, Exists::new("/a")).unwrap().is_some());
}

#[test]
fn a_session_that_is_taken_over_ends_its_first_connection() {
    let mut world = World::ensemble(1);
    let (first, session) = world.connect(0);
    let second = world.resume(0, &session).expect("resumed");
    assert!(!world.is_open(&first));
    assert!(world.is_open(&second));
    world.hang_up(&first);
    assert_eq!(world.engine.sessions().next().unwrap().member, Some(0), "it has a connection");
}

#[test]
fn a_wrong_password_resumes_nothing_and_still_ends_the_connection() {
    let mut world = World::ensemble(1);
    let (line, session) = world.connect(0);
    for password in [vec![0; 16], vec![], session.password[..15].to_vec()] {
        let thief = Session { password, ..session.clone() };
        assert!(world.resume(0, &thief).is_none());
    }
    assert!(!world.is_open(&line), "as Apache does");
    assert!(world.resume(0, &session).is_some(), "the session is still there");
}

#[test]
fn a_session_that_moved_is_over_at_the_member_that_it_left() {
    let mut world = World::ensemble(3);
    let (mut first, session) = world.connect(1);
    let mut second = world.resume(2, &session).expect("resumed");
    world.post(&mut first, &Ping, false);
    assert!(!world.is_open(&first), "it is told nothing");
    world.ask(&mut second, Ping).unwrap();
}

#[test]
fn a_connection_whose_session_moved_ends_when_nothing_came_for_as_long_as_a_session_lives() {
    let mut world = World::ensemble(3);
    let (silent, session) = world.connect(1);
    let mut second = world.resume(2, &session).expect("resumed");
    for _ in 0..11 {
        world.wait(seconds(1));
        world.ask(&mut second, Ping).unwrap();
        assert!(world.is_open(&silent));
    }
    world.wait(seconds(1));
    assert!(!world.is_open(&silent));
    assert!(world.is_open(&second));
}

#[test]
fn a_closed_or_expired_session_is_not_resumed() {
    let mut world = World::ensemble(1);
    let (mut closed, closed_session) = world.connect(0);
    world.ask(&mut closed, CloseSession).unwrap();
    assert!(!world.is_open(&closed));
    assert!(world.resume(0, &closed_session).is_none());
    let (_, expired) = world.connect(0);
    assert!(world.engine.expire_session(world.now, expired.id));
    assert!(!world.engine.expire_session(world.now, expired.id), "there is none any more");
    assert!(world.resume(0, &expired).is_none());
}

#[test]
fn a_server_that_forgot_all_sessions_resumes_none() {
    let mut world = World::ensemble(1);
    let (mut line, session) = world.connect(0);
    world.ask(&mut line, Create::new("/a", "").ephemeral()).unwrap();
    world.engine.forget_sessions(world.now);
    assert!(!world.is_open(&line));
    assert!(world.resume(0, &session).is_none());
    assert!(world.engine.tree().node("/a").is_none());
}

#[test]
fn who_has_seen_more_than_the_server_is_sent_away_without_a_word() {
    let mut world = World::ensemble(1);
    let mut line = world.dial(0).unwrap();
    let request = zk_proto::ConnectRequest { last_zxid_seen: 1, ..hello(None) };
    assert!(world.shake_hands(&mut line, &request).is_none());
    assert!(!world.is_open(&line));
}

#[test]
fn ids_and_passwords_come_from_the_entropy_and_tell_the_member() {
    let mut world = World::ensemble(3);
    let (_, one) = world.connect(0);
    let (_, two) = world.connect(2);
    assert_eq!((one.id >> 56, two.id >> 56), (1, 3));
    assert_ne!(one.password, two.password);
}

#[test]
fn dropped_connections_cost_no_session() {
    let mut world = World::ensemble(2);
    let (one, session) = world.connect(0);
    let (other, _) = world.connect(1);
    world.engine.drop_connections(world.now, Some(0));
    assert!(!world.is_open(&one));
    assert!(world.is_open(&other));
    assert!(world.resume(0, &session).is_some());
}
