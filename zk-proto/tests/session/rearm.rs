//! Watches after a reconnect: set again, in order, and what was missed is said.

use zk_proto::{
    AnyRequest, AuthPacket, Chroot, Config, ConnectResponse, ErrorCode, EventType, Fault, News,
    OpCode, SetWatches, State,
};

use crate::support::{Event, Sent, World, get, granted, seconds, set, three_servers};
use crate::watch_table::{WAYS, set_watch};

fn set_again(sent: &Sent) -> SetWatches<'_> {
    let AnyRequest::SetWatches(request) = sent.request() else { panic!("{sent:?}") };
    request
}

#[test]
fn w1_persistent_watches_survive_a_reconnect() {
    let mut world = World::connected();
    set_watch(&mut world, "data", "/data", "data");
    set_watch(&mut world, "exists", "/exists", "exists");
    set_watch(&mut world, "missing", "/missing", "missing");
    set_watch(&mut world, "children", "/children", "children");
    set_watch(&mut world, "persistent", "/persistent", "persistent");
    set_watch(&mut world, "recursive", "/recursive", "recursive");
    world.reconnect();
    let sent = world.next_is(OpCode::SetWatches2);
    let request = set_again(&sent);
    assert_eq!(request.data, ["/data", "/exists"]);
    assert_eq!(request.exist, ["/missing"]);
    assert_eq!(request.child, ["/children"]);
    assert_eq!(request.persistent, ["/persistent"]);
    assert_eq!(request.persistent_recursive, ["/recursive"]);
    assert!(world.find_request().is_none());
    world.server_answers(&sent);
    assert_eq!(world.session.stats().watches, 6);
}

#[test]
fn w2_a_session_with_one_watch_sets_it_again() {
    for way in WAYS {
        let mut world = World::connected();
        set_watch(&mut world, way, "/n", way);
        for _ in 0..3 {
            world.reconnect();
            let sent = world.next_request();
            let is_persistent = matches!(way, "persistent" | "recursive");
            let op = if is_persistent { OpCode::SetWatches2 } else { OpCode::SetWatches };
            assert_eq!(sent.op, op, "servers before 3.6 know the older one only");
            world.server_answers(&sent);
        }
    }
}

#[test]
fn w7_all_kinds_of_one_path_are_set_again_and_each_once() {
    let mut world = World::connected();
    for (way, watcher) in WAYS.into_iter().zip(["a", "b", "c", "d", "e", "f"]) {
        set_watch(&mut world, way, "/n", watcher);
    }
    world.reconnect();
    let sent = world.next_request();
    let request = set_again(&sent);
    let lists = [request.data, request.child, request.persistent, request.persistent_recursive];
    assert_eq!(lists, [["/n"]; 4]);
    assert!(request.exist.is_empty());
}

#[test]
fn a_watch_that_has_had_its_event_is_not_set_again() {
    let mut world = World::connected();
    set_watch(&mut world, "data", "/n", "data");
    set_watch(&mut world, "children", "/n", "children");
    world.server_notifies(EventType::NodeDataChanged, "/n");
    world.reconnect();
    let sent = world.next_request();
    assert!(set_again(&sent).data.is_empty());
    assert_eq!(set_again(&sent).child, ["/n"]);
}

#[test]
fn identities_come_first_then_watches_then_requests() {
    let auth = vec![AuthPacket::new("digest", *b"a:a"), AuthPacket::new("digest", *b"b:b")];
    let mut world = World::connected_with(Config { auth, ..three_servers() });
    world.server_answers_all();
    set_watch(&mut world, "data", "/n", "data");
    world.line_breaks();
    world.submit(&get("/a"));
    world.connect();
    let expected = [OpCode::Auth, OpCode::Auth, OpCode::SetWatches, OpCode::GetData];
    assert_eq!(world.ops(), expected);
}

#[test]
fn what_is_told_is_relative_to_the_last_transaction_that_was_seen() {
    let mut world = World::connected();
    set_watch(&mut world, "data", "/n", "data");
    world.submit(&set("/other"));
    world.zxid = 700;
    world.server_answers_all();
    world.line_breaks();
    world.zxid = 900; // while nobody saw it
    world.connect();
    let sent = world.next_request();
    assert_eq!(set_again(&sent).relative_zxid, 701);
}

