//! Creating nodes.

use std::time::Duration;

use zk_conformance::World;

use crate::zk::{Acl, ChangeKind, Create, CreateMode, ErrorCode, ErrorKind, Misuse, Permissions};

use crate::support::{answers, change, connect, is_not_sent, is_refused, next, pipelined};

const HOUR: Duration = Duration::from_secs(3600);

/// The number counts the children that the parent has had.
const EACH_KIND: [(CreateMode, &str, &str); 7] = [
    (CreateMode::Persistent, "/plain", "/plain"),
    (CreateMode::PersistentSequential, "/number-", "/number-0000000001"),
    (CreateMode::Ephemeral, "/ephemeral", "/ephemeral"),
    (CreateMode::EphemeralSequential, "/ephemeral-", "/ephemeral-0000000003"),
    (CreateMode::Container, "/container", "/container"),
    (CreateMode::PersistentWithTtl(HOUR), "/ttl", "/ttl"),
    (CreateMode::PersistentSequentialWithTtl(HOUR), "/ttl-", "/ttl-0000000006"),
];

pub(crate) async fn makes_nodes_of_each_kind(world: World) {
    let zk = connect(&world).await;
    for (mode, path, created) in EACH_KIND {
        assert_eq!(zk.call(Create::new(path, "x").mode(mode)).await.unwrap(), created);
        let stat = zk.exists(created).await.unwrap().unwrap();
        let is_ephemeral =
            matches!(mode, CreateMode::Ephemeral | CreateMode::EphemeralSequential);
        let owner = if is_ephemeral { zk.session_id() } else { 0 };
        assert_eq!(stat.ephemeral_owner, owner, "{mode:?}");
    }
}

pub(crate) async fn tells_the_stat_of_new_nodes_of_each_kind(world: World) {
    let zk = connect(&world).await;
    for (mode, path, name) in EACH_KIND {
        let request = Create::new(path, "data").mode(mode).with_stat();
        let created = zk.call(request).await.unwrap();
        assert_eq!(created.path, name);
        assert_eq!(Some(created.stat), zk.exists(name).await.unwrap(), "{mode:?}");
    }
}

pub(crate) async fn numbers_what_ends_in_a_slash(world: World) {
    let zk = connect(&world).await;
    zk.create("/queue", "").await.unwrap();
    let numbered = |path| zk.call(Create::new(path, "").sequential());
    assert_eq!(numbered("/queue/").await.unwrap(), "/queue/0000000000");
    assert_eq!(numbered("/queue/").await.unwrap(), "/queue/0000000001");
    assert_eq!(numbered("/").await.unwrap(), "/0000000001");
}

pub(crate) async fn a_container_goes_after_its_last_child(world: World) {
    let zk = connect(&world).await;
    zk.call(Create::new("/jobs", "").container()).await.unwrap();
    zk.create("/jobs/last", "").await.unwrap();
    let (_, mut watch) = zk.get_and_watch("/jobs").await.unwrap();
    zk.delete("/jobs/last").await.unwrap();
    assert_eq!(next(&mut watch).await, change(ChangeKind::Deleted, "/jobs"));
}

pub(crate) async fn a_node_goes_when_its_time_to_live_has_passed(world: World) {
    let zk = connect(&world).await;
    let brief = Create::new("/brief", "").ttl(Duration::from_millis(1));
    let (_, mut watch) = zk.exists_and_watch("/brief").await.unwrap();
    zk.call(brief).await.unwrap();
    assert_eq!(next(&mut watch).await, change(ChangeKind::Created, "/brief"));
    if let (Some(_), mut gone) = zk.exists_and_watch("/brief").await.unwrap() {
        assert_eq!(next(&mut gone).await, change(ChangeKind::Deleted, "/brief"));
    }
    for impossible in [Duration::ZERO, CreateMode::MAX_TTL + Duration::from_millis(1)] {
        let request = Create::new("/never", "").ttl(impossible);
        let error = zk.call(request).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Misuse(Misuse::TimeToLive));
    }
}

pub(crate) async fn makes_missing_parents(world: World) {
    let zk = connect(&world).await;
    assert_eq!(zk.create_all("/a/b/c", "leaf").await.unwrap(), "/a/b/c");
    assert_eq!(zk.create_all("/a/b/d", "leaf").await.unwrap(), "/a/b/d");
    assert_eq!(zk.create_all("/top", "leaf").await.unwrap(), "/top");
    assert!(zk.get("/a/b").await.unwrap().data.is_empty());
    assert_eq!(zk.get("/a/b/c").await.unwrap().data, "leaf");
    let text = "create /a/b/c: node exists already";
    is_refused(zk.create_all("/a/b/c", ""), ErrorCode::NodeExists, text).await;
}

pub(crate) async fn says_which_parent_cannot_be_made(world: World) {
    let zk = connect(&world).await;
    zk.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
    let text = "create /ephemeral/child: ephemeral nodes cannot have children";
    let reply = zk.create_all("/ephemeral/child", "");
    is_refused(reply, ErrorCode::NoChildrenForEphemerals, text).await;
    let reply = zk.create_all("/ephemeral/child/grandchild", "");
    is_refused(reply, ErrorCode::NoChildrenForEphemerals, text).await;

    let read_only = [Acl::anyone(Permissions::READ)];
    zk.call(Create::new("/locked", "").acl(&read_only[..])).await.unwrap();
    let text = "create /locked/a: not authorized";
    is_refused(zk.create_all("/locked/a/b/c", ""), ErrorCode::NoAuth, text).await;
    assert!(zk.children("/locked").await.unwrap().is_empty());

    let text = "create a/b: invalid path: it does not start with /";
    is_not_sent(zk.create_all("a/b", ""), text).await;
}

pub(crate) async fn many_can_make_the_same_parents_at_once(world: World) {
    let zk = connect(&world).await;
    let pipeline = pipelined(&zk);
    let path = |number| format!("/deep/er/node-{number}");
    let replies: Vec<_> = (0..100).map(|number| pipeline.create_all(&path(number), "")).collect();
    answers(replies).await;
    assert_eq!(zk.children("/deep/er").await.unwrap().len(), 100);
}
