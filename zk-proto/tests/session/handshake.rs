//! The first messages of a connection.

use zk_proto::{
    Action, Config, ConnectResponse, ErrorCode, ErrorKind, Fault, OpCode, Reason, Record,
    ReplyHeader, State, Ticket,
};

use crate::support::{
    INSTANTLY, PASSWORD, SESSION, TIMEOUT, World, get, granted, millis, seconds, three_servers,
};

fn resumed() -> World {
    let ticket = Ticket { session_id: SESSION, password: PASSWORD.into(), last_zxid: 77 };
    World::with(Config { resume: Some(ticket), ..three_servers() })
}

/// The session has left the server for another one, without a pause.
fn turns_to_another_server(world: &mut World, why: &str) {
    assert_eq!(world.next_deadline(), (seconds(2), Reason::ConnectTimeout));
    assert_eq!(world.session.state(), State::Connecting);
    assert_eq!(&*world.session.failures()[0].why, why);
    world.connect();
    assert_eq!(world.session.state(), State::Connected);
}

#[test]
fn a_new_session_asks_with_no_number_and_sixteen_zero_bytes() {
    let mut world = World::new();
    world.transport_comes_up();
    let greeting = world.server_grants();
    assert_eq!((greeting.protocol_version, greeting.session_id), (0, 0));
    assert_eq!((greeting.last_zxid_seen, greeting.timeout), (0, 6_000));
    assert_eq!(greeting.password, [0; 16]);
    assert_eq!(greeting.read_only, Some(false));
    assert_eq!(world.states(), [State::Connected]);
    assert_eq!(world.session.id(), SESSION);
}

#[test]
fn s11_an_answer_without_the_read_only_byte_is_an_answer() {
    let mut world = World::new();
    world.transport_comes_up();
    world.server_responds(&ConnectResponse { read_only: None, ..granted() });
    assert_eq!(world.states(), [State::Connected]);
}

#[test]
fn the_server_decides_on_the_timeout() {
    let mut world = World::new();
    world.transport_comes_up();
    world.server_responds(&ConnectResponse { timeout: 30_000, ..granted() });
    assert_eq!(world.session.timeout(), seconds(30));
    assert_eq!(world.next_deadline(), (seconds(10), Reason::Ping));
}

/// Another server may grant more than the last one did.
#[test]
fn each_server_is_asked_for_the_timeout_that_was_configured() {
    let mut world = World::new();
    world.transport_comes_up();
    world.server_responds(&ConnectResponse { timeout: 4_000, ..granted() });
    world.line_breaks();
    world.transport_comes_up();
    assert_eq!(world.server_grants().timeout, 6_000);
    assert_eq!(world.session.timeout(), TIMEOUT);
}

#[test]
fn a_ticket_resumes_the_session_it_was_written_for() {
    let mut world = resumed();
    world.transport_comes_up();
    let greeting = world.server_grants();
    assert_eq!((greeting.session_id, &*greeting.password), (SESSION, &PASSWORD[..]));
    assert_eq!(greeting.last_zxid_seen, 77);
    assert_eq!(world.states(), [State::Connected]);
}

#[test]
fn s6_a_reconnect_tells_the_last_transaction_of_replies_and_events() {
    let mut world = World::connected();
    let call = world.submit(&get("/a"));
    world.zxid = 500;
    world.server_answers_all();
    assert!(world.is_answered(call));
    world.server_notifies(zk_proto::EventType::NodeCreated, "/a"); // in whose header is -1
    world.line_breaks();
    world.transport_comes_up();
    let greeting = world.server_grants();
    assert_eq!((greeting.session_id, greeting.last_zxid_seen), (SESSION, 501));
    world.server_notifies_of(700, zk_proto::EventType::NodeCreated, "/a");
    world.server_notifies_of(600, zk_proto::EventType::NodeDeleted, "/a");
    world.line_breaks();
    world.transport_comes_up();
    assert_eq!(world.server_grants().last_zxid_seen, 700);
}

