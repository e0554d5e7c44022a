//! The end that its owner wants.

use zk_proto::{
    Action, Config, ErrorKind, EventType, Fault, Limits, News, OpCode, Outcome, Reason, State,
};

use crate::support::{World, get, millis, seconds, set, three_servers};

#[test]
fn r5_close_comes_after_all_that_was_submitted_and_ends_with_its_answer() {
    let mut world = World::connected();
    let calls = ["/a", "/b"].map(|path| world.submit(&set(path)));
    world.close();
    let sent = world.requests();
    let ops: Vec<_> = sent.iter().map(|sent| sent.op).collect();
    assert_eq!(ops, [OpCode::SetData, OpCode::SetData, OpCode::CloseSession]);
    for sent in &sent {
        assert_eq!(world.session.state(), State::Connected);
        world.server_answers(sent);
    }
    assert!(calls.into_iter().all(|call| world.answer_to(call).is_ok()));
    assert_eq!(world.states(), [State::Connected, State::Closed]);
    assert!(matches!(
        world.actions()[..],
        [Action::Disconnect(Fault::SessionOver), Action::Finish]
    ));
}

#[test]
fn close_waits_for_what_the_window_holds_back() {
    let limits = Limits { window_requests: 1, ..Limits::default() };
    let mut world = World::connected_with(Config { limits, ..three_servers() });
    let calls = ["/a", "/b", "/c"].map(|path| world.submit(&set(path)));
    world.close();
    for call in calls {
        assert_eq!(world.session.stats().in_flight, 1 + usize::from(call.token == 3));
        let sent = world.next_is(OpCode::SetData);
        world.pass(millis(900)); // slow, but not dead
        world.server_answers(&sent);
        assert!(world.answer_to(call).is_ok());
    }
    let close = world.next_is(OpCode::CloseSession); // went with the last
    world.server_answers(&close);
    assert_eq!(world.session.state(), State::Closed);
}

#[test]
fn t7_close_takes_a_second_with_a_dead_server() {
    let mut world = World::connected();
    let (sent, begin) = (world.submit(&set("/a")), world.now);
    world.close();
    assert_eq!(world.next_deadline(), (seconds(1), Reason::Close));
    world.wait_until_next_deadline();
    assert_eq!(world.now.saturating_since(begin), seconds(1));
    assert_eq!(world.session.state(), State::Closed);
    assert_eq!(world.error_of(sent).kind(), &ErrorKind::Closed(Outcome::Unknown));
}

#[test]
fn r5_close_without_a_connection_is_at_once() {
    let steps: [fn(&mut World); 4] = [
        |_| {},
        |world| world.tick(),
        |world| drop(world.transport_comes_up()),
        |world| {
            world.connect();
            world.line_breaks();
        },
    ];
    for step in steps {
        let mut world = World::new();
        step(&mut world);
        let call = world.submit(&set("/a"));
        world.close();
        assert_eq!(world.session.state(), State::Closed);
        assert_eq!(world.error_of(call).kind(), &ErrorKind::Closed(Outcome::NotApplied));
    }
}

#[test]
fn r4_a_connection_that_breaks_while_closing_ends_the_session_too() {
    let mut world = World::connected();
    world.is_stalled = true;
    let (unsent, watch) = (world.submit(&set("/a")), world.watch(&get("/b"), "b"));
    world.close();
    world.line_breaks();
    assert_eq!(world.states(), [State::Connected, State::Closed]);
    assert_eq!(world.outcome_of(unsent), Outcome::NotApplied);
    assert_eq!(world.outcome_of(watch), Outcome::NotApplied);
    assert!(world.all_watches_have_ended());
}

#[test]
fn nothing_is_taken_once_the_end_is_wanted() {
    let mut world = World::connected();
    world.close();
    let refused = world.try_submit(&get("/a"), None).expect_err("the session closes");
    assert_eq!(refused.kind(), &ErrorKind::Closed(Outcome::NotApplied));
    let packet = zk_proto::AuthPacket::new("digest", *b"u:p");
    let (token, error) = world.session.add_auth(packet, 9).expect_err("the session closes");
    assert_eq!((token, error.kind()), (9, refused.kind()));
}

#[test]
fn a_second_close_changes_nothing() {
    let mut world = World::connected();
    world.close();
    world.pass(millis(600));
    world.close();
    assert_eq!(world.next_deadline(), (millis(400), Reason::Close));
    assert_eq!(world.ops(), [OpCode::CloseSession]);
    world.pass(millis(400));
    world.close();
    assert_eq!(world.states(), [State::Connected, State::Closed]);
}

#[test]
fn an_abandoned_session_ends_here_and_lives_on_at_the_server() {
    let mut world = World::connected();
    world.watch(&get("/a"), "a");
    world.server_answers_all();
    let ticket = world.session.ticket();
    world.abandon();
    assert!(world.find_request().is_none(), "the server is not told");
    assert_eq!(world.states(), [State::Connected, State::Closed]);
    assert_eq!(world.session.ticket(), ticket);
}

/// New servers are no reason to leave the one that is about to hear of the end.
#[test]
fn nothing_comes_between_a_close_and_its_answer() {
    let mut world = World::connected();
    world.close();
    world.replace_hosts(vec![crate::support::server("10.9.9.9")]);
    assert_eq!(world.session.state(), State::Connected);
    world.server_answers_all();
    assert_eq!(world.states(), [State::Connected, State::Closed]);
    assert_eq!(world.faults(), [Fault::SessionOver]);
}

/// The server would drop what follows, and nobody is there to hear of a change.
#[test]
fn watches_are_not_set_again_for_a_session_that_closes() {
    let mut world = World::connected();
    for (number, name) in crate::names::numbered(2_000).iter().enumerate() {
        let path = format!("/{number:0>199}");
        crate::watch_table::set_watch(&mut world, "data", &path, name);
    }
    world.line_breaks();
    world.transport_comes_up();
    world.is_stalled = true;
    world.server_grants();
    world.close();
    world.is_stalled = false;
    world.tick();
    assert_eq!(world.ops(), [OpCode::CloseSession]);
}

/// Its answer may show what the watch has not told of.
#[test]
fn watches_are_set_again_before_what_was_submitted_ahead_of_a_close() {
    let mut world = World::connected();
    crate::watch_table::set_watch(&mut world, "missing", "/n", "creation");
    world.line_breaks();
    let read = world.submit(&get("/n"));
    world.transport_comes_up();
    world.is_stalled = true;
    world.server_grants();
    world.close();
    world.is_stalled = false;
    world.tick();
    let sent = world.requests();
    let ops: Vec<_> = sent.iter().map(|sent| sent.op).collect();
    assert_eq!(ops, [OpCode::SetWatches, OpCode::GetData, OpCode::CloseSession]);
    world.server_notifies(EventType::NodeCreated, "/n");
    sent.iter().for_each(|sent| world.server_answers(sent));
    assert!(matches!(world.news_of("creation")[..], [News::Last(_)]));
    assert!(world.is_answered(read));
    assert_eq!(world.session.state(), State::Closed);
}

#[test]
fn watches_are_not_set_again_for_what_nobody_waits_for_when_the_session_closes() {
    let mut world = World::connected();
    crate::watch_table::set_watch(&mut world, "missing", "/n", "creation");
    world.line_breaks();
    let read = world.submit(&get("/n"));
    world.transport_comes_up();
    world.is_stalled = true;
    world.server_grants();
    world.close();
    world.cancel(read);
    world.is_stalled = false;
    world.tick();
    assert_eq!(world.ops(), [OpCode::CloseSession]);
}
