//! Reading, writing and deleting nodes.

use zk_conformance::World;

use crate::zk::{
    CheckWatches, Create, Delete, EnsembleConfig, ErrorCode, ErrorKind, GetChildren, Limits,
    Misuse, OpCode, Outcome, Raw, SetData, Stat, WatcherType,
};

use crate::platform::answer;
use crate::support::{answers, builder, connect, connect_whole, is_refused, pipelined};

pub(crate) async fn a_node_is_written_read_and_deleted(world: World) {
    let zk = connect(&world).await;
    assert_eq!(zk.exists("/node").await.unwrap(), None);
    assert_eq!(zk.create("/node", "first").await.unwrap(), "/node");
    let first = zk.get("/node").await.unwrap();
    assert_eq!((&*first.data, first.stat.version), (&b"first"[..], 0));
    let stat = zk.set("/node", "second").await.unwrap();
    assert_eq!(stat.version, 1);
    assert_eq!(stat.data_length, 6);
    assert!(stat.mzxid > stat.czxid);
    let second = zk.get("/node").await.unwrap();
    assert_eq!((&*second.data, second.stat), (&b"second"[..], stat));
    assert_eq!(zk.exists("/node").await.unwrap(), Some(stat));
    zk.delete("/node").await.unwrap();
    assert_eq!(zk.exists("/node").await.unwrap(), None);
}

pub(crate) async fn versions_are_compared_if_they_are_given(world: World) {
    let zk = connect(&world).await;
    zk.create("/node", "").await.unwrap();
    zk.call(SetData::new("/node", "a").version(0)).await.unwrap();
    let text = "setData /node: version conflict";
    let stale = zk.call(SetData::new("/node", "b").version(0));
    is_refused(stale, ErrorCode::BadVersion, text).await;
    let text = "delete /node: version conflict";
    is_refused(zk.call(Delete::new("/node").version(7)), ErrorCode::BadVersion, text).await;
    zk.call(Delete::new("/node").version(1)).await.unwrap();
}

pub(crate) async fn no_data_is_not_empty_data(world: World) {
    let zk = connect(&world).await;
    zk.call(Create::without_data("/null")).await.unwrap();
    zk.create("/empty", "").await.unwrap();
    let (null, empty) = (zk.get("/null").await.unwrap(), zk.get("/empty").await.unwrap());
    assert_eq!((null.is_null(), null.data.len()), (true, 0));
    assert_eq!((empty.is_null(), empty.data.len()), (false, 0));
    zk.set("/null", "").await.unwrap();
    zk.call(SetData::without_data("/empty")).await.unwrap();
    assert!(!zk.get("/null").await.unwrap().is_null());
    assert!(zk.get("/empty").await.unwrap().is_null());
}

pub(crate) async fn names_and_data_can_be_of_any_script(world: World) {
    let zk = connect(&world).await;
    zk.create("/skripte-äöü", "").await.unwrap();
    let zk = zk.chroot("/skripte-äöü");
    let names = ["größe", "数据", "данные", "עברית", "a b", "..a", "\u{d7ff}\u{f900}"];
    for name in names {
        let path = format!("/{name}");
        assert_eq!(zk.create(&path, name).await.unwrap(), path);
        assert_eq!(zk.get(&path).await.unwrap().data, name);
    }
    let children = zk.children("/").await.unwrap();
    assert_eq!(children.len(), names.len());
    assert!(names.iter().all(|name| children.contains(name)));
}

pub(crate) async fn children_are_listed_and_descendants_counted(world: World) {
    let zk = connect(&world).await;
    zk.create_all("/family/son/grandson", "").await.unwrap();
    zk.create("/family/daughter", "").await.unwrap();
    let children = zk.children("/family").await.unwrap();
    let mut names: Vec<_> = children.iter().collect();
    names.sort_unstable();
    assert_eq!(names, ["daughter", "son"]);
    let listing = zk.call(GetChildren::new("/family").with_stat()).await.unwrap();
    assert_eq!(listing.children.len(), 2);
    assert_eq!(Some(listing.stat), zk.exists("/family").await.unwrap());
    assert_eq!(listing.stat.num_children, 2);
    assert_eq!(zk.count_descendants("/family").await.unwrap(), 3);
    assert_eq!(zk.count_descendants("/family/daughter").await.unwrap(), 0);
    assert!(zk.children("/family/daughter").await.unwrap().is_empty());
}

