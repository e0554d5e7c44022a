//! What watches tell.

use zk_conformance::World;

use crate::zk::ChangeKind::{ChildrenChanged, Created, DataChanged, Deleted};
use crate::zk::{Change, Create, Ended, GetChildren, Multi, State, WatchMode};

use crate::platform::all_of;
use crate::support::{at_once, change, connect, next, pipelined};

pub(crate) async fn a_watch_of_a_read_tells_of_one_change(world: World) {
    let zk = connect(&world).await;
    zk.create("/node", "").await.unwrap();
    let (node, mut data) = zk.get_and_watch("/node").await.unwrap();
    assert_eq!(node.stat.version, 0);
    let (stat, mut exists) = zk.exists_and_watch("/node").await.unwrap();
    assert_eq!(stat, Some(node.stat));
    let (_, mut children) = zk.children_and_watch("/node").await.unwrap();
    let (listing, mut listed) =
        zk.call_and_watch(GetChildren::new("/node").with_stat()).await.unwrap();
    assert!(listing.children.is_empty());
    assert_eq!((data.ended(), data.path()), (None, "/node"));

    zk.set("/node", "x").await.unwrap();
    for watch in [&mut data, &mut exists] {
        assert_eq!(at_once(watch), Some(change(DataChanged, "/node")));
        assert_eq!(watch.ended(), Some(Ended::Fired));
        assert_eq!(watch.next().await, None);
    }
    zk.create("/node/child", "").await.unwrap();
    for watch in [&mut children, &mut listed] {
        assert_eq!(at_once(watch), Some(change(ChildrenChanged, "/node")));
        assert_eq!(watch.next().await, None);
    }
    zk.set("/node", "y").await.unwrap();
    assert_eq!(zk.stats().watches, 0);
}

pub(crate) async fn a_watch_tells_of_creation_and_deletion(world: World) {
    let zk = connect(&world).await;
    let (stat, mut created) = zk.exists_and_watch("/node").await.unwrap();
    assert_eq!(stat, None);
    zk.create("/node", "").await.unwrap();
    assert_eq!(next(&mut created).await, change(Created, "/node"));
    let (_, mut data) = zk.get_and_watch("/node").await.unwrap();
    let (_, mut children) = zk.children_and_watch("/node").await.unwrap();
    let (_, mut above) = zk.children_and_watch("/").await.unwrap();
    zk.delete("/node").await.unwrap();
    assert_eq!(next(&mut data).await, change(Deleted, "/node"));
    assert_eq!(next(&mut children).await, change(Deleted, "/node"));
    assert_eq!(next(&mut above).await, change(ChildrenChanged, "/"));
}

pub(crate) async fn a_persistent_watch_tells_of_all_changes_of_a_node(world: World) {
    let zk = connect(&world).await;
    let mut watch = zk.watch("/node", WatchMode::Persistent).await.unwrap();
    zk.create("/node", "").await.unwrap();
    zk.set("/node", "").await.unwrap();
    zk.create("/node/child", "").await.unwrap();
    zk.set("/node/child", "").await.unwrap();
    zk.delete("/node/child").await.unwrap();
    zk.delete("/node").await.unwrap();
    zk.create("/node", "").await.unwrap();
    let kinds = [Created, DataChanged, ChildrenChanged, ChildrenChanged, Deleted, Created];
    for kind in kinds {
        assert_eq!(at_once(&mut watch), Some(change(kind, "/node")));
    }
    assert_eq!(at_once(&mut watch), None);
    assert_eq!(watch.ended(), None);
}

pub(crate) async fn a_recursive_watch_tells_of_all_nodes_below(world: World) {
    let zk = connect(&world).await;
    let mut watch = zk.watch("/top", WatchMode::Recursive).await.unwrap();
    zk.create("/topmost", "").await.unwrap();
    zk.create_all("/top/middle/leaf", "").await.unwrap();
    zk.set("/top/middle/leaf", "").await.unwrap();
    zk.call(Multi::new().delete("/top/middle/leaf").delete("/top/middle")).await.unwrap();
    zk.delete("/top").await.unwrap();
    let changes = [
        (Created, "/top"),
        (Created, "/top/middle"),
        (Created, "/top/middle/leaf"),
        (DataChanged, "/top/middle/leaf"),
        (Deleted, "/top/middle/leaf"),
        (Deleted, "/top/middle"),
        (Deleted, "/top"),
    ];
    for (kind, path) in changes {
        assert_eq!(at_once(&mut watch), Some(change(kind, path)));
    }
    assert_eq!(at_once(&mut watch), None);
}

pub(crate) async fn a_change_is_there_before_the_answer_that_shows_it(world: World) {
    let zk = connect(&world).await;
    let writer = connect(&world).await;
    zk.create("/node", "").await.unwrap();
    let mut watch = zk.watch("/node", WatchMode::Persistent).await.unwrap();
    for version in 1..=200 {
        pipelined(&writer).set("/node", "").detach();
        while zk.get("/node").await.unwrap().stat.version < version {}
        assert_eq!(at_once(&mut watch), Some(change(DataChanged, "/node")));
    }
}

pub(crate) async fn a_change_tells_its_transaction_if_the_server_does(world: World) {
    let zk = connect(&world).await;
    let (_, mut watch) = zk.get_and_watch("/").await.unwrap();
    let stat = zk.set("/", "").await.unwrap();
    let Some(Change { zxid, .. }) = watch.next().await else { panic!("no change") };
    assert_eq!(zxid, world.is_recent().then_some(stat.mzxid));
}

pub(crate) async fn a_watch_hears_of_other_sessions_that_end(world: World) {
    let zk = connect(&world).await;
    let other = connect(&world).await;
    other.call(Create::new("/worker-", "").ephemeral_sequential()).await.unwrap();
    let mut watch = zk.watch("/", WatchMode::Recursive).await.unwrap();
    other.close().await.unwrap();
    assert_eq!(next(&mut watch).await, change(Deleted, "/worker-0000000000"));
}

pub(crate) async fn a_watch_and_the_states_are_streams_or_iterators(world: World) {
    let zk = connect(&world).await;
    let (_, mut watch) = zk.get_and_watch("/").await.unwrap();
    zk.set("/", "").await.unwrap();
    let changes = all_of(&mut watch).await;
    assert_eq!(changes.iter().map(|change| change.kind).collect::<Vec<_>>(), [DataChanged]);
    let mut states = zk.states();
    zk.close().await.unwrap();
    assert_eq!(all_of(&mut states).await, [State::Connected, State::Closed]);
}
