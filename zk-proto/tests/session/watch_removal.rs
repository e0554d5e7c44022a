//! Watches that nobody wants any more, and what is asked of the server then.

use zk_proto::{AnyRequest, ErrorCode, EventType, News, OpCode, WatcherType};

use crate::support::{Sent, World, get};
use crate::watch_table::{ask_as, set_watch};

/// The type of watch that a request removes from `/n`.
fn removed(sent: &Sent) -> WatcherType {
    let AnyRequest::RemoveWatches(removal) = sent.request() else { panic!("{sent:?}") };
    assert_eq!(removal.path, "/n");
    removal.kind
}

#[test]
fn the_last_one_to_leave_removes_the_servers_watch() {
    let table = [
        ("data", WatcherType::Data),
        ("exists", WatcherType::Data),
        ("missing", WatcherType::Data),
        ("children", WatcherType::Children),
        ("children2", WatcherType::Children),
        ("persistent", WatcherType::Persistent),
        ("recursive", WatcherType::PersistentRecursive),
    ];
    for (way, kind) in table {
        let mut world = World::connected();
        let one = set_watch(&mut world, way, "/n", "one");
        let two = set_watch(&mut world, way, "/n", "two");
        assert!(world.unwatch("/n", one));
        assert!(world.find_request().is_none(), "{way}: another one is left");
        assert!(!world.unwatch("/n", one), "once");
        assert!(world.unwatch("/n", two));
        let removal = world.next_request();
        assert_eq!(removed(&removal), kind, "{way}");
        world.server_refuses(&removal, ErrorCode::NoWatcher); // it may just have fired
        assert!(world.session.state().is_connected());
        assert_eq!(world.news_of("one"), []);
    }
}

#[test]
fn a_data_watch_is_shared_by_getdata_and_exists() {
    let mut world = World::connected();
    let data = set_watch(&mut world, "data", "/n", "data");
    let exists = set_watch(&mut world, "missing", "/n", "exists");
    world.unwatch("/n", data);
    assert!(world.find_request().is_none());
    world.unwatch("/n", exists);
    assert_eq!(removed(&world.next_request()), WatcherType::Data);
}

/// A server before 3.9 would take a part of the persistent watch away with it.
#[test]
fn w7_a_one_shot_watch_beside_a_persistent_one_is_removed_with_that() {
    for (one_shot, kind) in [("data", WatcherType::Data), ("children", WatcherType::Children)] {
        for persistent in ["persistent", "recursive"] {
            let mut world = World::connected();
            let stays = set_watch(&mut world, persistent, "/n", "stays");
            let goes = set_watch(&mut world, one_shot, "/n", "goes");
            world.requests();
            world.unwatch("/n", goes);
            assert!(world.find_request().is_none(), "{one_shot} beside {persistent}");
            world.unwatch("/n", stays);
            assert_eq!(removed(&world.next_request()), kind, "{one_shot} beside {persistent}");
            assert_ne!(removed(&world.next_request()), kind);
            assert!(world.find_request().is_none());
        }
    }
}

#[test]
fn w7_what_was_left_alone_is_not_removed_on_the_next_connection() {
    let mut world = World::connected();
    let stays = set_watch(&mut world, "persistent", "/n", "stays");
    let goes = set_watch(&mut world, "data", "/n", "goes");
    world.server_answers_all();
    world.unwatch("/n", goes);
    world.line_breaks();
    world.connect();
    world.server_answers_all();
    world.unwatch("/n", stays);
    assert_eq!(removed(&world.next_request()), WatcherType::Persistent);
    assert!(world.find_request().is_none());
}

#[test]
fn w7_persistent_and_recursive_watches_are_removed_apart() {
    let mut world = World::connected();
    let persistent = set_watch(&mut world, "persistent", "/n", "persistent");
    set_watch(&mut world, "recursive", "/n", "recursive");
    world.unwatch("/n", persistent);
    assert_eq!(removed(&world.next_request()), WatcherType::Persistent);
    assert_eq!(world.session.stats().watches, 1);
}

