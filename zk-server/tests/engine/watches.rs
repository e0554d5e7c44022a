//! Who is told what, where a second server to compare with does not help.

use zk_proto::{
    Acl, AddWatch, Auth, Create, Delete, EventType, Exists, GetChildren, GetData, Permissions,
    SetAcl, SetData, SetWatches, WatchMode,
};

use crate::world::World;

#[test]
fn an_event_comes_before_the_answer_to_the_write_that_caused_it() {
    let mut world = World::ensemble(1);
    let (mut line, _) = world.connect(0);
    world.watch(&mut line, Exists::new("/a")).unwrap();
    world.ask(&mut line, Create::new("/a", "")).unwrap();
    assert_eq!(line.events, [(EventType::NodeCreated, "/a".into())]);
}

#[test]
fn who_may_not_read_a_node_does_not_hear_of_it_and_a_watch_that_fires_once_is_used_up() {
    let mut world = World::ensemble(1);
    let (mut watcher, _) = world.connect(0);
    let (mut owner, _) = world.connect(0);
    world.ask(&mut owner, Auth::new("digest", b"u:p")).unwrap();
    world.ask(&mut owner, Create::new("/a", "")).unwrap();
    world.watch(&mut watcher, GetData::new("/a")).unwrap();
    world.ask(&mut watcher, AddWatch::new("/a", WatchMode::Persistent)).unwrap();
    let own = vec![Acl::new(Permissions::ALL, "auth", "")];
    world.ask(&mut owner, SetAcl::new("/a", own)).unwrap();
    world.ask(&mut owner, SetData::new("/a", "secret")).unwrap();
    assert_eq!(world.events(&mut watcher), []);
    world.ask(&mut owner, SetAcl::new("/a", Acl::OPEN)).unwrap();
    world.ask(&mut owner, SetData::new("/a", "open")).unwrap();
    let told = world.events(&mut watcher);
    assert_eq!(told, [(EventType::NodeDataChanged, "/a".into())], "by the persistent one, once");
}

#[test]
fn watches_go_with_their_connection() {
    let mut world = World::ensemble(1);
    let (mut line, session) = world.connect(0);
    world.watch(&mut line, GetChildren::new("/")).unwrap();
    world.ask(&mut line, AddWatch::new("/", WatchMode::Recursive)).unwrap();
    assert_eq!(world.engine.watches(), 1, "one path");
    world.hang_up(&line);
    assert_eq!(world.engine.watches(), 0);
    let mut line = world.resume(0, &session).unwrap();
    world.ask(&mut line, Create::new("/a", "")).unwrap();
    assert_eq!(world.events(&mut line), []);
}

#[test]
fn watches_set_again_tell_what_was_missed_in_the_order_of_the_lists() {
    let mut world = World::ensemble(1);
    let (mut line, _) = world.connect(0);
    for path in ["/same", "/written", "/gone", "/parent"] {
        world.ask(&mut line, Create::new(path, "")).unwrap();
    }
    let since = line.zxid;
    world.ask(&mut line, SetData::new("/written", "x")).unwrap();
    world.ask(&mut line, Delete::new("/gone")).unwrap();
    world.ask(&mut line, Create::new("/parent/child", "")).unwrap();
    let mut watches = SetWatches::since(since);
    watches.data = vec!["/same", "/written", "/gone"];
    watches.exist = vec!["/same", "/none"];
    watches.child = vec!["/same", "/parent", "/gone"];
    watches.persistent_recursive = vec!["/written"];
    world.ask(&mut line, watches).unwrap();
    let told: Vec<_> = line.events.drain(..).collect();
    assert_eq!(
        told,
        [
            (EventType::NodeDataChanged, "/written".into()),
            (EventType::NodeDeleted, "/gone".into()),
            (EventType::NodeCreated, "/same".into()),
            (EventType::NodeChildrenChanged, "/parent".into()),
            (EventType::NodeDeleted, "/gone".into()),
        ]
    );
    world.ask(&mut line, Create::new("/none", "")).unwrap();
    world.ask(&mut line, SetData::new("/same", "")).unwrap();
    world.ask(&mut line, SetData::new("/written", "")).unwrap();
    let told: Vec<_> = line.events.drain(..).collect();
    assert_eq!(
        told,
        [
            (EventType::NodeCreated, "/none".into()),
            (EventType::NodeDataChanged, "/same".into()),
            (EventType::NodeDataChanged, "/written".into()),
        ]
    );
}

#[test]
fn the_nodes_of_a_session_that_expires_are_told_to_others() {
    let mut world = World::ensemble(1);
    let (mut owner, session) = world.connect(0);
    let (mut watcher, _) = world.connect(0);
    world.ask(&mut owner, Create::new("/a", "").ephemeral()).unwrap();
    world.watch(&mut watcher, Exists::new("/a")).unwrap();
    world.engine.expire_session(world.now, session.id);
    assert_eq!(world.events(&mut watcher), [(EventType::NodeDeleted, "/a".into())]);
}
