//! What happens when nothing happens.

use std::time::Duration;

use zk_proto::{
    Action, Config, ConnectResponse, Fault, Instant, OpCode, Outcome, Reason, State, Ticket,
};

use crate::support::{
    PASSWORD, SESSION, THIRD, TIMEOUT, World, get, granted, millis, seconds, set, three_servers,
};

#[test]
fn a_ping_is_sent_when_nothing_was_for_a_third_of_the_timeout() {
    let mut world = World::connected();
    assert_eq!(world.next_deadline(), (THIRD, Reason::Ping));
    world.pass(seconds(1));
    world.submit(&get("/a")); // is as good as a ping
    world.server_answers_all();
    assert_eq!(world.next_deadline(), (THIRD, Reason::Ping));
    world.wait_until_next_deadline();
    world.next_is(OpCode::Ping);
}

#[test]
fn what_the_server_sends_does_not_put_the_ping_off() {
    let mut world = World::connected();
    world.pass(millis(1_900));
    world.server_notifies(zk_proto::EventType::NodeCreated, "/a");
    assert_eq!(world.next_deadline(), (millis(100), Reason::Ping));
}

#[test]
fn pings_go_on_for_as_long_as_they_are_answered() {
    let mut world = World::connected();
    for _ in 0..1_000 {
        assert_eq!(world.wait_until_next_deadline(), Reason::Ping);
        world.next_is(OpCode::Ping);
        assert!(world.find_request().is_none(), "one ping at a time");
        world.pass(millis(700));
        world.server_replies(-2, 0, &[]);
    }
    assert_eq!(world.states(), [State::Connected]);
}

/// R11: a ping may be answered late, between replies, or never asked for.
#[test]
fn r11_pongs_have_no_order() {
    let mut world = World::connected();
    world.server_replies(-2, 0, &[]);
    world.wait_until_next_deadline();
    world.next_is(OpCode::Ping);
    let call = world.submit(&get("/a"));
    world.server_answers_all();
    assert!(world.is_answered(call));
    world.server_replies(-2, 0, &[]);
    world.server_replies(-2, 0, &[]);
    assert_eq!(world.session.state(), State::Connected);
}

#[test]
fn s7_a_ping_without_an_answer_for_a_third_ends_the_connection() {
    let mut world = World::connected();
    let begin = world.now;
    assert_eq!(world.wait_until_next_deadline(), Reason::Ping);
    assert_eq!(world.wait_until_next_deadline(), Reason::Silence);
    assert_eq!(world.now.saturating_since(begin), THIRD * 2);
    assert_eq!(world.faults(), [Fault::Silent]);
    world.connect();
}

#[test]
fn s7_a_request_without_an_answer_for_a_third_ends_the_connection() {
    let mut world = World::connected();
    world.pass(seconds(1));
    let call = world.submit(&set("/a"));
    assert_eq!(world.next_deadline(), (THIRD, Reason::Silence));
    world.pass(seconds(1));
    world.submit(&set("/b")); // to ask again is not to be answered
    assert_eq!(world.next_deadline(), (seconds(1), Reason::Silence));
    world.wait_until_next_deadline();
    assert_eq!(world.outcome_of(call), Outcome::Unknown);
}

#[test]
fn anything_from_the_server_is_a_sign_of_life() {
    let mut world = World::connected();
    let call = world.submit(&get("/a"));
    for _ in 0..3 {
        world.pass(millis(1_900));
        world.server_notifies(zk_proto::EventType::NodeCreated, "/b");
    }
    assert_eq!(world.session.state(), State::Connected);
    assert!(!world.is_answered(call));
}