/// Replies to what the session asks for itself tell of transactions whose events are still owed:
/// an older server is not to be had any more, but the events are still to come.
#[test]
fn w6_a_connection_that_breaks_in_the_middle_of_it_does_not_skip_events() {
    let auth = vec![AuthPacket::new("digest", *b"a:a")];
    let mut world = World::connected_with(Config { auth, ..three_servers() });
    world.server_answers_all();
    let goes = set_watch(&mut world, "recursive", "/goes", "goes");
    set_watch(&mut world, "data", "/n", "data");
    let seen = world.zxid;
    world.reconnect();
    world.zxid = 5_000;
    world.unwatch("/goes", goes);
    world.submit(&get("/a")); // is not answered, but all before it is
    let sent = world.requests();
    for sent in sent.iter().filter(|sent| sent.op != OpCode::GetData) {
        world.server_answers(sent);
    }
    assert_eq!(world.session.stats().last_zxid, world.zxid);
    world.line_breaks();
    world.transport_comes_up();
    assert_eq!(world.server_grants().last_zxid_seen, world.zxid);
    world.next_is(OpCode::Auth);
    let sent = world.next_is(OpCode::SetWatches);
    assert_eq!(set_again(&sent).relative_zxid, seen);
}

/// Its event has been told, and others of it perhaps not.
#[test]
fn w6_the_transaction_of_an_event_is_seen_and_not_known_to_be_told() {
    let mut world = World::connected();
    set_watch(&mut world, "data", "/n/c", "node");
    set_watch(&mut world, "children", "/n", "parent");
    let told = world.zxid;
    world.server_notifies_of(900, EventType::NodeDeleted, "/n/c");
    assert_eq!(world.news_of("node").len(), 1);
    world.line_breaks(); // before the event of the parent
    world.transport_comes_up();
    assert_eq!(world.server_grants().last_zxid_seen, 900);
    let sent = world.next_request();
    assert_eq!(set_again(&sent).child, ["/n"]);
    assert_eq!(set_again(&sent).relative_zxid, told);
}

#[test]
fn w6_an_event_while_watches_are_set_again_skips_none_of_those_that_are_missing() {
    let mut world = World::connected();
    set_watch(&mut world, "data", "/a", "early");
    set_watch(&mut world, "data", "/b", "late");
    let told = world.zxid;
    for zxid in [800, 900] {
        world.reconnect();
        let sent = world.next_request();
        assert_eq!(set_again(&sent).relative_zxid, told);
        assert!(set_again(&sent).data.contains(&"/b"));
        world.server_notifies_of(zxid, EventType::NodeDataChanged, "/a");
    }
    assert_eq!(world.news_of("early").len(), 1);
    world.line_breaks();
    world.transport_comes_up();
    assert_eq!(world.server_grants().last_zxid_seen, 900);
    let sent = world.next_request();
    assert_eq!(set_again(&sent).relative_zxid, told);
    let read = world.submit(&get("/a"));
    world.zxid = 1_000;
    world.server_answers(&sent);
    world.server_answers_all();
    assert!(world.is_answered(read));
    world.reconnect();
    assert_eq!(set_again(&world.next_request()).relative_zxid, 1_002, "all has been told");
}

