//! Which watch is registered by which answer, and which event it is told of (`ZKWatchManager`).

use zk_proto::{
    AddWatch, ErrorCode, EventType, Exists, GetChildren, GetChildrenWithStat, GetData, News,
    WatchMode, WatchRequest,
};

use crate::support::{Event, Watcher, World, get, set};

/// Each way to set a watch, and the name that the tests give to the watcher.
pub(crate) const WAYS: [Watcher; 6] =
    ["data", "exists", "children", "children2", "persistent", "recursive"];

/// Asks for a watch in this way.
pub(crate) fn ask(world: &mut World, way: Watcher, path: &str) -> crate::support::Call {
    ask_as(world, way, path, way)
}

pub(crate) fn ask_as(
    world: &mut World,
    way: &str,
    path: &str,
    watcher: Watcher,
) -> crate::support::Call {
    fn by(world: &mut World, r: &impl WatchRequest, w: Watcher) -> crate::support::Call {
        world.watch(r, w)
    }
    match way {
        "data" => by(world, &GetData::new(path), watcher),
        "exists" | "missing" => by(world, &Exists::new(path), watcher),
        "children" => by(world, &GetChildren::new(path), watcher),
        "children2" => by(world, &GetChildrenWithStat::new(path), watcher),
        "persistent" => by(world, &AddWatch::new(path, WatchMode::Persistent), watcher),
        "recursive" => by(world, &AddWatch::new(path, WatchMode::Recursive), watcher),
        other => panic!("no way to set a watch: {other}"),
    }
}

/// Sets a watch in this way; `missing` is that of `exists` for a node that is not there.
pub(crate) fn set_watch(
    world: &mut World,
    way: &str,
    path: &str,
    watcher: Watcher,
) -> crate::support::Call {
    let call = ask_as(world, way, path, watcher);
    while let Some(sent) = world.find_request() {
        if way == "missing" {
            world.server_refuses(&sent, ErrorCode::NoNode);
        } else {
            world.server_answers(&sent);
        }
    }
    call
}

#[test]
fn defect_6_an_answer_decides_what_is_registered() {
    use ErrorCode::{MarshallingError, NoAuth, NoNode};
    // The watch that is left when the answer is success, -101, or another error.
    let table: [(Watcher, bool, bool); 6] = [
        ("data", true, false),
        ("exists", true, true),
        ("children", true, false),
        ("children2", true, false),
        ("persistent", true, true),
        ("recursive", true, true),
    ];
    for (way, after_success, after_no_node) in table {
        let answers = [
            (None, after_success),
            (Some(NoNode), after_no_node),
            (Some(NoAuth), false),
            (Some(MarshallingError), false),
        ];
        for (code, is_registered) in answers {
            let mut world = World::connected();
            ask(&mut world, way, "/a");
            assert_eq!(world.session.stats().watches, 0, "none before the answer");
            let sent = world.next_request();
            match code {
                None => world.server_answers(&sent),
                Some(code) => world.server_refuses(&sent, code),
            }
            assert_eq!(world.session.stats().watches, usize::from(is_registered));
            let news = world.news_of(way);
            assert_eq!(news == [News::NotSet], !is_registered, "{way}, {code:?}: {news:?}");
        }
    }
}

#[test]
fn defect_7_each_event_is_for_the_watches_of_its_row() {
    use EventType::{NodeChildrenChanged, NodeCreated, NodeDataChanged, NodeDeleted};
    let one_shot = ["data", "exists", "missing", "children", "children2"];
    // Defect 7: a data watch hears of a creation as well.
    let table: [(EventType, &[Watcher]); 4] = [
        (NodeCreated, &["data", "exists", "missing", "persistent", "recursive"]),
        (NodeDataChanged, &["data", "exists", "missing", "persistent", "recursive"]),
        (NodeChildrenChanged, &["children", "children2", "persistent"]),
        (
            NodeDeleted,
            &["data", "exists", "missing", "children", "children2", "persistent", "recursive"],
        ),
    ];
    for (kind, hear) in table {
        for way in WAYS.into_iter().chain(["missing"]) {
            let mut world = World::connected();
            set_watch(&mut world, way, "/n", way);
            world.server_notifies(kind, "/n");
            let is_one_shot = one_shot.contains(&way);
            let news = world.news_of(way);
            match (hear.contains(&way), is_one_shot, &news[..]) {
                (false, _, []) => {}
                (true, true, [News::Last(change)]) | (true, false, [News::Change(change)]) => {
                    assert_eq!((change.kind, &*change.path, change.zxid), (kind, "/n", None));
                }
                _ => panic!("{way} hears of {kind:?}: {news:?}"),
            }
            let is_left = news.is_empty() || !is_one_shot;
            assert_eq!(world.session.stats().watches, usize::from(is_left), "{way} after {kind:?}");
        }
    }
}

