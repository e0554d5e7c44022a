//! Answers: whose they are, and what they say about the session.

use zk_proto::wire::put_frame;
use zk_proto::{ErrorCode, ErrorKind, Fault, Limits, OpCode, Outcome, Record, ReplyHeader, State};

use crate::support::{World, get, set, three_servers};

#[test]
fn replies_go_to_their_callers_in_the_order_of_the_requests() {
    let mut world = World::connected();
    let calls = ["/a", "/b", "/c"].map(|path| world.submit(&get(path)));
    assert!(!world.is_answered(calls[0]));
    for (sent, body) in world.requests().iter().zip([b"1", b"2", b"3"]) {
        world.server_answers_with(sent, body);
    }
    let bodies = calls.map(|call| world.answer_to(call).expect("success"));
    assert_eq!(bodies, [&b"1"[..], b"2", b"3"]);
}

#[test]
fn several_replies_in_one_piece_are_several_answers() {
    let mut world = World::connected();
    let calls = ["/a", "/b"].map(|path| world.submit(&get(path)));
    let mut bytes = Vec::new();
    for sent in world.requests() {
        put_frame(&mut bytes, |out| ReplyHeader { xid: sent.xid, zxid: 5, err: 0 }.encode(out));
    }
    world.server_sends(&bytes);
    assert!(calls.into_iter().all(|call| world.is_answered(call)));
}

/// The connection is given up, everybody is told that nothing is known, nobody gets the answer
/// of another.
fn desynchronises(mut world: World, send: impl FnOnce(&mut World, i32)) {
    let calls = ["/a", "/b", "/c"].map(|path| world.submit(&get(path)));
    let first = world.next_request();
    send(&mut world, first.xid);
    assert_eq!(world.faults(), [Fault::OutOfOrder]);
    for call in calls {
        let lost =
            ErrorKind::ConnectionLost { fault: Fault::OutOfOrder, outcome: Outcome::Unknown };
        assert_eq!(world.error_of(call).kind(), &lost);
    }
    world.connect();
    assert_eq!(world.session.state(), State::Connected);
}

#[test]
fn r1_a_reply_with_a_wrong_number_is_nobodys() {
    desynchronises(World::connected(), |world, xid| world.server_replies(xid + 100, 0, b"x"));
}

#[test]
fn r1_reordered_replies_are_nobodys() {
    desynchronises(World::connected(), |world, xid| world.server_replies(xid + 1, 0, b"x"));
}

#[test]
fn r1_an_answer_to_an_identity_that_was_not_added_is_nobodys() {
    desynchronises(World::connected(), |world, _| {
        world.server_replies(ReplyHeader::AUTH, 0, &[]);
    });
}

#[test]
fn r1_a_repeated_reply_is_nobodys() {
    let mut world = World::connected();
    let (a, b) = (world.submit(&get("/a")), world.submit(&get("/b")));
    let first = world.next_request();
    world.server_replies(first.xid, 0, b"1");
    world.server_replies(first.xid, 0, b"1");
    assert_eq!(world.faults(), [Fault::OutOfOrder]);
    assert!(world.answer_to(a).is_ok());
    assert_eq!(world.outcome_of(b), Outcome::Unknown);
}

#[test]
fn r1_a_reply_to_nothing_ends_the_connection() {
    let mut world = World::connected();
    world.server_replies(1, 0, b"x");
    assert_eq!(world.faults(), [Fault::OutOfOrder]);
    assert_eq!(world.states(), [State::Connected, State::Suspended]);
}

/// Defect 4 of other clients, and R3: an enumeration that ends where its author stopped.
#[test]
fn r3_error_codes_without_a_name_are_kept() {
    for code in [-2, -7, -12, -13, -14, -120, -122, -126, -1_000, 1, 7, i32::MIN, i32::MAX] {
        let mut world = World::connected();
        let call = world.submit(&get("/a"));
        let sent = world.next_request();
        world.server_refuses(&sent, ErrorCode::from_code(code));
        let error = world.error_of(call);
        assert_eq!(error.code().map(ErrorCode::code), Some(code));
        assert_eq!(world.session.state(), State::Connected);
    }
}

#[test]
fn what_follows_an_error_code_is_ignored() {
    let mut world = World::connected();
    let call = world.submit(&get("/a"));
    let sent = world.next_request();
    world.server_replies(sent.xid, ErrorCode::MarshallingError.code(), &[0xff; 9]);
    assert_eq!(world.error_of(call).code(), Some(ErrorCode::MarshallingError));
}

#[test]
fn a_reply_that_says_expired_ends_the_session() {
    let mut world = World::connected();
    let (asked, behind) = (world.submit(&get("/a")), world.submit(&get("/b")));
    let sent = world.next_request();
    world.server_refuses(&sent, ErrorCode::SessionExpired);
    assert_eq!(world.states(), [State::Connected, State::Expired]);
    assert_eq!(world.error_of(asked).code(), Some(ErrorCode::SessionExpired));
    let expired = ErrorKind::SessionExpired(Outcome::Unknown);
    assert_eq!(world.error_of(behind).kind(), &expired);
}