/// Defect 2 of other clients: more watches than one message has room for.
#[test]
fn w3_many_watches_are_set_again_in_messages_that_servers_accept() {
    let mut world = World::connected();
    let paths: Vec<String> = (0..2_000).map(|n| format!("/{n:0>199}")).collect();
    let names = crate::names::numbered(2_000);
    for (number, path) in paths.iter().enumerate() {
        let way = WAYS[number % WAYS.len()];
        set_watch(&mut world, way, path, names[number]);
    }
    let seen = world.zxid;
    world.reconnect();
    let last = world.submit(&get("/a"));
    let sent = world.requests();
    let (user, chunks) = sent.split_last().expect("requests");
    assert_eq!(user.op, OpCode::GetData);
    assert!(chunks.len() >= 4, "{} chunks", chunks.len());
    let mut told: Vec<&str> = Vec::new();
    for chunk in chunks {
        assert!(chunk.len() < (128 << 10) + 2_000 * 4 + 200, "{} bytes", chunk.len());
        assert!(chunk.xid > 0, "each has a number of its own");
        let request = set_again(chunk);
        assert_eq!(request.relative_zxid, seen);
        told.extend(request.data.iter().chain(&request.child).chain(&request.exist));
        told.extend(request.persistent.iter().chain(&request.persistent_recursive));
    }
    told.sort_unstable();
    assert_eq!(told, paths, "each once");
    for sent in &sent {
        world.server_answers(sent);
    }
    assert!(world.is_answered(last));
    assert_eq!(world.states(), [State::Connected, State::Suspended, State::Connected]);
}

/// The chunks go out as the socket takes them: what happens between two of them counts.
#[test]
fn w3_watches_may_go_while_the_others_are_being_set_again() {
    let mut world = World::connected();
    let paths: Vec<String> = (0..2_000).map(|n| format!("/{n:0>199}")).collect();
    let names = crate::names::numbered(2_000);
    let mut calls = Vec::new();
    for (path, name) in paths.iter().zip(names) {
        calls.push(set_watch(&mut world, "data", path, name));
    }
    world.line_breaks();
    world.transport_comes_up();
    world.is_stalled = true;
    world.server_grants();
    let mut outbox = zk_proto::wire::Outbox::default();
    assert!(world.session.poll_transmit(world.now, &mut outbox)); // one chunk, which is lost here
    world.unwatch(&paths[1_999], calls[1_999]);
    world.is_stalled = false;
    world.tick();
    let sent = world.requests();
    assert_eq!(sent[0].op, OpCode::RemoveWatches, "before its chunk: the server says -121");
    let left: Vec<&str> = sent[1..].iter().flat_map(|sent| set_again(sent).data).collect();
    assert!(!left.contains(&&*paths[1_999]) && left.contains(&&*paths[1_998]));
}

#[test]
fn persistent_watches_are_told_of_the_gap_before_anything_else() {
    let mut world = World::connected();
    for way in ["data", "children", "persistent", "recursive"] {
        set_watch(&mut world, way, "/n", way);
    }
    world.events();
    for _ in 0..3 {
        world.reconnect();
        let sent = world.next_request();
        world.server_notifies(EventType::NodeCreated, "/n/c"); // as part of the replay
        world.server_answers(&sent);
        let events = world.events();
        let gap = |name| Event::Watch(name, News::Resync);
        assert_eq!(events[..2], [State::Suspended, State::Connected].map(Event::State));
        assert_eq!(events[2..4], [gap("persistent"), gap("recursive")]);
        assert!(matches!(events[4..], [Event::Watch("recursive", News::Change(_))]));
    }
}

#[test]
fn w9_a_watch_that_fires_while_it_is_set_again_is_told() {
    let mut world = World::connected();
    set_watch(&mut world, "data", "/n", "data");
    set_watch(&mut world, "children", "/n", "children");
    world.reconnect();
    let sent = world.next_request();
    world.server_notifies(EventType::NodeDeleted, "/n");
    world.server_answers(&sent);
    assert!(matches!(world.news_of("data")[..], [News::Last(_)]));
    assert!(matches!(world.news_of("children")[..], [News::Last(_)]));
    assert!(world.all_watches_have_ended());
}

