//! Whole trees, and nodes that are created exactly once.

use zk_conformance::World;

use crate::zk::machine::{CreateAll, ProtectedCreate};
use crate::zk::{CreateMode, ErrorCode, GetData, Retry, SetData};

use crate::support::{connect, is_refused};

pub(crate) async fn a_tree_is_walked_and_deleted(world: World) {
    let zk = connect(&world).await;
    for number in 0..100 {
        zk.ensure(&format!("/tree/{}/{number}", number % 5)).await.unwrap();
    }
    zk.create("/treetop", "").await.unwrap();
    let (mut walk, mut paths) = (zk.walk("/tree"), Vec::new());
    while let Some(visited) = walk.next().await {
        paths.push(visited.unwrap().path);
    }
    assert_eq!(paths[0], "/tree");
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), 106);

    zk.delete_all("/tree").await.unwrap();
    assert_eq!(zk.exists("/tree").await.unwrap(), None);
    assert!(zk.exists("/treetop").await.unwrap().is_some());
    zk.delete_all("/tree").await.unwrap(); // it is gone, as it should be
    let error = zk.walk("/tree").next().await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), "getData /tree: no such node");
}

pub(crate) async fn a_path_is_ensured_also_where_one_must_not_create(world: World) {
    let zk = connect(&world).await;
    let node = || CreateAll::new("/app/config", "v1").parents(CreateMode::Container);
    assert_eq!(zk.run(node()).await.unwrap(), "/app/config");
    let text = "create /app/config: node exists already";
    is_refused(zk.run(node()), ErrorCode::NodeExists, text).await;
    assert_eq!(zk.run(node().if_missing()).await.unwrap(), "/app/config");

    zk.set_acl("/app", crate::zk::Acl::READ).await.unwrap();
    assert_eq!(zk.ensure("/app/config").await.unwrap(), "/app/config");
    let text = "create /app/other: not authorized";
    is_refused(zk.ensure("/app/other"), ErrorCode::NoAuth, text).await;
}

pub(crate) async fn a_protected_node_is_deleted_or_kept(world: World) {
    let zk = connect(&world).await;
    let create = || ProtectedCreate::new("/jobs", "job-", "x", CreateMode::PersistentSequential);
    let guard = zk.create_protected(create()).await.unwrap();
    let first = guard.owned().clone();
    assert_eq!(zk.get(&first.path).await.unwrap().stat.czxid, first.czxid);
    guard.delete().await.unwrap();
    assert_eq!(zk.exists(&first.path).await.unwrap(), None);

    let second = zk.create_protected(create()).await.unwrap().keep();
    assert!(second.name.starts_with("_c_") && second.name.ends_with("-job-0000000001"));
    assert!(second.czxid > first.czxid);
    assert_eq!(zk.get(&second.path).await.unwrap().data, "x");
}

pub(crate) async fn what_is_refused_is_not_asked_again(world: World) {
    let zk = connect(&world).await;
    let patient = zk.retrying(Retry::new());
    zk.create("/node", "").await.unwrap();
    let version = patient.call(GetData::new("/node")).await.unwrap().stat.version;
    let set = SetData::new("/node", "x").version(version);
    assert_eq!(patient.call(set).await.unwrap().version, 1);
    let text = "setData /node: version conflict";
    is_refused(patient.call(set), ErrorCode::BadVersion, text).await;
}
