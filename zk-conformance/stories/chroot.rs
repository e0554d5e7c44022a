//! Views on a part of the tree.

use zk_conformance::World;

use crate::zk::{
    ChangeKind, CheckWatches, Create, ErrorCode, GetConfig, Multi, MultiRead, MultiResult, Read,
    WatchMode, WatcherType,
};

use crate::support::{builder, change, connect, connect_whole, is_refused, next};

pub(crate) async fn a_view_sees_what_is_below_its_root_and_nothing_else(world: World) {
    let whole = connect(&world).await;
    whole.create_all("/app/db/main", "deep").await.unwrap();
    whole.create("/app2", "beside").await.unwrap();
    let app = whole.chroot("/app");
    let db = app.chroot("/db");
    assert_eq!(app.get("/db/main").await.unwrap().data, "deep");
    assert_eq!(db.get("/main").await.unwrap().data, "deep");
    assert_eq!(db.chroot("/").get("/main").await.unwrap().data, "deep");
    assert_eq!(db.children("/").await.unwrap().iter().collect::<Vec<_>>(), ["main"]);
    assert_eq!(app.count_descendants("/").await.unwrap(), 2);
    assert_eq!(app.exists("/").await.unwrap(), whole.exists("/app").await.unwrap());
    assert_eq!(app.exists("/app2").await.unwrap(), None);
    let text = "getData /main: no such node";
    is_refused(app.get("/main"), ErrorCode::NoNode, text).await;
}

pub(crate) async fn answers_have_the_paths_of_the_view(world: World) {
    let zk = connect(&world).await;
    let view = zk.chroot("/a").chroot("/b");
    zk.create("/a", "").await.unwrap();
    assert_eq!(view.create("/", "").await.unwrap(), "/");
    assert_eq!(view.create("/node", "").await.unwrap(), "/node");
    assert_eq!(view.create_all("/x/y/z", "").await.unwrap(), "/x/y/z");
    let numbered = view.call(Create::new("/n-", "").sequential()).await.unwrap();
    assert_eq!(numbered, "/n-0000000002");
    assert_eq!(view.call(Create::new("/", "").sequential()).await.unwrap(), "/0000000003");
    assert_eq!(view.call(Create::new("/s", "").with_stat()).await.unwrap().path, "/s");
    assert_eq!(view.sync("/node").await.unwrap(), "/node");
    assert_eq!(view.sync("/").await.unwrap(), "/");

    let multi = Multi::new().create("/m", "").create("/m/n", "").delete("/node");
    let results = view.call(multi).await.unwrap();
    let created = |path: &str| MultiResult::Created { path: path.into(), stat: None };
    assert_eq!(results, [created("/m"), created("/m/n"), MultiResult::Deleted]);
    let error = view.call(Multi::new().check("/m", 0).delete("/node")).await.unwrap_err();
    let text = "multi /node: operation 1 of the transaction: no such node";
    assert_eq!(error.to_string(), text);
    let reads = view.call(MultiRead::new().children("/m").get("/")).await.unwrap();
    assert!(matches!(&reads[0], Ok(Read::Children(children)) if children.contains("n")));
    assert!(matches!(&reads[1], Ok(Read::Data(_))));
    assert!(zk.exists("/a/b/m/n").await.unwrap().is_some());
}

pub(crate) async fn ephemeral_nodes_are_listed_by_the_paths_of_the_view(world: World) {
    let zk = connect(&world).await;
    for parent in ["/app", "/app2"] {
        zk.create(parent, "").await.unwrap();
        let path = format!("{parent}/e");
        zk.call(Create::new(&path, "").ephemeral()).await.unwrap();
    }
    assert_eq!(zk.chroot("/app").ephemerals("/").await.unwrap(), ["/e"]);
    assert_eq!(zk.chroot("/app2").ephemerals("/e").await.unwrap(), ["/e"]);
    assert_eq!(zk.ephemerals("/app").await.unwrap().len(), 2);
}

pub(crate) async fn events_have_the_paths_of_the_view(world: World) {
    let zk = connect(&world).await;
    zk.create("/app", "").await.unwrap();
    let view = zk.chroot("/app");
    let (_, mut root) = view.get_and_watch("/").await.unwrap();
    let (_, mut missing) = view.exists_and_watch("/node").await.unwrap();
    let mut all = view.watch("/", WatchMode::Recursive).await.unwrap();
    assert_eq!((root.path(), missing.path(), all.path()), ("/", "/node", "/"));
    zk.create("/app2", "").await.unwrap();
    zk.create("/app/node", "").await.unwrap();
    let (_, mut children) = view.children_and_watch("/node").await.unwrap();
    zk.create("/app/node/child", "").await.unwrap();
    zk.set("/app", "").await.unwrap();
    assert_eq!(next(&mut missing).await, change(ChangeKind::Created, "/node"));
    assert_eq!(next(&mut children).await, change(ChangeKind::ChildrenChanged, "/node"));
    assert_eq!(next(&mut root).await, change(ChangeKind::DataChanged, "/"));
    assert_eq!(next(&mut all).await, change(ChangeKind::Created, "/node"));
    assert_eq!(next(&mut all).await, change(ChangeKind::Created, "/node/child"));
    assert_eq!(next(&mut all).await, change(ChangeKind::DataChanged, "/"));
    view.call(CheckWatches::new("/", WatcherType::Any)).await.unwrap();
    drop(all);
    // It takes two requests to remove a persistent watch from a server before 3.9.
    view.sync("/").await.unwrap();
    let check = view.call(CheckWatches::new("/", WatcherType::Any));
    is_refused(check, ErrorCode::NoWatcher, "checkWatches /: no such watch").await;
}

pub(crate) async fn the_configuration_has_one_path_in_every_view(world: World) {
    let view = connect(&world).await;
    assert!(view.config().await.unwrap().data.is_empty());
    let (_, watch) = view.call_and_watch(GetConfig).await.unwrap();
    assert_eq!(watch.path(), "/zookeeper/config");
}

pub(crate) async fn the_root_of_a_view_need_not_exist_yet(world: World) {
    let path = format!("{}/not/yet/there", world.root());
    let servers = format!("{}{path}", world.connect_string());
    let zk = builder(&world).connect(&servers).await.unwrap();
    assert_eq!(zk.exists("/").await.unwrap(), None);
    let text = "create /node: no such node";
    is_refused(zk.create("/node", ""), ErrorCode::NoNode, text).await;
    let (stat, mut watch) = zk.exists_and_watch("/").await.unwrap();
    assert_eq!(stat, None);
    connect_whole(&world).await.create_all(&path, "").await.unwrap();
    assert_eq!(next(&mut watch).await, change(ChangeKind::Created, "/"));
    zk.create("/node", "").await.unwrap();
}

pub(crate) async fn a_slash_is_no_chroot(world: World) {
    let zk = builder(&world)
        .connect(&format!("zookeeper://{}/", world.connect_string()))
        .await
        .unwrap();
    zk.create(world.root(), "").await.unwrap();
    assert!(zk.chroot("/").children("/").await.unwrap().contains(&world.root()[1..]));
}