/// A server that has forgotten what it was asked must not keep its callers for ever.
#[test]
fn a_server_that_talks_of_other_things_is_left_after_the_timeout() {
    let mut world = World::connected();
    let answered = world.submit(&get("/a"));
    world.pass(seconds(1));
    let forgotten = world.submit(&get("/b"));
    let sent = world.next_request();
    world.server_answers(&sent);
    let begin = world.now;
    while world.session.state().is_connected() && world.now < begin + TIMEOUT * 2 {
        world.pass(seconds(1));
        world.server_notifies(zk_proto::EventType::NodeCreated, "/b");
        world.server_replies(-2, 0, &[]);
    }
    assert_eq!(world.now.saturating_since(begin), TIMEOUT, "since the last answer");
    assert_eq!(world.faults(), [Fault::Silent]);
    assert!(world.answer_to(answered).is_ok());
    assert_eq!(world.outcome_of(forgotten), Outcome::Unknown);
}

/// Its socket takes no more: neither the request nor a ping would ever arrive.
#[test]
fn s13_a_server_that_stops_reading_is_left() {
    let mut world = World::connected();
    world.submit(&set("/a"));
    world.is_stalled = true;
    let behind = world.submit(&set("/b"));
    assert_eq!(world.wait_until_next_deadline(), Reason::Silence);
    assert_eq!(world.outcome_of(behind), Outcome::NotApplied);
}

#[test]
fn s13_a_ping_needs_no_room_in_the_window() {
    let limits = zk_proto::Limits { window_requests: 1, ..Default::default() };
    let mut world = World::connected_with(Config { limits, ..three_servers() });
    world.submit(&get("/a"));
    world.submit(&get("/b"));
    world.pass(seconds(1));
    world.server_notifies(zk_proto::EventType::NodeCreated, "/c"); // it lives, but is slow
    assert_eq!(world.wait_until_next_deadline(), Reason::Ping);
    assert_eq!(world.ops(), [OpCode::GetData, OpCode::Ping]);
}

/// Nothing that is added to a moment or to a duration overflows.
#[test]
fn r12_no_duration_is_too_long() {
    let all_time = Duration::from_nanos(u64::MAX);
    let ticket = Ticket { session_id: SESSION, password: PASSWORD.into(), last_zxid: i64::MAX };
    let mut world = World::with(Config {
        session_timeout: Duration::MAX,
        connect_timeout: Some(Duration::MAX),
        resume: Some(ticket),
        ..three_servers()
    });
    world.now = Instant::since_origin(all_time / 2);
    world.tick();
    world.submit_within(&get("/a"), Duration::MAX);
    world.transport_comes_up();
    let longest = ConnectResponse { timeout: i32::MAX, ..granted() };
    assert_eq!(world.server_responds(&longest).timeout, i32::MAX);
    world.leap(all_time / 4);
    world.close();
}

/// H3: half a frame, then a byte a second, which would be a sign of life for ever.
#[test]
fn a_frame_that_dribbles_has_a_deadline_of_its_own() {
    let mut world = World::connected();
    world.submit(&get("/a"));
    world.pass(seconds(1));
    let begin = world.now;
    world.server_sends(&[0, 0, 0x10, 0]);
    for _ in 0..3 {
        world.pass(seconds(1));
        world.server_sends(b"x");
        assert_eq!(world.session.state(), State::Connected);
    }
    world.pass(seconds(1));
    assert_eq!(world.now.saturating_since(begin), THIRD * 2);
    assert_eq!(world.faults(), [Fault::Stalled]);
}

#[test]
fn frames_that_come_to_their_end_in_time_may_follow_each_other_for_ever() {
    let mut world = World::connected();
    for _ in 0..10 {
        // The end of one frame and the beginning of the next in one piece.
        world.submit(&get("/a"));
        let sent = world.requests().pop().expect("the request, perhaps after a ping");
        world.server_sends(&20_i32.to_be_bytes());
        for part in [&sent.xid.to_be_bytes()[..], &[0; 12], b"body"] {
            world.pass(seconds(1));
            world.server_sends(part);
        }
    }
    assert_eq!(world.session.stats().replies, 10);
    assert!(world.faults().is_empty());
}

