//! Several operations in one message.

use zk_conformance::World;

use crate::zk::{
    Acl, Check, Create, CreateMode, Delete, ErrorCode, ErrorKind, Misuse, Multi, MultiRead, MultiResult, PathError, Permissions,
    Read, SetData,
};

use crate::support::{connect, is_refused};

pub(crate) async fn each_operation_of_a_transaction_has_its_own_result(world: World) {
    let zk = connect(&world).await;
    zk.create("/old", "").await.unwrap();
    zk.create("/written", "").await.unwrap();
    let multi = Multi::new()
        .create("/new", "data")
        .add(Create::new("/new/number-", "").sequential())
        .add(Create::new("/ephemeral", "").ephemeral())
        .add(Create::new("/with-stat", "").with_stat())
        .add(Create::new("/container", "").container())
        .check("/written", 0)
        .add(Check::exists("/old"))
        .set("/written", "once")
        .add(SetData::new("/written", "twice").version(1))
        .delete("/old")
        .add(Delete::new("/new/number-0000000000").version(0));
    let results = zk.call(multi).await.unwrap();
    let paths: Vec<_> = results.iter().map(created_path).collect();
    let created = ["/new", "/new/number-0000000000", "/ephemeral", "/with-stat", "/container"];
    assert_eq!(paths[..5], created.map(Some));
    assert!(matches!(&results[0], MultiResult::Created { stat: None, .. }));
    let told_stat = matches!(&results[3], MultiResult::Created { stat: Some(_), .. });
    assert_eq!(told_stat, world.is_recent());
    assert_eq!(results[5..7], [MultiResult::Checked, MultiResult::Checked]);
    assert!(matches!(&results[7], MultiResult::Set(stat) if stat.version == 1));
    assert!(matches!(&results[8], MultiResult::Set(stat) if stat.version == 2));
    assert_eq!(results[9..], [MultiResult::Deleted, MultiResult::Deleted]);

    assert_eq!(zk.get("/written").await.unwrap().data, "twice");
    assert!(zk.children("/new").await.unwrap().is_empty());
    let owner = zk.exists("/ephemeral").await.unwrap().unwrap().ephemeral_owner;
    assert_eq!(owner, zk.session_id());
}

fn created_path(result: &MultiResult) -> Option<&str> {
    if let MultiResult::Created { path, .. } = result { Some(path) } else { None }
}

pub(crate) async fn nothing_is_applied_if_one_operation_fails_and_the_error_says_which(world: World) {
    let zk = connect(&world).await;
    zk.create("/node", "untouched").await.unwrap();
    zk.create_all("/full/child", "").await.unwrap();
    let failures: [(Multi<'_>, ErrorCode, &str, &str); 7] = [
        (Multi::new().create("/node", ""), ErrorCode::NodeExists, "/node", "exists already"),
        (Multi::new().create("/no/child", ""), ErrorCode::NoNode, "/no/child", "no such node"),
        (Multi::new().check("/node", 9), ErrorCode::BadVersion, "/node", "version conflict"),
        (Multi::new().set("/none", ""), ErrorCode::NoNode, "/none", "no such node"),
        (Multi::new().delete("/none"), ErrorCode::NoNode, "/none", "no such node"),
        (Multi::new().delete("/full"), ErrorCode::NotEmpty, "/full", "node has children"),
        (
            Multi::new().add(Create::new("/x", "").acl(vec![Acl::ip(Permissions::READ, "nowhere")])),
            ErrorCode::InvalidAcl,
            "/x",
            "invalid access control list",
        ),
    ];
    for (failing, code, path, reason) in &failures {
        for position in 0..4 {
            let mut multi = Multi::new();
            for index in 0..4 {
                multi = match index {
                    _ if index == position => multi.add(failing.operations()[0].clone()),
                    0 => multi.create("/first", ""),
                    1 => multi.set("/node", "touched"),
                    2 => multi.check("/full", 0),
                    _ => multi.delete("/full/child"),
                };
            }
            let error = zk.call(multi).await.unwrap_err();
            assert_eq!(error.failed_operation(), Some(position), "{error}");
            assert_eq!((error.code(), error.path()), (Some(*code), Some(*path)));
            let text = error.to_string();
            let start = format!("multi {path}: operation {position} of the transaction: ");
            assert!(text.starts_with(&start) && text.ends_with(reason), "{text}");
        }
    }
    assert_eq!(zk.get("/node").await.unwrap().data, "untouched");
    assert_eq!(zk.exists("/first").await.unwrap(), None);
    assert!(zk.exists("/full/child").await.unwrap().is_some());
}

pub(crate) async fn an_invalid_operation_keeps_its_transaction_from_being_sent(world: World) {
    let zk = connect(&world).await;
    let before = zk.stats().requests;
    let error = zk.call(Multi::new().create("/fine", "").delete("/a//b")).await.unwrap_err();
    let invalid = Misuse::Path(PathError::EmptySegment);
    assert_eq!(*error.kind(), ErrorKind::Misuse(invalid));
    let no_acl = Create::new("/open", "").acl(Vec::new());
    let error = zk.call(Multi::new().add(no_acl)).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Misuse(Misuse::EmptyAcl));
    assert_eq!(zk.stats().requests, before);
}

pub(crate) async fn a_transaction_can_be_empty_or_long(world: World) {
    let zk = connect(&world).await;
    assert!(zk.call(Multi::new()).await.unwrap().is_empty());
    assert!(zk.call(MultiRead::new()).await.unwrap().is_empty());
    let paths: Vec<_> = (0..1_000).map(|n| format!("/node-{n}")).collect();
    let multi = paths.iter().fold(Multi::new(), |multi, path| multi.create(path, path));
    assert_eq!(zk.call(multi).await.unwrap().len(), 1_000);
    let reads = paths.iter().fold(MultiRead::new(), |reads, path| reads.get(path));
    let found = zk.call(reads).await.unwrap();
    assert_eq!(found.len(), 1_000);
    for (path, read) in paths.iter().zip(found) {
        assert!(matches!(read, Ok(Read::Data(node)) if node.data == path));
    }
}

pub(crate) async fn each_of_several_reads_stands_for_itself(world: World) {
    let zk = connect(&world).await;
    zk.create_all("/node/child", "data").await.unwrap();
    let reads = MultiRead::new()
        .get("/node/child")
        .get("/missing")
        .children("/node")
        .children("/missing");
    let mut results = zk.call(reads).await.unwrap().into_iter();
    let node = zk.get("/node/child").await.unwrap();
    assert_eq!(results.next(), Some(Ok(Read::Data(node.into()))));
    assert_eq!(results.next(), Some(Err(ErrorCode::NoNode)));
    let children = zk.children("/node").await.unwrap();
    assert_eq!(results.next(), Some(Ok(Read::Children(children))));
    assert_eq!(results.next(), Some(Err(ErrorCode::NoNode)));
    assert_eq!(results.next(), None);
}

pub(crate) async fn operations_of_a_transaction_see_those_before_them(world: World) {
    let zk = connect(&world).await;
    let mode = CreateMode::PersistentSequential;
    let multi = Multi::new()
        .create("/a", "")
        .check("/a", 0)
        .create("/a/b", "")
        .add(Create::new("/a/c-", "").mode(mode))
        .delete("/a/c-0000000001")
        .delete("/a/b")
        .delete("/a");
    assert_eq!(zk.call(multi).await.unwrap().len(), 7);
    let text = "delete /a: no such node";
    is_refused(zk.delete("/a"), ErrorCode::NoNode, text).await;
}
