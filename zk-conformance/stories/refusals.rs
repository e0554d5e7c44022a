//! What the server says no to, and what is not even sent. The error says which operation, which
//! path, and why.

use zk_conformance::World;
use zk_proto::{AddWatch, RemoveWatches};

use crate::zk::{
    Acl, CheckWatches, Client, Create, ErrorCode, ErrorKind, Misuse, OpCode, PathError,
    Permissions, Reconfig, WatchMode, WatcherType,
};

use crate::support::{connect, connect_whole, is_not_sent, is_refused};

pub(crate) async fn missing_nodes(world: World) {
    let zk = connect(&world).await;
    let code = ErrorCode::NoNode;
    is_refused(zk.create("/no/a", ""), code, "create /no/a: no such node").await;
    is_refused(zk.get("/no"), code, "getData /no: no such node").await;
    is_refused(zk.get_and_watch("/no"), code, "getData /no: no such node").await;
    is_refused(zk.set("/no", ""), code, "setData /no: no such node").await;
    is_refused(zk.delete("/no"), code, "delete /no: no such node").await;
    is_refused(zk.children("/no"), code, "getChildren /no: no such node").await;
    is_refused(zk.children_and_watch("/no"), code, "getChildren /no: no such node").await;
    is_refused(zk.acl("/no"), code, "getACL /no: no such node").await;
    is_refused(zk.set_acl("/no", Acl::OPEN), code, "setACL /no: no such node").await;
    let text = "getAllChildrenNumber /no: no such node";
    is_refused(zk.count_descendants("/no"), code, text).await;
}

pub(crate) async fn nodes_in_the_way(world: World) {
    let zk = connect(&world).await;
    zk.create_all("/full/child", "").await.unwrap();
    let text = "delete /full: node has children";
    is_refused(zk.delete("/full"), ErrorCode::NotEmpty, text).await;
    let text = "create /full: node exists already";
    is_refused(zk.create("/full", ""), ErrorCode::NodeExists, text).await;
    zk.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
    let text = "create2 /ephemeral/a: ephemeral nodes cannot have children";
    let create = Create::new("/ephemeral/a", "").with_stat();
    is_refused(zk.call(create), ErrorCode::NoChildrenForEphemerals, text).await;
}

pub(crate) async fn arguments_that_the_server_does_not_like(world: World) {
    let zk = connect_whole(&world).await;
    let text = "delete /zookeeper: bad arguments";
    is_refused(zk.delete("/zookeeper"), ErrorCode::BadArguments, text).await;
    let acl = [Acl::new(Permissions::ALL, "no-such-scheme", "x")];
    let text = "create /refused: invalid access control list";
    let create = Create::new("/refused", "").acl(&acl[..]);
    is_refused(zk.call(create), ErrorCode::InvalidAcl, text).await;
    let text = "setACL /: invalid access control list";
    is_refused(zk.set_acl("/", Acl::CREATOR), ErrorCode::InvalidAcl, text).await;
    let text = "reconfig /zookeeper/config: reconfiguration is disabled";
    is_refused(zk.call(Reconfig::leaving("1")), ErrorCode::ReconfigDisabled, text).await;
}

pub(crate) async fn watches_that_are_not_set(world: World) {
    let zk = connect(&world).await;
    zk.create("/node", "").await.unwrap();
    for kind in [WatcherType::Children, WatcherType::Data, WatcherType::Any] {
        let text = "checkWatches /node: no such watch";
        let check = zk.call(CheckWatches::new("/node", kind));
        is_refused(check, ErrorCode::NoWatcher, text).await;
        let text = "removeWatches /node: no such watch";
        let remove = zk.call(RemoveWatches::new("/node", kind));
        is_refused(remove, ErrorCode::NoWatcher, text).await;
    }
    zk.call(AddWatch::new("/node", WatchMode::Persistent)).await.unwrap();
    zk.call(CheckWatches::new("/node", WatcherType::Any)).await.unwrap();
    zk.call(RemoveWatches::new("/node", WatcherType::Any)).await.unwrap();
    let text = "checkWatches /node: no such watch";
    let check = zk.call(CheckWatches::new("/node", WatcherType::Any));
    is_refused(check, ErrorCode::NoWatcher, text).await;
}

