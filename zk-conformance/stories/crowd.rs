//! Many who share one session.

use zk_conformance::World;

use crate::platform::{Task, join, spawn};
use crate::support::{answers, at_once, change, connect, pipelined};
use crate::zk::ChangeKind::{DataChanged, Deleted};
use crate::zk::{Client, Create, ErrorKind, Outcome, WatchMode};

/// How many tasks or threads.
const CROWD: usize = 64;

pub(crate) async fn everybody_sees_what_they_wrote_themselves(world: World) {
    let zk = connect(&world).await;
    let mut crowd: Vec<Task<()>> = Vec::new();
    for number in 0..CROWD {
        let zk = zk.clone();
        crowd.push(spawn(async move { write_and_read(&zk, number).await }));
    }
    for task in crowd {
        join(task).await;
    }
    assert_eq!(zk.children("/").await.unwrap().len(), CROWD * 10);
    let stats = zk.stats();
    assert_eq!((stats.connections, stats.in_flight, stats.queued), (1, 0, 0));
}

async fn write_and_read(zk: &Client, number: usize) {
    for round in 0..10 {
        let path = format!("/{number}-{round}");
        zk.create(&path, &path).await.unwrap();
        assert_eq!(zk.get(&path).await.unwrap().data, path);
    }
}

/// What one of them asks for is carried out in its order, whatever the others ask for meanwhile.
pub(crate) async fn everybody_keeps_an_order_of_their_own(world: World) {
    let zk = connect(&world).await;
    let mut crowd: Vec<Task<()>> = Vec::new();
    for number in 0..CROWD {
        let zk = zk.clone();
        crowd.push(spawn(async move { count_in_order(&zk, &format!("/{number}")).await }));
    }
    for task in crowd {
        join(task).await;
    }
}

async fn count_in_order(zk: &Client, path: &str) {
    zk.create(path, "").await.unwrap();
    let pipeline = pipelined(zk);
    let sets: Vec<_> = (0..50).map(|number: i32| pipeline.set(path, number.to_string())).collect();
    assert_eq!(zk.get(path).await.unwrap().data, "49");
    for (version, stat) in (1..).zip(answers(sets).await) {
        assert_eq!(stat.version, version);
    }
}

pub(crate) async fn everybody_hears_of_a_change_before_they_can_read_it(world: World) {
    let zk = connect(&world).await;
    zk.create("/node", "").await.unwrap();
    let mut crowd: Vec<Task<()>> = Vec::new();
    for _ in 0..CROWD {
        let zk = zk.clone();
        crowd.push(spawn(async move { hear(&zk).await }));
    }
    let observer = connect(&world).await;
    while zk.stats().watches == 0 {
        observer.sync("/").await.unwrap();
    }
    observer.set("/node", "changed").await.unwrap();
    for task in crowd {
        join(task).await;
    }
}

async fn hear(zk: &Client) {
    let (node, mut watch) = zk.get_and_watch("/node").await.unwrap();
    if node.data.is_empty() {
        while zk.get("/node").await.unwrap().data.is_empty() {}
        assert_eq!(at_once(&mut watch), Some(change(DataChanged, "/node")));
    }
}

pub(crate) async fn everybody_is_told_when_one_of_them_closes(world: World) {
    let zk = connect(&world).await;
    let observer = connect(&world).await;
    zk.call(Create::new("/here", "").ephemeral()).await.unwrap();
    let mut gone = observer.watch("/here", WatchMode::Persistent).await.unwrap();
    let mut crowd: Vec<Task<()>> = Vec::new();
    for _ in 0..CROWD {
        let zk = zk.clone();
        crowd.push(spawn(async move { read_until_closed(&zk).await }));
    }
    observer.sync("/").await.unwrap();
    zk.close().await.unwrap();
    for task in crowd {
        join(task).await;
    }
    observer.sync("/").await.unwrap();
    assert_eq!(at_once(&mut gone), Some(change(Deleted, "/here")));
}

async fn read_until_closed(zk: &Client) {
    loop {
        if let Err(error) = zk.get("/").await {
            assert_eq!(*error.kind(), ErrorKind::Closed(Outcome::NotApplied));
            return;
        }
    }
}
