//! Watches that share one at the server, are dropped, or are not read.

use zk_conformance::World;

use crate::zk::ChangeKind::{ChildrenChanged, Created, DataChanged, Resync};
use crate::zk::{CheckWatches, Client, Ended, ErrorCode, GetChildren, WatchMode, WatcherType};

use crate::support::{Fragile, answers, at_once, builder, change, connect, next, pipelined};

/// Whether the server has a watch of any kind of this session at the path.
async fn is_watched(zk: &Client, path: &str) -> bool {
    // It takes two requests to remove a persistent watch from a server before 3.9.
    zk.sync("/").await.unwrap();
    match zk.call(CheckWatches::new(path, WatcherType::Any)).await {
        Ok(()) => true,
        Err(error) if error.code() == Some(ErrorCode::NoWatcher) => false,
        Err(error) => panic!("{error}"),
    }
}

pub(crate) async fn the_server_forgets_a_watch_that_is_dropped(world: World) {
    let zk = connect(&world).await;
    zk.create("/node", "").await.unwrap();
    let watches = [
        zk.get_and_watch("/node").await.unwrap().1,
        zk.exists_and_watch("/node").await.unwrap().1,
        zk.exists_and_watch("/missing").await.unwrap().1,
        zk.children_and_watch("/node").await.unwrap().1,
        zk.watch("/persistent", WatchMode::Persistent).await.unwrap(),
        zk.watch("/recursive", WatchMode::Recursive).await.unwrap(),
    ];
    for path in ["/node", "/missing", "/persistent", "/recursive"] {
        assert!(is_watched(&zk, path).await, "{path}");
    }
    drop(watches);
    for path in ["/node", "/missing", "/persistent", "/recursive"] {
        assert!(!is_watched(&zk, path).await, "{path}");
    }
    assert_ne!(world.is_watched(), Some(true));
    assert_eq!(zk.stats().watches, 0);
}

pub(crate) async fn a_watch_that_others_use_stays(world: World) {
    let zk = connect(&world).await;
    for mode in [WatchMode::Persistent, WatchMode::Recursive] {
        let path = format!("/{mode:?}");
        let first = zk.watch(&path, mode).await.unwrap();
        let mut second = zk.watch(&path, mode).await.unwrap();
        drop(first);
        assert!(is_watched(&zk, &path).await);
        zk.create(&path, "").await.unwrap();
        assert_eq!(next(&mut second).await, change(Created, &path));
        drop(second);
        assert!(!is_watched(&zk, &path).await);
    }
    zk.create("/node", "").await.unwrap();
    let (_, data) = zk.get_and_watch("/node").await.unwrap();
    let (_, mut exists) = zk.exists_and_watch("/node").await.unwrap();
    drop(data);
    assert!(is_watched(&zk, "/node").await);
    zk.set("/node", "").await.unwrap();
    assert_eq!(next(&mut exists).await, change(DataChanged, "/node"));
}

pub(crate) async fn watches_of_other_paths_and_kinds_stay(world: World) {
    let zk = connect(&world).await;
    zk.create("/node", "").await.unwrap();
    let (_, data) = zk.get_and_watch("/node").await.unwrap();
    let (_, mut children) = zk.children_and_watch("/node").await.unwrap();
    let mut child = zk.exists_and_watch("/node/child").await.unwrap().1;
    drop(data);
    zk.create("/node/child", "").await.unwrap();
    assert_eq!(next(&mut children).await, change(ChildrenChanged, "/node"));
    assert_eq!(next(&mut child).await, change(Created, "/node/child"));
    assert_eq!(children.ended(), Some(Ended::Fired));
}

pub(crate) async fn a_dropped_watch_does_not_come_back_with_the_connection(world: World) {
    let mut fragile = Fragile::connect(&world).await;
    let zk = fragile.zk.clone();
    let kept = zk.watch("/kept", WatchMode::Persistent).await.unwrap();
    let dropped = zk.watch("/dropped", WatchMode::Persistent).await.unwrap();
    let (_, one_shot) = zk.exists_and_watch("/one-shot").await.unwrap();
    fragile.go_away().await;
    drop((dropped, one_shot));
    fragile.come_back().await;
    assert!(is_watched(&zk, "/kept").await);
    assert!(!is_watched(&zk, "/dropped").await);
    assert!(!is_watched(&zk, "/one-shot").await);
    drop(kept);
}

pub(crate) async fn a_watch_that_is_not_read_says_that_it_has_missed_something(world: World) {
    let builder = builder(&world).watch_buffer(4);
    let fragile = Fragile::open(&world, builder).await;
    let zk = &fragile.zk;
    let mut slow = zk.watch("/", WatchMode::Persistent).await.unwrap();
    for _ in 0..5 {
        zk.set("/", "").await.unwrap();
    }
    assert_eq!(at_once(&mut slow), Some(change(Resync, "/")));
    assert_eq!(at_once(&mut slow), None);
    for _ in 0..4 {
        zk.set("/", "").await.unwrap();
    }
    for _ in 0..4 {
        assert_eq!(at_once(&mut slow), Some(change(DataChanged, "/")));
    }
    let observer = connect(&world).await;
    let pipeline = pipelined(&observer);
    answers((0..1_000).map(|_| pipeline.set("/", "")).collect::<Vec<_>>()).await;
    zk.sync("/").await.unwrap();
    let told: Vec<_> = std::iter::from_fn(|| at_once(&mut slow)).collect();
    assert_eq!(told[0], change(Resync, "/"));
    assert!(told.len() <= 4, "{told:?}");
    observer.set("/", "").await.unwrap();
    assert_eq!(next(&mut slow).await, change(DataChanged, "/"));
}

/// A server before 3.9 turns a persistent watch into a one-shot one when its node is read with a
/// watch (ZOOKEEPER-4466).
pub(crate) async fn a_persistent_watch_outlives_one_shot_watches_of_its_node(world: World) {
    let fragile = Fragile::connect(&world).await;
    let (zk, observer) = (&fragile.zk, connect(&world).await);
    for mode in [WatchMode::Persistent, WatchMode::Recursive] {
        let path = format!("/{mode:?}");
        zk.create(&path, "").await.unwrap();
        let mut persistent = zk.watch(&path, mode).await.unwrap();
        for _ in 0..3 {
            let (_, mut data) = zk.get_and_watch(&path).await.unwrap();
            let (_, mut exists) = zk.exists_and_watch(&path).await.unwrap();
            for one_shot in [&mut data, &mut exists] {
                assert_eq!(at_once(one_shot), None);
            }
            observer.set(&path, "").await.unwrap();
            assert_eq!(next(&mut persistent).await, change(DataChanged, &path));
            assert_eq!(next(&mut data).await, change(DataChanged, &path));
            assert_eq!(next(&mut exists).await, change(DataChanged, &path));
        }
        drop(zk.get_and_watch(&path).await.unwrap());
        observer.set(&path, "").await.unwrap();
        assert_eq!(next(&mut persistent).await, change(DataChanged, &path));
    }
    let mut persistent = zk.watch("/Persistent", WatchMode::Persistent).await.unwrap();
    let listing = GetChildren::new("/Persistent").with_stat();
    let (_, mut children) = zk.call_and_watch(listing).await.unwrap();
    for name in ["first", "second"] {
        observer.create(&format!("/Persistent/{name}"), "").await.unwrap();
        let seen = next(&mut persistent).await;
        assert_eq!(seen, change(ChildrenChanged, "/Persistent"));
    }
    assert_eq!(next(&mut children).await, change(ChildrenChanged, "/Persistent"));
    assert_eq!(children.next().await, None);
}
