//! Requests whose connection breaks, whose caller goes away, or whose time is up.

use zk_proto::{
    AddWatch, Error, ErrorKind, Fault, News, OpCode, Outcome, Reason, WatchMode, WatcherType,
};

use crate::support::{Call, Event, World, get, millis, seconds, set};

fn lost(outcome: Outcome) -> ErrorKind {
    ErrorKind::ConnectionLost { fault: Fault::Closed, outcome }
}

#[test]
fn r4_what_was_handed_out_is_unknown_and_what_was_not_is_not_applied() {
    let mut world = World::connected();
    let answered = world.submit(&set("/a"));
    let sent = world.submit(&set("/b"));
    let first = world.next_request();
    world.server_answers(&first);
    world.is_stalled = true;
    let unsent = world.submit(&set("/c"));
    world.line_breaks();
    assert!(world.answer_to(answered).is_ok());
    assert_eq!(world.error_of(sent).kind(), &lost(Outcome::Unknown));
    assert_eq!(world.error_of(unsent).kind(), &lost(Outcome::NotApplied));
}

#[test]
fn a_lost_connection_answers_in_the_order_of_the_requests() {
    let mut world = World::connected();
    let sent = ["/a", "/b"].map(|path| world.submit(&set(path)).token);
    world.is_stalled = true;
    let unsent = ["/c", "/d"].map(|path| world.submit(&set(path)).token);
    world.events();
    world.line_breaks();
    let told: Vec<_> = world
        .events()
        .into_iter()
        .map(|event| if let Event::Reply(token, _) = event { Some(token) } else { None })
        .collect();
    let answers = sent.into_iter().chain(unsent).map(Some);
    assert_eq!(told, answers.chain([None]).collect::<Vec<_>>());
}

#[test]
fn what_is_submitted_without_a_connection_waits_for_one() {
    let mut world = World::connected();
    world.line_breaks();
    let calls = ["/a", "/b"].map(|path| world.submit(&get(path)));
    world.pass(seconds(1));
    world.actions();
    world.wait_until_next_deadline();
    world.connect();
    assert_eq!(world.session.stats().in_flight, 2);
    world.server_answers_all();
    assert!(calls.into_iter().all(|call| world.answer_to(call).is_ok()));
}

#[test]
fn what_waits_survives_attempts_that_fail() {
    let mut world = World::new();
    let call = world.submit(&get("/a"));
    world.wait_for_attempt();
    world.attempt_fails("refused");
    world.transport_comes_up();
    world.server_reads_greeting();
    world.line_breaks();
    world.connect();
    assert_eq!(world.paths(), ["/a"]);
    assert!(!world.is_answered(call));
}

#[test]
fn a_request_that_was_cancelled_in_time_is_never_sent() {
    let mut world = World::new();
    let (kept, cancelled) = (world.submit(&get("/a")), world.submit(&get("/b")));
    let behind = world.submit(&get("/c"));
    assert!(world.cancel(cancelled));
    assert!(!world.cancel(cancelled), "once");
    world.connect();
    assert_eq!(world.paths(), ["/a", "/c"]);
    assert!(world.cancel(kept) && world.cancel(behind));
}

#[test]
fn a_request_that_was_cancelled_too_late_keeps_its_place() {
    let mut world = World::connected();
    let calls = ["/a", "/b", "/c"].map(|path| world.submit(&get(path)));
    assert!(world.cancel(calls[1]));
    assert!(!world.cancel(calls[1]));
    for (sent, body) in world.requests().iter().zip([b"1", b"2", b"3"]) {
        world.server_answers_with(sent, body);
    }
    assert_eq!(world.answer_to(calls[0]).unwrap(), &b"1"[..]);
    assert_eq!(world.answer_to(calls[2]).unwrap(), &b"3"[..]);
    assert!(!world.cancel(calls[2]), "it has been answered");
    assert!(world.all_is_answered());
}

#[test]
fn the_reply_to_a_cancelled_request_counts_as_seen() {
    let mut world = World::connected();
    let call = world.submit(&set("/a"));
    world.cancel(call);
    world.zxid = 800;
    world.server_answers_all();
    assert_eq!(world.session.stats().last_zxid, 801);
}

#[test]
fn a_cancelled_request_gives_back_its_watcher() {
    let mut world = World::new();
    let unsent = world.watch(&get("/a"), "unsent");
    assert!(world.cancel(unsent));
    world.connect();
    let sent = world.watch(&get("/b"), "sent");
    assert!(world.cancel(sent));
    assert!(world.all_watches_have_ended());
}

fn overdue(outcome: Outcome) -> Error {
    ErrorKind::DeadlineExceeded(outcome).into()
}