pub(crate) async fn more_than_the_quota(world: World) {
    let root = connect_whole(&world).await;
    root.create(world.root(), "").await.unwrap();
    let limits = "count=-1,bytes=-1=;byteHardLimit=10;countHardLimit=2";
    let quota = format!("/zookeeper/quota{}", world.root());
    root.create_all(&format!("{quota}/zookeeper_limits"), limits).await.unwrap();
    let used = "count=1,bytes=0";
    root.create(&format!("{quota}/zookeeper_stats"), used).await.unwrap();
    let zk = root.chroot(world.root());
    zk.create("/one", "12345").await.unwrap();
    let text = "setData /one: quota exceeded";
    is_refused(zk.set("/one", "12345678901"), ErrorCode::QuotaExceeded, text).await;
    let text = "create /two: quota exceeded";
    is_refused(zk.create("/two", ""), ErrorCode::QuotaExceeded, text).await;
}

pub(crate) async fn what_is_not_a_path(world: World) {
    let zk = connect(&world).await;
    let before = zk.stats().requests;
    let character = |c| (PathError::Character(c), format!("/a{c}b"));
    let wrong = [
        (PathError::Empty, String::new()),
        (PathError::Relative, "a".into()),
        (PathError::TrailingSlash, "/a/".into()),
        (PathError::EmptySegment, "/a//b".into()),
        (PathError::DotSegment, "/a/./b".into()),
        (PathError::DotSegment, "/a/..".into()),
        character('\0'),
        character('\u{1f}'),
        character('\u{7f}'),
        character('\u{e000}'),
        character('\u{fff0}'),
        character('\u{1f600}'),
    ];
    for (why, path) in &wrong {
        let errors = [
            zk.create(path, "").await.unwrap_err(),
            zk.get(path).await.unwrap_err(),
            zk.set(path, "").await.unwrap_err(),
            zk.delete(path).await.unwrap_err(),
            zk.exists_and_watch(path).await.unwrap_err(),
            zk.children_and_watch(path).await.unwrap_err(),
            zk.watch(path, WatchMode::Persistent).await.unwrap_err(),
            zk.acl(path).await.unwrap_err(),
            zk.sync(path).await.unwrap_err(),
            zk.chroot(path).exists("/").await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(*error.kind(), ErrorKind::Misuse(Misuse::Path(*why)), "{path:?}");
        }
    }
    assert_eq!(zk.stats().requests, before);
    let error = is_not_sent(zk.get("/a/"), "getData /a/: invalid path: it ends with /").await;
    assert_eq!((error.op(), error.path()), (Some(OpCode::GetData), Some("/a/")));
    let text = "setACL /: the access control list is empty";
    is_not_sent(zk.set_acl("/", &[]), text).await;
}

pub(crate) async fn what_is_not_a_list_of_servers(world: World) {
    let wrong = [
        ("", "a server is missing in the connect string"),
        ("a,,b", "a server is missing in the connect string"),
        ("/chroot", "a server is missing in the connect string"),
        ("http://a", "the scheme \"http\" of the connect string is not zookeeper"),
        ("a:port", "\"a:port\" in the connect string has no valid port"),
        ("a:0", "\"a:0\" in the connect string has no valid port"),
        ("a:65536", "\"a:65536\" in the connect string has no valid port"),
        ("a b", "\"a b\" in the connect string is not a host"),
        ("[::1", "\"[::1\" in the connect string is not a host"),
        ("a/b/", "the chroot \"/b/\" of the connect string is invalid: it ends with /"),
    ];
    for (servers, text) in wrong {
        let error = Client::connect(servers).await.unwrap_err();
        assert_eq!(error.to_string(), text);
        assert!(matches!(error.kind(), ErrorKind::Misuse(Misuse::Text(_))));
        assert_eq!(Client::builder().open(servers).unwrap_err(), error);
    }
    let zk = connect_whole(&world).await;
    assert!(zk.replace_servers("a,,b").is_err());
    let text = "a list of servers has no chroot";
    let with_chroot = format!("{}/app", world.connect_string());
    assert_eq!(zk.replace_servers(&with_chroot).unwrap_err().to_string(), text);
}