/// A frame is a header of 8 bytes and a path, with lengths, data and a version.
pub(crate) async fn data_can_be_as_long_as_the_server_takes_it(world: World) {
    let zk = connect(&world).await;
    zk.create("/node", "").await.unwrap();
    let overhead = 8 + 4 + world.root().len() + "/node".len() + 4 + 4;
    let most = Limits::default().frame_out - overhead;
    let largest = vec![7; most];
    assert_eq!(zk.set("/node", &largest).await.unwrap().data_length as usize, most);
    assert!(zk.get("/node").await.unwrap().data == largest);

    let pipeline = pipelined(&zk);
    let before = pipeline.set("/node", "before");
    let too_large = pipeline.set("/node", vec![7; most + 1]);
    let after = pipeline.get("/node");
    answer(before).await.unwrap();
    let error = answer(too_large).await.unwrap_err();
    let (size, limit) = (1_048_576, 1_048_575);
    assert_eq!(*error.kind(), ErrorKind::Misuse(Misuse::TooLarge { size, limit }));
    assert_eq!(
        error.to_string(),
        "setData /node: the request has 1048576 bytes, more than the 1048575 that the server \
         accepts"
    );
    assert_eq!(error.outcome(), Outcome::NotApplied);
    assert_eq!(answer(after).await.unwrap().data, "before");
    assert_eq!(zk.stats().connections, 1);
}

pub(crate) async fn an_answer_can_be_longer_than_a_request(world: World) {
    let zk = connect(&world).await;
    let name = "n".repeat(200);
    let pipeline = pipelined(&zk);
    let path = |number| format!("/{name}{number:05}");
    let replies: Vec<_> = (0..7_000).map(|number| pipeline.create(&path(number), "")).collect();
    answers(replies).await;
    let children = zk.children("/").await.unwrap();
    assert_eq!(children.len(), 7_000);
    assert!(children.iter().all(|child| child.len() == 205));
}

pub(crate) async fn a_lone_server_has_no_configuration(world: World) {
    let zk = connect_whole(&world).await;
    let config = zk.config().await.unwrap();
    assert!(config.data.is_empty());
    assert!(EnsembleConfig::parse(&config.data).members.is_empty());
}

pub(crate) async fn ephemeral_nodes_are_listed_by_what_their_paths_begin_with(world: World) {
    let zk = connect(&world).await;
    zk.create("/a", "").await.unwrap();
    for path in ["/a/one", "/ab", "/b"] {
        zk.call(Create::new(path, "").ephemeral()).await.unwrap();
    }
    let found = async |prefix| {
        let mut paths = zk.ephemerals(prefix).await.unwrap();
        paths.sort();
        paths
    };
    assert_eq!(found("/").await, ["/a/one", "/ab", "/b"]);
    assert_eq!(found("/a").await, ["/a/one", "/ab"]);
    assert!(found("/c").await.is_empty());
    assert!(connect(&world).await.ephemerals("/").await.unwrap().is_empty());
}

pub(crate) async fn sync_answers_its_path(world: World) {
    let zk = connect(&world).await;
    assert_eq!(zk.sync("/").await.unwrap(), "/");
    assert_eq!(zk.sync("/missing").await.unwrap(), "/missing");
}

pub(crate) async fn any_operation_can_be_sent_as_bytes(world: World) {
    let zk = connect(&world).await;
    let path = world.root();
    let mut body = u32::try_from(path.len()).unwrap().to_be_bytes().to_vec();
    body.extend(path.bytes());
    body.push(0);
    let stat = zk.call(Raw { op: OpCode::Exists, body: &body }).await.unwrap();
    assert_eq!(stat.len(), Stat::LEN);
    let cut = zk.call(Raw { op: OpCode::Exists, body: &body[..5] });
    is_refused(cut, ErrorCode::MarshallingError, "exists: marshalling error").await;
    let check = zk.call(CheckWatches::new("/", WatcherType::Data));
    is_refused(check, ErrorCode::NoWatcher, "checkWatches /: no such watch").await;
}

pub(crate) async fn a_session_with_small_limits_gets_small_answers(world: World) {
    let zk = connect(&world).await;
    zk.create("/node", vec![1; 2_000]).await.unwrap();
    let limits = Limits { frame_in: 1_000, frame_out: 1_000, ..Limits::default() };
    let servers = format!("{}{}", world.connect_string(), world.root());
    let small = builder(&world).limits(limits).connect(&servers).await.unwrap();
    assert!(small.exists("/node").await.unwrap().is_some());
    let text = "getData /node: connection lost (frame too long), outcome unknown";
    assert_eq!(small.get("/node").await.unwrap_err().to_string(), text);
    let size = 8 + 4 + world.root().len() + "/node".len() + 4 + 998 + 4;
    let text = format!(
        "setData /node: the request has {size} bytes, more than the 1000 that the server accepts"
    );
    assert_eq!(small.set("/node", [0; 998]).await.unwrap_err().to_string(), text);
}