#[test]
fn s10_a_session_that_has_moved_is_looked_for_on_another_connection() {
    let mut world = World::connected();
    let (asked, behind) = (world.submit(&set("/a")), world.submit(&set("/b")));
    let sent = world.next_request();
    world.server_refuses(&sent, ErrorCode::SessionMoved);
    assert_eq!(world.faults(), [Fault::SessionMoved]);
    assert_eq!(world.error_of(asked).code(), Some(ErrorCode::SessionMoved));
    assert_eq!(world.outcome_of(behind), Outcome::Unknown);
    world.connect();
    assert_eq!(world.session.state(), State::Connected);
}

#[test]
fn a_server_that_demands_authentication_ends_the_session() {
    let demand = ErrorCode::SessionClosedRequireSaslAuth;
    let mut world = World::connected();
    let call = world.submit(&get("/a"));
    let sent = world.next_request();
    world.server_refuses(&sent, demand);
    assert_eq!(world.error_of(call).code(), Some(demand));
    assert_eq!(world.session.state(), State::AuthFailed);

    let mut world = World::connected();
    world.wait_until_next_deadline();
    let ping = world.next_is(OpCode::Ping);
    world.server_refuses(&ping, demand);
    assert_eq!(world.session.state(), State::AuthFailed);
}

/// Whatever closeSession is answered, the owner has closed the session: it ends once, and so.
#[test]
fn a_close_that_is_refused_is_a_close() {
    for code in [
        ErrorCode::SessionClosedRequireSaslAuth,
        ErrorCode::SessionExpired,
        ErrorCode::SessionMoved,
        ErrorCode::SystemError,
    ] {
        let mut world = World::connected();
        world.close();
        let close = world.next_is(OpCode::CloseSession);
        world.server_refuses(&close, code);
        assert_eq!(world.states(), [State::Connected, State::Closed], "{code}");
        assert_eq!(world.faults(), [Fault::SessionOver], "{code}");
    }
}

#[test]
fn m3_short_frames_end_the_connection() {
    for len in 0..ReplyHeader::LEN {
        let mut world = World::connected();
        world.server_sends_frame(&vec![0; len]);
        assert!(matches!(world.faults()[..], [Fault::Malformed(_)]), "{len} bytes");
    }
}

#[test]
fn m3_impossible_lengths_end_the_connection_at_once() {
    let limit = Limits::default().frame_in as i32;
    for length in [-1, i32::MIN, i32::MAX, limit + 1] {
        let mut world = World::connected();
        world.server_sends(&length.to_be_bytes());
        assert_eq!(world.faults(), [Fault::FrameTooLong], "{length}");
    }
}

#[test]
fn m6_an_event_of_an_unknown_type_ends_the_connection() {
    for kind in [0, 5, 6, 7, -2, 100] {
        let mut world = World::connected();
        let mut event = vec![0xff; 12]; // xid -1, zxid -1
        for number in [0, kind, 3, 0] {
            event.extend_from_slice(&i32::to_be_bytes(number));
        }
        world.server_sends_frame(&event);
        assert!(matches!(world.faults()[..], [Fault::Malformed(_)]), "type {kind}");
    }
}

#[test]
fn defect_5_a_lower_zxid_does_not_take_back_what_was_seen() {
    let mut world = World::connected_with(three_servers());
    for zxid in [900, 3, -1, 0] {
        world.submit(&get("/a"));
        let sent = world.next_request();
        world.zxid = zxid;
        world.server_replies(sent.xid, 0, &[]);
        assert_eq!(world.session.stats().last_zxid, 900);
    }
}

#[test]
fn what_goes_on_is_counted() {
    let mut world = World::connected();
    let after_handshake = world.session.stats();
    assert_eq!((after_handshake.bytes_sent, after_handshake.bytes_received), (49, 41));
    let calls = ["/a", "/b"].map(|path| world.submit(&get(path)));
    let sent = world.next_request();
    world.server_answers(&sent);
    world.server_notifies(zk_proto::EventType::NodeCreated, "/");
    let stats = world.session.stats();
    assert_eq!((stats.requests, stats.replies, stats.notifications), (2, 1, 1));
    assert_eq!((stats.connections, stats.in_flight, stats.queued), (1, 1, 0));
    assert_eq!(stats.bytes_sent, 49 + 2 * (4 + 8 + 4 + 2 + 1));
    assert_eq!(stats.bytes_received, 41 + 20 + (4 + 16 + 12 + 1));
    assert!(world.is_answered(calls[0]) && !world.is_answered(calls[1]));
}
