//! How much may be under way, and how much may wait.

use zk_proto::wire::Outbox;
use zk_proto::{
    Chroot, Config, Error, ErrorKind, GetData, Limits, Misuse, PathError, RequestId, Scope,
    Session, SetData,
};

use crate::support::{World, get, set, three_servers};

fn with_limits(limits: Limits) -> Config {
    Config { limits, ..three_servers() }
}

#[test]
fn no_more_requests_are_under_way_than_the_window_has_room_for() {
    let limits = Limits { window_requests: 3, ..Limits::default() };
    let mut world = World::connected_with(with_limits(limits));
    let calls: Vec<_> = (0..10).map(|_| world.submit(&get("/a"))).collect();
    for (answered, call) in calls.into_iter().enumerate() {
        let stats = world.session.stats();
        assert_eq!(stats.in_flight, 3.min(10 - answered));
        assert_eq!(stats.queued, 10 - answered - stats.in_flight);
        let sent = world.next_request();
        world.server_answers(&sent);
        assert!(world.is_answered(call));
    }
}

#[test]
fn no_more_bytes_are_under_way_than_the_window_has_room_for() {
    let limits = Limits { window_bytes: 10_000, ..Limits::default() };
    let mut world = World::connected_with(with_limits(limits));
    let data = vec![0; 4_000];
    for _ in 0..5 {
        world.submit(&SetData::new("/a", &data));
    }
    assert_eq!(world.session.stats().in_flight, 2);
    let sent = world.next_request();
    world.server_answers(&sent);
    assert_eq!(world.session.stats().in_flight, 2);
}

#[test]
fn m8_a_request_that_is_larger_than_the_window_goes_alone() {
    let limits = Limits { window_bytes: 10_000, ..Limits::default() };
    let mut world = World::connected_with(with_limits(limits));
    let data = vec![0; 500_000];
    world.submit(&get("/before"));
    world.submit(&SetData::new("/large", &data));
    world.submit(&get("/behind"));
    for path in ["/before", "/large", "/behind"] {
        let sent = world.next_request();
        assert_eq!(sent.path(), path);
        assert!(world.find_request().is_none());
        world.server_answers(&sent);
    }
    assert!(world.all_is_answered());
}

#[test]
fn a_hundred_thousand_may_be_under_way_for_those_who_want_it() {
    let most = 100_000;
    let limits = Limits { window_requests: most, window_bytes: 64 << 20, ..Limits::default() };
    let mut world = World::connected_with(with_limits(limits));
    let calls: Vec<_> = (0..most).map(|_| world.submit(&get("/a"))).collect();
    assert_eq!(world.session.stats().in_flight, most);
    assert!(calls.iter().step_by(2).all(|call| world.session.cancel(call.id).is_some()));
    assert_eq!(world.session.stats().in_flight, most, "cancelled ones keep their place");
}

#[test]
fn a_full_queue_refuses_and_what_is_in_it_is_sent() {
    let limits = Limits { queue_requests: 3, ..Limits::default() };
    let mut world = World::with(with_limits(limits));
    for _ in 0..3 {
        assert!(world.session.has_room());
        world.submit(&set("/a"));
    }
    assert!(!world.session.has_room());
    let full = world.try_submit(&set("/b"), None).expect_err("there is no room");
    assert_eq!(full.kind(), &ErrorKind::QueueFull);
    assert!(full.is_retryable());
    world.connect();
    assert!(world.session.has_room());
    world.submit(&set("/c"));
    assert_eq!(world.paths(), ["/a", "/a", "/a", "/c"]);
}

#[test]
fn a_cancelled_request_makes_room() {
    let limits = Limits { queue_requests: 2, queue_bytes: 100, ..Limits::default() };
    let mut world = World::with(with_limits(limits));
    let first = world.submit(&set("/a"));
    world.submit(&set("/b"));
    assert!(!world.session.has_room());
    world.cancel(first);
    assert!(world.session.has_room());
    world.submit(&set("/c"));
    world.connect();
    assert_eq!(world.paths(), ["/b", "/c"]);
}