#[test]
fn a_server_before_3_9_is_asked_to_remove_all_kinds_at_once() {
    for way in ["persistent", "recursive"] {
        let mut world = World::connected();
        let call = set_watch(&mut world, way, "/n", way);
        world.unwatch("/n", call);
        let sent = world.next_request();
        world.server_refuses(&sent, ErrorCode::MarshallingError);
        let second = world.next_request();
        assert_eq!(removed(&second), WatcherType::Any);
        world.server_refuses(&second, ErrorCode::MarshallingError);
        assert!(world.find_request().is_none(), "that was all that can be tried");
    }
}

#[test]
fn a_server_before_3_9_keeps_a_watch_that_cannot_be_removed_without_others() {
    // What else is there at the path: set before, or asked for while the removal is under way.
    for others in ["data", "children", "recursive"] {
        let mut world = World::connected();
        let call = set_watch(&mut world, "persistent", "/n", "goes");
        set_watch(&mut world, others, "/n", "stays");
        world.requests();
        world.unwatch("/n", call);
        let sent = world.next_request();
        world.server_refuses(&sent, ErrorCode::MarshallingError);
        assert!(world.find_request().is_none(), "beside {others}");

        let mut world = World::connected();
        let call = set_watch(&mut world, "persistent", "/n", "goes");
        world.unwatch("/n", call);
        let sent = world.next_request();
        ask_as(&mut world, others, "/n", "comes");
        world.server_refuses(&sent, ErrorCode::MarshallingError);
        assert_ne!(world.next_request().op, OpCode::RemoveWatches, "while {others} comes");
        assert!(world.find_request().is_none());
    }
}

#[test]
fn a_watch_that_is_asked_for_again_is_not_removed() {
    let mut world = World::connected();
    let old = set_watch(&mut world, "data", "/n", "old");
    ask_as(&mut world, "data", "/n", "new");
    world.unwatch("/n", old);
    let sent = world.next_is(OpCode::GetData);
    assert!(world.find_request().is_none(), "it would take the new one with it");
    world.server_answers(&sent);
    assert!(world.find_request().is_none());
    world.server_notifies(EventType::NodeDataChanged, "/n");
    assert_eq!(world.news_of("new").len(), 1);
}

#[test]
fn w10_a_watch_that_was_asked_for_again_in_vain_is_removed_after_all() {
    for answer in ["refused", "cancelled", "overdue"] {
        let mut world = World::connected();
        let old = set_watch(&mut world, "persistent", "/n", "old");
        let deadline = Some(world.now + crate::support::millis(10));
        let new = world.watch_until(&get("/n"), "new", deadline);
        let sent = world.next_request();
        world.unwatch("/n", old);
        assert!(world.find_request().is_none());
        match answer {
            "refused" => world.server_refuses(&sent, ErrorCode::NoNode),
            "cancelled" => {
                world.cancel(new);
                world.server_refuses(&sent, ErrorCode::NoNode);
            }
            _ => {
                world.pass(crate::support::millis(10));
                world.server_refuses(&sent, ErrorCode::NoNode);
            }
        }
        assert_eq!(removed(&world.next_request()), WatcherType::Persistent, "{answer}");
        assert!(world.find_request().is_none());
    }
}

/// The server's persistent watch would tell of every change for as long as the connection lasts.
#[test]
fn w10_a_persistent_watch_is_removed_although_a_read_leaves_another_one_there() {
    let mut world = World::connected();
    let goes = set_watch(&mut world, "persistent", "/n", "goes");
    ask_as(&mut world, "data", "/n", "comes");
    let sent = world.next_request();
    world.unwatch("/n", goes);
    world.server_answers(&sent);
    assert_eq!(removed(&world.next_request()), WatcherType::Persistent);
    assert_eq!(world.session.stats().watches, 1);
}