#[test]
fn r7_a_deadline_before_the_request_is_sent_means_that_it_never_is() {
    let mut world = World::new();
    let call = world.submit_within(&set("/a"), seconds(1));
    world.pass(millis(999));
    assert!(!world.is_answered(call));
    world.pass(millis(1));
    assert_eq!(world.error_of(call), overdue(Outcome::NotApplied));
    world.actions();
    world.wait_until_next_deadline();
    world.connect();
    assert!(world.find_request().is_none());
}

#[test]
fn r7_a_deadline_after_the_request_was_sent_leaves_its_place_to_it() {
    let mut world = World::connected();
    let call = world.submit_within(&set("/a"), seconds(1));
    let next = world.submit(&set("/b"));
    world.pass(seconds(1));
    assert_eq!(world.error_of(call), overdue(Outcome::Unknown));
    world.server_answers_all();
    assert!(world.answer_to(next).is_ok());
    assert!(world.all_is_answered());
}

#[test]
fn requests_that_are_answered_in_time_leave_no_deadline() {
    let leave: [fn(&mut World, Call); 4] = [
        |world, _| world.server_answers_all(),
        |world, call| assert!(world.cancel(call)),
        |world, _| world.line_breaks(),
        |world, call| {
            world.line_breaks();
            assert!(!world.cancel(call));
        },
    ];
    for leave in leave {
        let mut world = World::connected();
        let call = world.submit_within(&get("/a"), millis(500));
        assert_eq!(world.next_deadline(), (millis(500), Reason::Deadline));
        leave(&mut world, call);
        assert_ne!(world.next_deadline().1, Reason::Deadline);
    }
    let mut world = World::new();
    let unsent = world.submit_within(&get("/a"), millis(500));
    world.tick();
    assert_eq!(world.next_deadline(), (millis(500), Reason::Deadline));
    world.cancel(unsent);
    assert_eq!(world.next_deadline().1, Reason::ConnectTimeout);
}

#[test]
fn a_watch_whose_request_is_overdue_was_never_set() {
    let mut world = World::new();
    let deadline = Some(world.now + seconds(1));
    let unsent = world.watch_until(&get("/a"), "unsent", deadline);
    world.pass(seconds(1));
    assert_eq!(world.error_of(unsent), overdue(Outcome::NotApplied));
    assert_eq!(world.news_of("unsent"), [News::NotSet]);
    world.actions();
    world.wait_until_next_deadline();
    world.connect();

    let deadline = Some(world.now + seconds(1));
    let sent = world.watch_until(&get("/b"), "sent", deadline);
    world.pass(seconds(1));
    assert_eq!(world.error_of(sent), overdue(Outcome::Unknown));
    assert_eq!(world.news_of("sent"), [News::NotSet]);
    let request = world.next_request();
    world.server_answers(&request);
    let removal = world.next_is(OpCode::RemoveWatches); // for the server has it now
    let wanted = zk_proto::RemoveWatches::new("/b", WatcherType::Data);
    assert_eq!(removal.request(), zk_proto::AnyRequest::RemoveWatches(wanted));
}

#[test]
fn w9_watches_that_were_asked_for_are_told_that_they_were_never_set() {
    let mut world = World::connected();
    let sent = world.watch(&get("/a"), "sent");
    world.is_stalled = true;
    let request = AddWatch::new("/b", WatchMode::Persistent);
    let unsent = world.watch(&request, "unsent");
    world.line_breaks();
    assert_eq!(world.outcome_of(sent), Outcome::Unknown);
    assert_eq!(world.outcome_of(unsent), Outcome::NotApplied);
    assert_eq!(world.news_of("sent"), [News::NotSet]);
    assert_eq!(world.news_of("unsent"), [News::NotSet]);
    world.is_stalled = false;
    world.connect();
    assert!(world.find_request().is_none(), "there is nothing to set again");
}

/// The bytes of a reply that did not come to its end must not run into the next connection.
#[test]
fn half_a_reply_is_lost_with_its_connection() {
    let mut world = World::connected();
    world.submit(&get("/a"));
    world.server_sends(&[0, 0, 0, 20, 0, 0]);
    world.reconnect();
    world.submit(&get("/b"));
    world.server_answers_all();
    assert!(world.all_is_answered());
    assert_eq!(world.session.stats().connections, 2);
}

#[test]
fn everything_is_answered_after_an_expiry_too() {
    let mut world = World::connected();
    world.line_breaks();
    let calls = [world.submit(&get("/a")), world.watch(&get("/b"), "b")];
    world.pass(seconds(8));
    for call in calls {
        let expired = ErrorKind::SessionExpired(Outcome::NotApplied);
        assert_eq!(world.error_of(call).kind(), &expired);
    }
    assert_eq!(world.news_of("b"), [News::NotSet]);
    let (_, _, error) = world
        .session
        .submit_watch(
            &get("/c"),
            zk_proto::Scope { chroot: &zk_proto::Chroot::root(), ..zk_proto::Scope::default() },
            0,
            "c",
        )
        .expect_err("the session is over");
    assert!(error.is_session_over());
}
