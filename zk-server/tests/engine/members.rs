//! Members that come, go, stand still and lag.

use zk_proto::{Create, ErrorCode, EventType, Exists, GetData, SetData, Sync};
use zk_server::{Config, Lag};

use crate::world::{World, hello, seconds};

#[test]
fn what_is_written_at_one_member_is_read_at_another() {
    let mut world = World::ensemble(3);
    let (mut one, _) = world.connect(0);
    let (mut other, _) = world.connect(2);
    world.ask(&mut one, Create::new("/a", "x")).unwrap();
    assert_eq!(&world.ask(&mut other, GetData::new("/a")).unwrap().data[..], b"x");
}

#[test]
fn a_member_that_lags_shows_the_past_until_its_time_has_come() {
    let mut world = World::ensemble(3);
    let (mut writer, _) = world.connect(0);
    let (mut reader, _) = world.connect(1);
    world.engine.lag(world.now, 1, Lag::By(seconds(2)));
    assert!(world.watch(&mut reader, Exists::new("/a")).unwrap().is_none());
    world.ask(&mut writer, Create::new("/a", "")).unwrap();
    world.wait(seconds(1));
    assert!(world.ask(&mut reader, Exists::new("/a")).unwrap().is_none());
    assert_eq!(world.events(&mut reader), []);
    world.wait(seconds(1));
    assert_eq!(world.events(&mut reader), [(EventType::NodeCreated, "/a".into())]);
    assert!(world.ask(&mut reader, Exists::new("/a")).unwrap().is_some());
}

