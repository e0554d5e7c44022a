//! Sessions that go well.

use rustls::HandshakeKind;
use zk_client::{Action, ErrorKind, Fault, OpCode, Outcome, State};
use zk_proto::{Node, Record, Stat};

use crate::servers::{BOTH_VERSIONS, House, NAME};
use crate::world::{World, answer, now};

#[test]
fn a_session_is_the_same_however_its_bytes_arrive() {
    for version in BOTH_VERSIONS {
        for piece in [1, 2, 5, 100, 4_096, usize::MAX] {
            let house = House::with(&[version], |authority| authority.server(&[NAME]));
            let (mut world, zk, mut server) = World::connected(&house);
            assert_eq!(server.0.protocol_version(), Some(version.version));
            world.piece = piece;
            let data = vec![7; 100_000];
            let mut first = zk.get("/first");
            let mut second = zk.set("/second", &data);
            world.talks(&mut server).unwrap();
            assert_eq!(world.next_request(), (OpCode::GetData, 1));
            assert_eq!(world.next_frame().len(), 100_000 + 8 + 4 + 7 + 4 + 4);
            let node = Node::new(Some(data.into()), Stat::default());
            world.is_answered(&mut server, 1, |out| node.encode(out));
            assert_eq!(now(&mut first).unwrap().unwrap().data.len(), 100_000);
            world.is_answered(&mut server, 2, |out| Stat::default().encode(out));
            now(&mut second).unwrap().unwrap();
        }
    }
}

/// Nobody asks for anything: the bytes are those of TLS.
#[test]
fn the_driver_is_woken_for_each_step_of_the_handshake() {
    for version in BOTH_VERSIONS {
        let house = House::with(&[version], |authority| authority.server(&[NAME]));
        let mut world = World::new(house.trusting().build().unwrap());
        let mut server = house.server();
        world.registers();
        world.socket_comes_up();
        while server.0.is_handshaking() {
            assert!(world.is_woken() && world.driver.wants_transmit(), "{version:?}");
            let bytes = world.bytes();
            world.registers();
            server.hears(&bytes).unwrap();
            world.hears(&server.bytes());
        }
    }
}

#[test]
fn a_session_that_ends_says_goodbye() {
    let house = House::new();
    let (mut world, zk, mut server) = World::connected(&house);
    let mut closing = zk.close();
    world.talks(&mut server).unwrap();
    let (op, xid) = world.next_request();
    assert_eq!(op, OpCode::CloseSession);
    world.is_answered(&mut server, xid, |_| ());
    now(&mut closing).unwrap().unwrap();
    assert_eq!(world.next_action(), Some(Action::Disconnect(Fault::SessionOver)));
    assert!(world.driver.take_transmit(&mut world.outbox));
    server.0.read_tls(&mut world.outbox.pending()).unwrap();
    assert!(server.0.process_new_packets().unwrap().peer_has_closed());
    world.outbox.clear();
    assert!(!world.driver.take_transmit(&mut world.outbox), "once");
    assert_eq!(world.next_action(), Some(Action::Finish));
}

/// As when somebody cuts the line who cannot forge the end of TLS.
#[test]
fn an_end_without_goodbye_is_a_lost_connection() {
    let house = House::new();
    let (mut world, zk, mut server) = World::connected(&house);
    let mut reply = zk.set("/a", "x");
    world.talks(&mut server).unwrap();
    world.driver.handle_disconnected(&"unexpected end of file");
    let error = now(&mut reply).unwrap().unwrap_err();
    let lost = ErrorKind::ConnectionLost { fault: Fault::Closed, outcome: Outcome::Unknown };
    assert_eq!(error.kind(), &lost);
    assert_eq!(zk.state(), State::Suspended);
}

#[test]
fn a_session_is_resumed_by_a_shorter_handshake() {
    let house = House::new();
    let (mut world, zk, server) = World::connected(&house);
    assert_eq!(server.0.handshake_kind(), Some(HandshakeKind::Full));
    world.driver.handle_disconnected(&"reset by peer");
    let mut server = world.meets(&house);
    assert_eq!(server.0.handshake_kind(), Some(HandshakeKind::Resumed));
    world.next_frame();
    world.is_granted(&mut server);
    assert_eq!(zk.state(), State::Connected);
}

#[test]
fn what_came_before_a_record_that_is_bad_still_counts() {
    let house = House::new();
    let (mut world, zk, mut server) = World::connected(&house);
    let (mut first, mut second) = (zk.exists("/first"), zk.exists("/second"));
    world.talks(&mut server).unwrap();
    server.says(&answer(1, |out| Stat::default().encode(out)));
    let mut bytes = server.bytes();
    server.says(&answer(2, |out| Stat::default().encode(out)));
    bytes.extend(server.bytes());
    *bytes.last_mut().unwrap() ^= 1;
    world.hears(&bytes);
    assert_eq!(now(&mut first), Some(Ok(Some(Stat::default()))));
    let error = now(&mut second).unwrap().unwrap_err();
    let lost = ErrorKind::ConnectionLost { fault: Fault::Transport, outcome: Outcome::Unknown };
    assert_eq!(error.kind(), &lost);
    assert_eq!(world.next_action(), Some(Action::Disconnect(Fault::Transport)));
    let farewell = world.bytes();
    assert_eq!(
        server.hears(&farewell).unwrap_err().to_string(),
        "received fatal alert: BadRecordMac"
    );
    assert!(world.has_heard_all() || zk.state() == State::Suspended);
}