/// And whoever asks for its ticket then gets the same.
#[test]
fn a_ticket_has_what_the_session_knows() {
    let mut world = World::new();
    assert_eq!(world.session.ticket(), None);
    world.connect();
    world.submit(&get("/a"));
    world.zxid = 500;
    world.server_answers_all();
    let ticket = Ticket { session_id: SESSION, password: PASSWORD.into(), last_zxid: 501 };
    assert_eq!(world.session.ticket(), Some(ticket));
}

#[test]
fn r8_nothing_follows_the_handshake_before_its_answer() {
    let mut world = World::with(Config {
        auth: vec![zk_proto::AuthPacket::new("digest", *b"u:p")],
        ..three_servers()
    });
    world.submit(&get("/a"));
    world.transport_comes_up();
    world.submit(&get("/b"));
    world.server_reads_greeting();
    world.pass(seconds(1));
    assert!(world.find_request().is_none());
    world.server_sends_frame(&encoded(&granted()));
    assert_eq!(world.ops(), [OpCode::Auth, OpCode::GetData, OpCode::GetData]);
}

#[test]
fn no_timeout_means_that_the_session_has_expired() {
    let mut world = resumed();
    world.transport_comes_up();
    let waiting = world.submit(&get("/a"));
    let refusal = ConnectResponse { timeout: 0, session_id: 0, password: vec![0; 16], ..granted() };
    world.server_responds(&refusal);
    assert_eq!(world.states(), [State::Expired]);
    assert!(matches!(world.error_of(waiting).kind(), ErrorKind::SessionExpired(_)));
}

#[test]
fn m7_a_negative_timeout_is_none_either() {
    let mut world = resumed();
    world.transport_comes_up();
    world.server_responds(&ConnectResponse { timeout: -1, ..granted() });
    assert_eq!(world.states(), [State::Expired]);
}

#[test]
fn a_refusal_of_a_new_session_is_no_expiry_but_a_reason_to_ask_another_server() {
    let mut world = World::new();
    world.transport_comes_up();
    world.server_responds(&ConnectResponse { timeout: 0, session_id: 0, ..granted() });
    turns_to_another_server(&mut world, "a session that is none");
}

#[test]
fn s4_another_session_under_our_name_means_that_ours_has_expired() {
    let mut world = World::connected();
    world.line_breaks();
    world.transport_comes_up();
    world.server_responds(&ConnectResponse { session_id: SESSION + 1, ..granted() });
    assert_eq!(world.states(), [State::Connected, State::Suspended, State::Expired]);
}

#[test]
fn a_read_only_server_that_refuses_with_a_bare_header_is_left_for_another() {
    let mut world = World::new();
    world.transport_comes_up();
    world.server_reads_greeting();
    let err = ErrorCode::NotReadOnly.code();
    world.server_sends_frame(&encoded(&ReplyHeader { xid: 0, zxid: 0, err }));
    assert_eq!(world.faults(), [Fault::NotServing]);
    turns_to_another_server(&mut world, "not serving");
}

#[test]
fn a_read_only_server_is_left_for_another_unless_it_will_do() {
    let mut world = World::new();
    world.transport_comes_up();
    world.server_responds(&ConnectResponse { read_only: Some(true), ..granted() });
    assert_eq!(world.faults(), [Fault::NotServing]);
    turns_to_another_server(&mut world, "not serving");
}

#[test]
fn a_keeper_without_a_leader_is_left_for_another() {
    let mut world = resumed();
    world.transport_comes_up();
    world.server_responds(&ConnectResponse { protocol_version: 42, timeout: 0, ..granted() });
    turns_to_another_server(&mut world, "not serving");
}

#[test]
fn s8_a_server_that_says_nothing_is_left_for_another() {
    let mut world = World::new();
    world.transport_comes_up();
    world.server_reads_greeting();
    assert_eq!(world.wait_until_next_deadline(), Reason::ConnectTimeout);
    assert_eq!(world.faults(), [Fault::ConnectTimeout]);
    turns_to_another_server(&mut world, "connect timeout");
}