#[test]
fn a_write_through_a_member_that_lags_is_done_at_once_and_answered_when_it_is_seen_there() {
    let mut world = World::ensemble(3);
    let (mut line, _) = world.connect(1);
    world.engine.lag(world.now, 1, Lag::Held);
    world.post(&mut line, &Create::new("/a", ""), false);
    world.post(&mut line, &Exists::new("/a"), false);
    assert!(world.engine.tree().node("/a").is_some());
    assert!(world.answer::<Create<'_>>(&mut line).is_none());
    world.engine.lag(world.now, 1, Lag::None);
    assert_eq!(world.answer::<Create<'_>>(&mut line).unwrap().unwrap(), "/a");
    assert!(world.answer::<Exists<'_>>(&mut line).unwrap().unwrap().is_some());
}

#[test]
fn sync_waits_for_what_was_written_elsewhere() {
    let mut world = World::ensemble(3);
    let (mut writer, _) = world.connect(0);
    let (mut reader, _) = world.connect(1);
    world.engine.lag(world.now, 1, Lag::By(seconds(3)));
    world.ask(&mut writer, Create::new("/a", "")).unwrap();
    world.post(&mut reader, &Sync::new("/"), false);
    world.wait(seconds(2));
    assert!(world.answer::<Sync<'_>>(&mut reader).is_none());
    world.wait(seconds(1));
    assert!(world.answer::<Sync<'_>>(&mut reader).is_some());
    assert!(world.ask(&mut reader, Exists::new("/a")).unwrap().is_some());
}

#[test]
fn who_has_seen_more_than_a_member_is_sent_away_by_it() {
    let mut world = World::ensemble(3);
    world.engine.lag(world.now, 1, Lag::Held);
    let (mut line, session) = world.connect(0);
    world.ask(&mut line, Create::new("/a", "")).unwrap();
    let request = zk_proto::ConnectRequest { last_zxid_seen: line.zxid, ..hello(Some(&session)) };
    let mut behind = world.dial(1).unwrap();
    assert!(world.shake_hands(&mut behind, &request).is_none());
    let mut current = world.dial(2).unwrap();
    assert!(world.shake_hands(&mut current, &request).is_some());
}

#[test]
fn the_leader_never_lags() {
    let mut world = World::ensemble(3);
    let leader = world.engine.leader().unwrap();
    world.engine.lag(world.now, leader, Lag::Held);
    let (mut line, _) = world.connect(leader);
    world.ask(&mut line, Create::new("/a", "")).unwrap();
}

#[test]
fn killing_a_follower_ends_its_connections_only() {
    let mut world = World::ensemble(3);
    let leader = world.engine.leader().unwrap();
    let (stays, _) = world.connect(leader);
    let (goes, session) = world.connect(leader + 1);
    world.engine.kill(world.now, leader + 1);
    assert!(world.is_open(&stays));
    assert!(!world.is_open(&goes));
    assert!(world.dial(leader + 1).is_none(), "connections are refused");
    assert!(world.resume(leader, &session).is_some());
    world.engine.restart(world.now, leader + 1);
    assert!(world.dial(leader + 1).is_some());
}

#[test]
fn without_a_leader_nobody_serves_until_another_is_elected() {
    let mut world = World::new(Config { members: 3, election: seconds(1), ..Config::default() });
    let leader = world.engine.leader().unwrap();
    let (line, session) = world.connect(1);
    let before = world.engine.last_zxid();
    world.engine.kill(world.now, leader);
    assert!(!world.is_open(&line), "a follower lets go of its clients");
    assert_eq!(world.engine.leader(), None);
    assert!(world.resume(1, &session).is_none());
    world.wait(seconds(1));
    let next = world.engine.leader().expect("elected");
    assert_ne!(next, leader);
    assert!(world.resume(1, &session).is_some());
    assert_eq!(world.engine.last_zxid() >> 32, (before >> 32) + 1, "zxids of an epoch of its own");
}

#[test]
fn too_few_members_serve_nobody_and_expire_no_session() {
    let mut world = World::ensemble(3);
    let (_, session) = world.connect(0);
    world.engine.kill(world.now, 1);
    world.engine.kill(world.now, 2);
    world.wait(seconds(3600));
    assert!(world.resume(0, &session).is_none());
    world.engine.restart(world.now, 1);
    world.wait(seconds(9));
    assert!(world.resume(0, &session).is_some(), "it has its whole time again");
}

#[test]
fn a_frozen_server_reads_and_writes_nothing_and_goes_on_where_it_was() {
    let mut world = World::ensemble(1);
    let (mut line, _) = world.connect(0);
    world.engine.freeze(world.now, 0);
    assert_eq!(world.interest(&line), zk_server::Interest::Open { read: false });
    assert!(world.dial(0).is_some(), "connections are taken, by whom nobody knows");
    world.wait(seconds(8));
    assert_eq!(world.engine.poll_timeout(), None);
    world.engine.thaw(world.now, 0);
    world.ask(&mut line, Create::new("/a", "")).unwrap();
}

#[test]
fn a_frozen_follower_cannot_keep_its_sessions() {
    let mut world = World::ensemble(3);
    let follower = world.engine.leader().unwrap() + 1;
    let (line, _) = world.connect(follower);
    world.engine.freeze(world.now, follower);
    world.wait(seconds(12));
    assert_eq!(world.engine.sessions().count(), 0);
    assert!(world.is_open(&line), "it does not know yet");
    world.engine.thaw(world.now, follower);
    assert!(!world.is_open(&line));
}

#[test]
fn a_frozen_leader_is_replaced() {
    let mut world = World::ensemble(3);
    let leader = world.engine.leader().unwrap();
    let (line, session) = world.connect(leader);
    world.engine.freeze(world.now, leader);
    let next = world.engine.leader().expect("elected");
    assert_ne!(next, leader);
    let mut moved = world.resume(next, &session).expect("resumed");
    world.ask(&mut moved, Create::new("/a", "")).unwrap();
    world.engine.thaw(world.now, leader);
    assert!(!world.is_open(&line));
    assert_eq!(world.engine.leader(), Some(next));
}

/// It would come back with a view of the tree that lacks what was written meanwhile.
#[test]
fn a_dead_member_cannot_be_frozen() {
    let mut world = World::ensemble(3);
    let (mut line, _) = world.connect(0);
    world.engine.lag(world.now, 1, Lag::By(seconds(1)));
    world.engine.kill(world.now, 1);
    world.ask(&mut line, Create::new("/a", "")).unwrap();
    world.engine.freeze(world.now, 1);
    assert!(!world.engine.is_up(1));
    world.engine.thaw(world.now, 1);
    assert!(world.dial(1).is_none());
    world.engine.restart(world.now, 1);
    assert!(world.engine.tree_of(1).node("/a").is_some());
}

#[test]
fn a_member_that_lags_by_no_time_does_not_lag() {
    let mut world = World::ensemble(3);
    world.engine.lag(world.now, 1, Lag::By(seconds(0)));
    let (mut line, _) = world.connect(1);
    world.ask(&mut line, Create::new("/a", "")).unwrap();
    assert!(world.engine.poll_timeout().is_some_and(|at| at > world.now));
}

#[test]
fn a_write_that_is_refused_uses_up_a_zxid_at_members_that_lag_too() {
    let mut world = World::ensemble(3);
    let (mut line, _) = world.connect(1);
    world.engine.lag(world.now, 1, Lag::By(seconds(1)));
    let before = world.engine.last_zxid();
    world.post(&mut line, &SetData::new("/none", ""), false);
    assert_eq!(world.engine.last_zxid(), before + 1);
    world.wait(seconds(1));
    let answer = world.answer::<SetData<'_>>(&mut line).unwrap();
    assert_eq!(crate::world::code(answer), Some(ErrorCode::NoNode));
    assert_eq!(line.zxid, before + 1);
}

/// The end of a connection can be lost on the way (`NIOServerCnxnFactory`'s `cnxnExpiryQueue`).
#[test]
fn a_connection_that_says_nothing_for_its_session_timeout_ends_though_the_session_has_moved() {
    let mut world = World::ensemble(3);
    let (silent, session) = world.connect(2);
    let mut moved = world.resume(0, &session).expect("resumed");
    for _ in 0..4 {
        assert!(world.is_open(&silent));
        world.wait(session.timeout / 4);
        world.ask(&mut moved, Exists::new("/")).unwrap();
    }
    world.wait(seconds(2)); // to the end of the tick
    assert!(!world.is_open(&silent));
    assert!(world.is_open(&moved));
    assert!(world.resume(1, &session).is_some());
}
