//! Handles, watches and replies that are dropped: before anything is sent, in flight, answered,
//! after the connection broke, after the session is over. Nothing else notices.

use zk_conformance::{Embedded, World};

use crate::platform::{answer, yield_now};
use crate::support::{
    Fragile, answers, at_once, change, connect, pipelined, wait_until,
};
use crate::zk::ChangeKind::DataChanged;
use crate::zk::{Create, Limits, State, WatchMode};

pub(crate) async fn what_was_not_sent_never_is(world: World) {
    let mut fragile = Fragile::connect(&world).await;
    let zk = pipelined(&fragile.zk);
    fragile.go_away().await;
    let before = zk.stats();
    let dropped: Vec<_> = (0..500).map(|number| zk.create(&format!("/no-{number}"), "")).collect();
    assert_eq!(zk.stats().queued, before.queued + 500);
    drop(dropped);
    drop(zk.create_all("/no/never", ""));
    drop(zk.exists_and_watch("/no"));
    drop(zk.watch("/no", WatchMode::Persistent));
    zk.create("/detached", "").detach();
    zk.create_all("/detached/all", "").detach();
    fragile.come_back().await;
    // The steps of `create_all` come after what was asked for meanwhile.
    while fragile.zk.exists("/detached/all").await.unwrap().is_none() {}
    let children = fragile.zk.children("/").await.unwrap();
    assert_eq!(children.iter().collect::<Vec<_>>(), ["detached"]);
    assert_eq!(zk.stats().watches, 0);
    assert!(zk.stats().bytes_sent - before.bytes_sent < 5_000);
}

/// The first is in flight, the others wait behind it.
pub(crate) async fn what_is_in_flight_keeps_its_place(world: World) {
    let limits = Limits { window_requests: 1, ..Limits::default() };
    let fragile = Fragile::open(&world, crate::support::builder(&world).limits(limits)).await;
    let zk = pipelined(&fragile.zk);
    fragile.proxy.stall();
    let sent = zk.create("/sent", "");
    wait_until(|| zk.stats().in_flight == 1).await;
    let never = zk.create("/never", "");
    let kept = zk.create("/kept", "");
    drop((sent, never));
    fragile.proxy.resume();
    assert_eq!(answer(kept).await.unwrap(), "/kept");
    assert!(zk_has(&fragile, "/sent").await);
    assert!(!zk_has(&fragile, "/never").await);
    assert_eq!(zk.stats().connections, 1);
}

async fn zk_has(fragile: &Fragile, path: &str) -> bool {
    fragile.zk.exists(path).await.unwrap().is_some()
}

/// From not yet sent to long answered.
pub(crate) async fn replies_at_any_moment(world: World) {
    let zk = connect(&world).await;
    let pipeline = pipelined(&zk);
    zk.create("/kept", "").await.unwrap();
    for round in 0..50 {
        let path = |number| format!("/{round}-{number}");
        let mut replies: Vec<_> =
            (0..40).map(|number| pipeline.create(&path(number), "")).collect();
        for _ in 0..round {
            yield_now().await;
        }
        replies.truncate(round % 7);
        assert_eq!(zk.set("/kept", "").await.unwrap().version, round as i32 + 1);
        answers(replies).await;
    }
    assert_eq!(zk.stats().connections, 1);
    assert_eq!((zk.stats().in_flight, zk.stats().queued), (0, 0));
}

pub(crate) async fn replies_that_are_there_unread(world: World) {
    let zk = connect(&world).await;
    let pipeline = pipelined(&zk);
    for _ in 0..50 {
        let unread = (pipeline.get("/"), pipeline.create_all("/a/b", ""), pipeline.ready());
        let watched = pipeline.get_and_watch("/");
        zk.sync("/").await.unwrap();
        drop((unread, watched));
    }
    // Nobody holds the watches: the server is to forget them.
    zk.sync("/").await.unwrap();
    assert_eq!(zk.stats().watches, 0);
    zk.sync("/").await.unwrap();
    assert_ne!(world.is_watched(), Some(true));
}

pub(crate) async fn replies_whose_connection_broke(world: World) {
    let mut fragile = Fragile::connect(&world).await;
    let zk = pipelined(&fragile.zk);
    for _ in 0..5 {
        fragile.proxy.stall();
        let lost = (zk.get("/"), zk.get_and_watch("/"), zk.create_all("/a/b/c", ""));
        wait_until(|| zk.stats().in_flight >= 2).await;
        fragile.go_away().await;
        let queued = (zk.get("/"), zk.add_auth("digest", "a:b"), zk.ready());
        drop((lost, queued));
        fragile.proxy.resume();
        fragile.come_back().await;
        fragile.zk.sync("/").await.unwrap();
    }
    assert_eq!((zk.stats().in_flight, zk.stats().queued, zk.stats().watches), (0, 0, 0));
}

pub(crate) async fn replies_and_watches_whose_session_expired(embedded: Embedded) {
    let world = embedded.world();
    let mut fragile = Fragile::connect(world).await;
    let zk = pipelined(&fragile.zk);
    let watch = fragile.zk.watch("/", WatchMode::Recursive).await.unwrap();
    let unread = zk.get("/");
    fragile.zk.sync("/").await.unwrap();
    fragile.proxy.stall();
    let in_flight = (zk.get("/"), zk.exists_and_watch("/no"), zk.create_all("/a/b", ""));
    wait_until(|| zk.stats().in_flight >= 2).await;
    fragile.go_away().await;
    let queued = (zk.get("/"), zk.ready());
    assert!(embedded.server().expire_session(zk.session_id()));
    fragile.proxy.resume();
    fragile.proxy.accept();
    fragile.life.becomes(State::Expired).await;
    let after = (zk.get("/"), zk.get_and_watch("/"), zk.create_all("/a", ""), zk.ready());
    drop((watch, unread, in_flight, queued));
    drop(after);
    assert!(fragile.zk.get("/").await.unwrap_err().is_session_over());
    fragile.life.ends().await;
}

pub(crate) async fn a_handle_while_its_requests_are_in_flight(world: World) {
    let observer = connect(&world).await;
    for round in 0..20 {
        let zk = connect(&world).await;
        let here = format!("/here-{round}");
        zk.call(Create::new(&here, "").ephemeral()).await.unwrap();
        let pipeline = pipelined(&zk);
        let path = format!("/{round}");
        let created = pipeline.create(&path, "");
        drop((zk, pipeline));
        // A reply is a handle too.
        assert_eq!(answer(created).await.unwrap(), path);
        while observer.exists(&here).await.unwrap().is_some() {
            observer.sync("/").await.unwrap();
        }
    }
}

pub(crate) async fn a_watch_while_changes_are_on_their_way(world: World) {
    let zk = connect(&world).await;
    let observer = connect(&world).await;
    let mut kept = zk.watch("/", WatchMode::Persistent).await.unwrap();
    for _ in 0..50 {
        let persistent = zk.watch("/", WatchMode::Persistent).await.unwrap();
        let (_, one_shot) = zk.get_and_watch("/").await.unwrap();
        let set = pipelined(&observer).set("/", "");
        drop((persistent, one_shot));
        answer(set).await.unwrap();
        zk.sync("/").await.unwrap();
        assert_eq!(at_once(&mut kept), Some(change(DataChanged, "/")));
    }
    assert_eq!(zk.stats().watches, 1);
    assert_eq!(at_once(&mut kept), None);
}