#[test]
fn s8_an_answer_that_is_one_byte_short_does_not_hold_the_session() {
    let mut world = World::new();
    world.transport_comes_up();
    world.server_reads_greeting();
    let mut bytes = Vec::new();
    zk_proto::wire::put_frame(&mut bytes, |out| granted().encode(out));
    for byte in &bytes[..bytes.len() - 1] {
        world.pass(millis(40));
        world.server_sends(&[*byte]); // and each byte would be a sign of life, later on
    }
    assert_eq!(world.next_deadline().1, Reason::ConnectTimeout);
    world.wait_until_next_deadline();
    assert_eq!(world.faults(), [Fault::ConnectTimeout]);
    turns_to_another_server(&mut world, "connect timeout");
}

#[test]
fn m7_a_password_that_is_longer_than_its_message_is_no_panic() {
    for length in [17_i32, 0x7fff_ffff, -2, i32::MIN] {
        let mut world = World::new();
        world.transport_comes_up();
        world.server_reads_greeting();
        let mut frame = encoded(&granted());
        frame[16..20].copy_from_slice(&length.to_be_bytes());
        // One more than there is takes the read-only byte; the others have nothing to take.
        world.server_sends_frame(&frame);
        let is_granted = length == 17;
        assert_eq!(world.session.state().is_connected(), is_granted, "{length}");
    }
}

#[test]
fn a_password_of_no_use_is_refused() {
    let mut world = World::new();
    world.transport_comes_up();
    world.server_responds(&ConnectResponse { password: vec![1; 257], ..granted() });
    turns_to_another_server(&mut world, "a session that is none");
}

#[test]
fn m7_every_answer_that_is_too_short_is_a_fault() {
    for len in (0..36).filter(|len| *len != ReplyHeader::LEN) {
        let mut world = World::new();
        world.transport_comes_up();
        world.server_reads_greeting();
        world.server_sends_frame(&encoded(&granted())[..len]);
        assert!(matches!(world.faults()[..], [Fault::Malformed(_)]), "{len} bytes");
        world.connect();
    }
}

/// A member of an ensemble that does not serve, or one that is behind the client.
#[test]
fn s5_a_server_that_hangs_up_is_left_for_another_and_a_pause_follows_the_last() {
    let mut world = World::new();
    for server in 1..=3 {
        world.transport_comes_up();
        world.server_reads_greeting();
        world.line_breaks();
        assert_eq!(world.session.failures().len(), server);
    }
    let (pause, reason) = world.next_deadline();
    assert_eq!(reason, Reason::Reconnect);
    assert!(pause > INSTANTLY);
    for failure in world.session.failures() {
        assert_eq!(&*failure.why, "closed during the handshake: reset by peer");
    }
}

#[test]
fn an_answer_to_a_handshake_and_the_first_replies_may_come_in_one_piece() {
    let mut world = World::new();
    world.submit(&get("/a"));
    world.transport_comes_up();
    world.server_reads_greeting();
    let mut bytes = Vec::new();
    zk_proto::wire::put_frame(&mut bytes, |out| granted().encode(out));
    let unasked = ReplyHeader { xid: 1, zxid: 9, err: 0 };
    zk_proto::wire::put_frame(&mut bytes, |out| unasked.encode(out));
    world.server_sends(&bytes);
    // Connected first; then a reply to what was not sent yet, which no server can know.
    assert_eq!(world.states(), [State::Connected, State::Suspended]);
    assert_eq!(world.faults(), [Fault::OutOfOrder]);
}

#[test]
fn bytes_from_a_connection_that_is_no_more_change_nothing() {
    let mut world = World::new();
    world.server_sends(&[0xff; 64]);
    world.tick();
    world.server_sends(&[0xff; 64]); // while the transport is being made
    assert!(matches!(world.actions()[..], [Action::Connect(_)]));
    world.session.close(world.now);
    world.server_sends(&[0xff; 64]);
    assert!(matches!(world.actions()[..], [Action::Disconnect(_), Action::Finish]));
}

fn encoded(record: &impl Record) -> Vec<u8> {
    let mut bytes = Vec::new();
    record.encode(&mut bytes);
    bytes
}
