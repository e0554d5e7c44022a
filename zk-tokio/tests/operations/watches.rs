//! What watches tell.

use std::future::poll_fn;
use std::pin::Pin;

use futures_core::Stream;
use zk_tokio::ChangeKind::{ChildrenChanged, Created, DataChanged, Deleted};
use zk_tokio::{Change, Create, Ended, GetChildren, Multi, WatchMode};

use crate::support::{at_once, change, is_recent, next, story};
use crate::{connect, connect_below, server};

#[test]
fn a_watch_of_a_read_tells_of_one_change() {
    story(async {
        let zk = connect_below("one-shot").await;
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
    });
}

#[test]
fn a_watch_tells_of_creation_and_deletion() {
    story(async {
        let zk = connect_below("creation").await;
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
    });
}

#[test]
fn a_persistent_watch_tells_of_all_changes_of_a_node() {
    story(async {
        let zk = connect_below("persistent").await;
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
    });
}

#[test]
fn a_recursive_watch_tells_of_all_nodes_below() {
    story(async {
        let zk = connect_below("recursive").await;
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
    });
}

#[test]
fn a_change_is_there_before_the_answer_that_shows_it() {
    story(async {
        let zk = connect_below("before").await;
        let writer = connect().await.chroot("/before");
        zk.create("/node", "").await.unwrap();
        let mut watch = zk.watch("/node", WatchMode::Persistent).await.unwrap();
        for version in 1..=200 {
            writer.set("/node", "").detach();
            while zk.get("/node").await.unwrap().stat.version < version {}
            assert_eq!(at_once(&mut watch), Some(change(DataChanged, "/node")));
        }
    });
}

#[test]
fn a_change_tells_its_transaction_if_the_server_does() {
    story(async {
        let zk = connect_below("zxid").await;
        let (_, mut watch) = zk.get_and_watch("/").await.unwrap();
        let stat = zk.set("/", "").await.unwrap();
        let Some(Change { zxid, .. }) = watch.next().await else { panic!("no change") };
        assert_eq!(zxid, is_recent(server()).then_some(stat.mzxid));
    });
}

#[test]
fn a_watch_hears_of_other_sessions_that_end() {
    story(async {
        let zk = connect_below("other-session").await;
        let other = connect().await.chroot("/other-session");
        other.call(Create::new("/worker-", "").ephemeral_sequential()).await.unwrap();
        let mut watch = zk.watch("/", WatchMode::Recursive).await.unwrap();
        other.close().await.unwrap();
        assert_eq!(next(&mut watch).await, change(Deleted, "/worker-0000000000"));
    });
}

#[test]
fn a_watch_is_a_stream() {
    story(async {
        let zk = connect_below("stream").await;
        let (_, mut watch) = zk.get_and_watch("/").await.unwrap();
        zk.set("/", "").await.unwrap();
        let mut kinds = Vec::new();
        while let Some(change) = poll_fn(|cx| Pin::new(&mut watch).poll_next(cx)).await {
            kinds.push(change.kind);
        }
        assert_eq!(kinds, [DataChanged]);
        let mut states = zk.states();
        zk.close().await.unwrap();
        let mut count = 0;
        while poll_fn(|cx| Pin::new(&mut states).poll_next(cx)).await.is_some() {
            count += 1;
        }
        assert_eq!(count, 2);
    });
}