/// Servers before 3.9 turn the persistent watch into the one-shot one (ZOOKEEPER-4466).
#[test]
fn w7_a_read_that_watches_the_path_of_a_persistent_watch_sets_that_again() {
    for (persistent, mode) in [("persistent", 0), ("recursive", 1)] {
        for (one_shot, is_cancelled) in
            [("data", false), ("missing", false), ("children", false), ("data", true)]
        {
            let mut world = World::connected();
            set_watch(&mut world, persistent, "/n", "stays");
            let call = crate::watch_table::ask_as(&mut world, one_shot, "/n", "passes");
            let sent = world.next_request();
            if is_cancelled {
                world.cancel(call);
            }
            match one_shot {
                "missing" => world.server_refuses(&sent, ErrorCode::NoNode),
                _ => world.server_answers(&sent),
            }
            let restored = world.next_is(OpCode::AddWatch);
            let AnyRequest::AddWatch(request) = restored.request() else { panic!() };
            assert_eq!((request.path, request.mode as i32), ("/n", mode));
            world.server_answers(&restored);
            assert!(world.find_request().is_none());
        }
    }
    let mut world = World::connected();
    set_watch(&mut world, "recursive", "/", "above");
    set_watch(&mut world, "data", "/n", "passes");
    assert!(world.find_request().is_none(), "other paths are not concerned");
}

#[test]
fn a_server_that_refuses_to_set_watches_again_is_left() {
    let mut world = World::connected();
    set_watch(&mut world, "data", "/n", "data");
    world.reconnect();
    world.faults();
    let sent = world.next_request();
    world.server_refuses(&sent, ErrorCode::MarshallingError);
    assert!(matches!(world.faults()[..], [Fault::Malformed(_)]));
    world.connect();
    world.next_is(OpCode::SetWatches);
}

/// What such an answer says of the session counts, whatever was asked.
#[test]
fn a_session_can_end_while_its_watches_are_set_again() {
    for (code, state) in [
        (ErrorCode::SessionClosedRequireSaslAuth, State::AuthFailed),
        (ErrorCode::SessionExpired, State::Expired),
        (ErrorCode::SessionMoved, State::Suspended),
    ] {
        let mut world = World::connected();
        set_watch(&mut world, "data", "/n", "data");
        world.reconnect();
        let sent = world.next_request();
        world.server_refuses(&sent, code);
        assert_eq!(world.session.state(), state, "{code}");
    }
}

#[test]
fn events_of_new_servers_tell_their_transaction_and_of_old_ones_none() {
    let mut world = World::connected();
    set_watch(&mut world, "persistent", "/n", "watcher");
    world.server_notifies(EventType::NodeDataChanged, "/n");
    world.server_notifies_of(0x77, EventType::NodeDataChanged, "/n");
    let zxids: Vec<_> = world
        .news_of("watcher")
        .into_iter()
        .map(|news| if let News::Change(change) = news { change.zxid } else { panic!() })
        .collect();
    assert_eq!(zxids, [None, Some(0x77)]);
}

#[test]
fn a_watch_that_was_set_on_the_last_connection_belongs_to_the_next_session_of_a_handle() {
    let mut world = World::with(Config { read_only: true, ..three_servers() });
    world.transport_comes_up();
    world.server_responds(&ConnectResponse { read_only: Some(true), ..granted() });
    set_watch(&mut world, "data", "/n", "data");
    world.pass(seconds(1));
    world.requests();
    world.line_breaks();
    world.transport_comes_up();
    world.server_responds(&ConnectResponse { session_id: 99, ..granted() });
    let sent = world.next_is(OpCode::SetWatches);
    assert_eq!(set_again(&sent).data, ["/n"]);
}

/// Watches are known by the paths of the server, whatever their callers see.
#[test]
fn w4_watches_in_a_chroot_are_set_again_by_the_servers_paths() {
    for (chroot, whole, root) in
        [("/", "/n", "/"), ("/a", "/a/n", "/a"), ("/a/b", "/a/b/n", "/a/b")]
    {
        let mut world = World::connected();
        world.chroot = Chroot::new(chroot).expect("a path");
        set_watch(&mut world, "data", "/n", "node");
        set_watch(&mut world, "recursive", "/", "tree");
        world.reconnect();
        let sent = world.next_request();
        assert_eq!(set_again(&sent).data, [whole]);
        assert_eq!(set_again(&sent).persistent_recursive, [root]);
        world.server_answers(&sent);
        world.events();
        world.server_notifies(EventType::NodeDataChanged, whole);
        world.server_notifies(EventType::NodeDataChanged, "/elsewhere");
        assert_eq!(world.news_of("node").len(), 1);
        assert_eq!(world.news_of("tree").len(), if chroot == "/" { 2 } else { 1 });
    }
}