#[test]
fn a_request_that_was_never_sent_keeps_nothing_from_being_removed() {
    let limits = zk_proto::Limits { window_requests: 1, ..Default::default() };
    let config = zk_proto::Config { limits, ..crate::support::three_servers() };
    let mut world = World::connected_with(config);
    let old = set_watch(&mut world, "data", "/n", "old");
    world.submit(&get("/before"));
    let new = world.watch(&get("/n"), "new");
    world.requests();
    world.unwatch("/n", old);
    assert!(world.find_request().is_none());
    world.cancel(new);
    assert_eq!(removed(&world.next_request()), WatcherType::Data);
}

#[test]
fn a_watch_that_was_cancelled_in_flight_is_removed_if_it_was_set() {
    for (way, kind) in [
        ("data", WatcherType::Data),
        ("missing", WatcherType::Data),
        ("children", WatcherType::Children),
        ("persistent", WatcherType::Persistent),
        ("recursive", WatcherType::PersistentRecursive),
    ] {
        let mut world = World::connected();
        let call = ask_as(&mut world, way, "/n", way);
        let sent = world.next_request();
        assert!(world.cancel(call));
        assert!(world.find_request().is_none(), "it may fail");
        match way {
            "missing" => world.server_refuses(&sent, ErrorCode::NoNode),
            _ => world.server_answers(&sent),
        }
        assert_eq!(removed(&world.next_request()), kind);
        assert_eq!(world.session.stats().watches, 0);
    }
    let mut world = World::connected();
    let call = ask_as(&mut world, "data", "/n", "data");
    let sent = world.next_request();
    world.cancel(call);
    world.server_refuses(&sent, ErrorCode::NoNode);
    assert!(world.find_request().is_none(), "it was not set");
}

#[test]
fn a_watch_that_was_cancelled_in_flight_leaves_those_of_others_alone() {
    let mut world = World::connected();
    set_watch(&mut world, "data", "/n", "stays");
    let call = ask_as(&mut world, "data", "/n", "goes");
    world.cancel(call);
    world.server_answers_all();
    assert!(world.find_request().is_none());
    assert_eq!(world.session.stats().watches, 1);
}

#[test]
fn removals_go_before_requests_and_need_no_room_in_the_window() {
    let limits = zk_proto::Limits { window_requests: 1, ..Default::default() };
    let config = zk_proto::Config { limits, ..crate::support::three_servers() };
    let mut world = World::connected_with(config);
    let call = set_watch(&mut world, "data", "/n", "data");
    world.submit(&get("/a"));
    world.submit(&get("/b"));
    world.unwatch("/n", call);
    assert_eq!(world.ops(), [OpCode::GetData, OpCode::RemoveWatches]);
}

#[test]
fn without_a_connection_there_is_nothing_to_remove() {
    let mut world = World::connected();
    let call = set_watch(&mut world, "recursive", "/n", "goes");
    set_watch(&mut world, "data", "/n", "stays");
    world.line_breaks();
    assert!(world.unwatch("/n", call));
    world.connect();
    let sent = world.next_is(OpCode::SetWatches);
    let AnyRequest::SetWatches(set) = sent.request() else { panic!("{sent:?}") };
    assert_eq!(set.data, ["/n"]);
    assert!(world.find_request().is_none());
}

/// Kinds that are not in doubt on the next connection must not be removed there.
#[test]
fn removals_that_were_put_off_do_not_outlive_their_connection() {
    let mut world = World::connected();
    let old = set_watch(&mut world, "persistent", "/n", "old");
    ask_as(&mut world, "data", "/n", "lost");
    world.unwatch("/n", old);
    world.line_breaks();
    assert_eq!(world.news_of("lost"), [News::NotSet]);
    world.connect();
    set_watch(&mut world, "data", "/n", "new");
    assert!(world.find_request().is_none());
}