#[test]
fn the_queue_is_limited_by_bytes_as_well_but_takes_one_request_of_any_size() {
    let limits = Limits { queue_bytes: 1_000, ..Limits::default() };
    let mut world = World::with(with_limits(limits));
    let data = vec![0; 5_000];
    world.submit(&SetData::new("/large", &data));
    assert!(!world.session.has_room());

    let mut world = World::with(with_limits(limits));
    world.submit(&set("/a"));
    assert!(world.session.has_room());
    let request = SetData::new("/large", &data);
    let full = world.try_submit(&request, None).expect_err("there is no room for that much");
    assert_eq!(full.kind(), &ErrorKind::QueueFull);
    world.submit(&set("/b"));
    world.connect();
    assert_eq!(world.paths(), ["/a", "/b"]);
}

/// The server would close the connection, and take the requests of everybody else with it.
#[test]
fn m8_a_request_longer_than_the_server_accepts_is_refused_alone() {
    let limit = Limits::default().frame_out;
    let overhead = 8 + (4 + 2) + 4 + 4; // header, path, length of the data, version
    for (surplus, is_taken) in [(-1, true), (0, true), (1, false)] {
        let mut world = World::connected();
        let data = vec![0; limit - overhead];
        let data = [&data[..], &[0, 0]].concat();
        let data = &data[..(limit - overhead).saturating_add_signed(surplus)];
        let before = world.submit(&get("/a"));
        let result = world.try_submit(&SetData::new("/b", data), None);
        assert_eq!(result.is_ok(), is_taken, "{surplus}");
        if let Err(error) = result {
            let too_large = Misuse::TooLarge { size: limit + 1, limit };
            assert_eq!(error.kind(), &ErrorKind::Misuse(too_large));
        }
        let after = world.submit(&get("/c"));
        world.server_answers_all();
        assert!(world.is_answered(before) && world.is_answered(after));
    }
}

#[test]
fn an_invalid_request_is_refused_alone() {
    let mut world = World::new();
    let before = world.submit(&get("/a"));
    let error = world.try_submit(&get("a//b"), None).expect_err("no path");
    assert_eq!(error, Error::from(PathError::Relative));
    let after = world.submit(&get("/c"));
    world.connect();
    assert_eq!(world.paths(), ["/a", "/c"]);
    assert!(world.cancel(before) && world.cancel(after));
}

/// Fewer bytes than a portion wait at the transport, the others can be called back.
#[test]
fn bytes_are_handed_out_a_portion_at_a_time() {
    let mut world = World::connected();
    let chroot = Chroot::root();
    let data = vec![0; 20_000];
    let submit = |session: &mut Session<_, _>, token| {
        let scope = Scope { chroot: &chroot, ..Scope::default() };
        session.submit(&SetData::new("/a", &data), scope, token).map_err(|(_, error)| error)
    };
    let ids: Vec<RequestId> =
        (0..10).map(|token| submit(&mut world.session, token).unwrap()).collect();
    let mut outbox = Outbox::default();
    assert!(world.session.poll_transmit(world.now, &mut outbox));
    assert!((64 << 10..(64 << 10) + 20_100).contains(&outbox.pending().len()));
    let cancelled = ids.iter().filter(|id| world.session.cancel(**id).is_some());
    assert_eq!(cancelled.count(), 10);
    assert_eq!(world.session.stats().in_flight, 4);
    outbox.consume(usize::MAX);
    assert!(!world.session.poll_transmit(world.now, &mut outbox), "the others are never sent");
}

#[test]
fn a_queue_that_is_cancelled_all_over_keeps_the_order_of_the_rest() {
    let mut world = World::new();
    let paths: Vec<String> = (0..1_000).map(|number| format!("/{number}")).collect();
    let calls: Vec<_> = paths.iter().map(|path| world.submit(&GetData::new(path))).collect();
    for (number, call) in calls.iter().enumerate() {
        if number % 7 != 0 {
            assert!(world.cancel(*call));
        }
    }
    assert_eq!(world.session.stats().queued, 143);
    world.connect();
    let kept = paths.into_iter().step_by(7);
    assert_eq!(world.paths(), kept.collect::<Vec<_>>());
}