#[test]
fn s1_a_session_that_is_cut_off_expires_by_the_clock_after_four_thirds() {
    let mut world = World::connected();
    let heard = world.now;
    world.line_breaks();
    let call = world.submit(&get("/a"));
    world.pass(millis(7_999)); // while all attempts time out
    assert_eq!(world.states(), [State::Connected, State::Suspended]);
    world.pass(millis(1));
    assert_eq!(world.now.saturating_since(heard), TIMEOUT * 4 / 3);
    assert_eq!(world.states(), [State::Expired]);
    assert_eq!(world.outcome_of(call), Outcome::NotApplied);
    world.leap(seconds(10_000));
    assert!(world.events().is_empty());
}

#[test]
fn s1_the_clock_of_expiry_starts_anew_with_each_sign_of_life() {
    let mut world = World::connected();
    world.pass(seconds(1));
    world.server_notifies(zk_proto::EventType::NodeCreated, "/a");
    world.pass(seconds(1));
    world.line_breaks();
    world.pass(millis(6_999));
    assert_eq!(world.session.state(), State::Suspended);
    world.pass(millis(1));
    assert_eq!(world.session.state(), State::Expired);
}

/// Whenever its clock starts, and even if that is at the origin of time.
#[test]
fn s1_a_resumed_session_that_finds_no_server_expires_as_well() {
    for start in [0, 1_000_000] {
        let ticket = Ticket { session_id: SESSION, password: PASSWORD.into(), last_zxid: 77 };
        let mut world = World::with(Config { resume: Some(ticket), ..three_servers() });
        world.now = Instant::since_origin(seconds(start));
        world.tick();
        world.pass(millis(7_999));
        assert_eq!(world.session.state(), State::Connecting);
        world.pass(millis(1));
        assert_eq!(world.session.state(), State::Expired);
    }
}

#[test]
fn s2_a_new_session_that_finds_no_server_keeps_looking() {
    let mut world = World::new();
    let call = world.submit(&get("/a"));
    world.pass(seconds(100_000));
    assert_eq!(world.session.state(), State::Connecting);
    assert!(!world.is_answered(call));
    world.actions();
    world.wait_until_next_deadline();
    world.connect();
    assert_eq!(world.paths(), ["/a"]);
}

/// A machine that slept: one step of the clock, in each state a session can be in.
#[test]
fn a_leap_of_the_clock_leaves_nothing_overdue() {
    let steps: [fn(&mut World); 6] = [
        |_| {},
        |world| world.tick(),
        |world| drop(world.transport_comes_up()),
        |world| drop(world.connect()),
        |world| {
            world.connect();
            world.submit(&get("/a"));
        },
        |world| {
            world.connect();
            world.server_sends(&[0, 0, 1]);
            world.line_breaks();
        },
    ];
    for step in steps {
        let mut world = World::new();
        step(&mut world);
        for _ in 0..5 {
            world.leap(seconds(10_000)); // which asserts that what is due is done
        }
    }
}

/// The server cannot have kept a session that was silent for so long; and nobody asks it.
#[test]
fn s1_a_request_that_was_on_its_way_when_the_machine_slept_finds_the_session_expired() {
    let mut world = World::connected();
    let call = world.submit(&set("/a"));
    world.leap(seconds(10_000));
    assert_eq!(world.outcome_of(call), Outcome::Unknown);
    assert_eq!(world.states(), [State::Connected, State::Suspended, State::Expired]);
    assert!(!world.actions().iter().skip(1).any(|a| matches!(a, Action::Connect(_))));
}

#[test]
fn timers_follow_a_shorter_timeout_at_once() {
    let mut world = World::new();
    world.transport_comes_up();
    world.server_responds(&ConnectResponse { timeout: 3, ..granted() });
    assert_eq!(world.next_deadline(), (millis(1), Reason::Ping));
    assert_eq!(world.wait_until_next_deadline(), Reason::Ping);
    assert_eq!(world.wait_until_next_deadline(), Reason::Silence);
}