#[test]
fn w7_what_happens_below_is_for_recursive_watches_only() {
    for (path, is_below) in
        [("/n/c", true), ("/n/c/d/e", true), ("/", false), ("/nn", false), ("/m/n", false)]
    {
        let mut world = World::connected();
        for way in WAYS {
            set_watch(&mut world, way, "/n", way);
        }
        world.server_notifies(EventType::NodeDeleted, path);
        for way in WAYS {
            let hears = !world.news_of(way).is_empty();
            assert_eq!(hears, way == "recursive" && is_below, "{way} hears of {path}");
        }
    }
}

#[test]
fn w7_a_list_of_children_that_changed_is_not_for_recursive_watches() {
    let mut world = World::connected();
    set_watch(&mut world, "recursive", "/", "tree");
    set_watch(&mut world, "children", "/n", "children");
    world.server_notifies(EventType::NodeChildrenChanged, "/n");
    assert_eq!(world.news_of("tree"), []);
    assert_eq!(world.news_of("children").len(), 1);
}

#[test]
fn each_ancestor_that_is_watched_recursively_hears_of_a_change() {
    let mut world = World::connected();
    for (path, watcher) in [("/", "root"), ("/a", "a"), ("/a/b", "b"), ("/a/b/c", "c")] {
        set_watch(&mut world, "recursive", path, watcher);
    }
    world.server_notifies(EventType::NodeCreated, "/a/b");
    let hear = ["root", "a", "b", "c"].map(|watcher| world.news_of(watcher).len());
    assert_eq!(hear, [1, 1, 1, 0]);
}

#[test]
fn watchers_of_one_path_share_the_servers_watch_and_hear_once_each() {
    let mut world = World::connected();
    for watcher in ["one", "two", "three"] {
        set_watch(&mut world, "data", "/n", watcher);
    }
    set_watch(&mut world, "exists", "/n", "four");
    set_watch(&mut world, "persistent", "/n", "five");
    world.server_notifies(EventType::NodeDataChanged, "/n");
    for watcher in ["one", "two", "three", "four", "five"] {
        assert_eq!(world.news_of(watcher).len(), 1, "{watcher}");
    }
    world.server_notifies(EventType::NodeDataChanged, "/n");
    assert_eq!(world.news_of("five").len(), 1);
    assert_eq!(world.session.stats().watches, 1);
}

#[test]
fn w8_events_come_before_the_reply_of_the_write_that_caused_them() {
    let mut world = World::connected();
    set_watch(&mut world, "data", "/n", "watcher");
    let write = world.submit(&set("/n"));
    let read = world.submit(&get("/n"));
    world.events();
    let (sent, later) = (world.next_request(), world.next_request());
    world.server_notifies(EventType::NodeDataChanged, "/n");
    world.server_answers(&sent);
    world.server_answers(&later);
    let events = world.events();
    let [Event::Watch("watcher", _), Event::Reply(first, _), Event::Reply(second, _)] = events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!([first, second], [write.token, read.token]);
}

#[test]
fn w7_an_event_that_nobody_waits_for_is_ignored() {
    let mut world = World::connected();
    world.events();
    for kind in [EventType::NodeCreated, EventType::NodeDeleted, EventType::None] {
        world.server_notifies(kind, "/a");
        world.server_notifies(kind, "");
        world.server_notifies(kind, "no path");
    }
    assert!(world.events().is_empty());
    assert!(world.session.state().is_connected());
}

#[test]
fn an_event_of_a_state_says_nothing_of_nodes() {
    let mut world = World::connected();
    set_watch(&mut world, "data", "/", "data");
    set_watch(&mut world, "recursive", "/", "tree");
    world.server_notifies(EventType::None, "/");
    assert_eq!(world.session.stats().watches, 2);
    assert!(world.news_of("data").is_empty() && world.news_of("tree").is_empty());
}

#[test]
fn w9_the_end_of_the_session_ends_every_watch() {
    let mut world = World::connected();
    for way in WAYS {
        set_watch(&mut world, way, "/n", way);
    }
    world.line_breaks();
    world.pass(crate::support::seconds(8));
    for way in WAYS {
        let over = News::SessionOver(zk_proto::State::Expired);
        let news = world.news_of(way);
        assert_eq!(news.last(), Some(&over), "{way}");
        assert_eq!(news.len(), 1, "{way}");
    }
    assert!(world.all_watches_have_ended());
}

#[test]
fn w10_watches_that_come_and_go_leave_nothing_behind() {
    let mut world = World::connected();
    let paths: Vec<String> = (0..100).map(|number| format!("/n{number}")).collect();
    for round in 0..500 {
        for path in &paths {
            set_watch(&mut world, "data", path, "fired");
            let call = set_watch(&mut world, "recursive", path, "removed");
            world.server_notifies(EventType::NodeDataChanged, path);
            assert!(world.unwatch(path, call));
            world.server_answers_all();
        }
        assert_eq!(world.session.stats().watches, 0, "after round {round}");
        world.events();
    }
    world.reconnect();
    assert!(world.find_request().is_none(), "there is nothing to set again");
}
