//! How sessions begin, go on elsewhere, and end.

use std::time::Duration;

use zk_conformance::World;

use crate::zk::{
    ChangeKind, Create, Ended, ErrorCode, ErrorKind, Outcome, State, Ticket, WatchMode,
};

use crate::support::{LONG_SESSION, Life, answers, builder, change, connect, connect_whole, is_refused, next, pipelined};

pub(crate) async fn a_session_says_where_it_stands_from_its_beginning_to_its_end(world: World) {
    let proxy = world.proxy();
    proxy.stall(); // nobody is connected while we look
    let zk = builder(&world).open(&proxy.connect_string()).unwrap();
    assert_eq!((zk.state(), zk.session_id(), zk.server()), (State::Connecting, 0, None));
    assert!(zk.ticket().is_none());
    let mut life = Life::of(&zk, State::Connecting).await;
    proxy.resume();
    life.becomes(State::Connected).await;
    assert_eq!(zk.state(), State::Connected);
    assert_ne!(zk.session_id(), 0);
    assert_eq!(zk.server().unwrap().address, proxy.address());
    zk.close().await.unwrap();
    life.becomes(State::Closed).await;
    life.ends().await;
}

pub(crate) async fn the_server_has_the_last_word_about_the_timeout(world: World) {
    let granted = async |wish| {
        let builder = builder(&world).session_timeout(wish);
        let builder = builder.connect_timeout(LONG_SESSION).attempt_timeout(LONG_SESSION);
        builder.connect(&world.connect_string()).await.unwrap().session_timeout()
    };
    assert_eq!(granted(Duration::from_millis(1)).await, Duration::from_millis(400));
    assert_eq!(granted(Duration::from_secs(7)).await, Duration::from_secs(7));
    assert_eq!(granted(Duration::from_secs(3600)).await, Duration::from_secs(40));
}

pub(crate) async fn requests_wait_until_the_session_is_connected(world: World) {
    let zk = builder(&world).open(&world.connect_string()).unwrap();
    assert!(zk.exists("/zookeeper").await.unwrap().is_some());
}

pub(crate) async fn what_was_asked_before_a_close_is_answered_and_nothing_after_it(world: World) {
    let zk = connect(&world).await;
    let watcher = connect(&world).await;
    let pipeline = pipelined(&zk);
    let path = |number| format!("/n-{number}");
    let replies: Vec<_> = (0..100).map(|number| pipeline.create(&path(number), "")).collect();
    pipeline.call(Create::new("/ephemeral", "").ephemeral()).detach();
    let other = zk.clone();
    zk.close().await.unwrap();
    answers(replies).await;
    watcher.sync("/").await.unwrap();
    assert_eq!(watcher.exists("/ephemeral").await.unwrap(), None);
    let error = other.get("/").await.unwrap_err();
    assert_eq!(error.to_string(), "getData /: session closed, not applied");
    assert!(other.ready().await.unwrap_err().is_session_over());
    assert_eq!(*other.create_all("/a/b", "").await.unwrap_err().kind(), closed());
    assert_eq!(*other.add_auth("digest", "a:b").await.unwrap_err().kind(), closed());
    other.close().await.unwrap();
}

fn closed() -> ErrorKind {
    ErrorKind::Closed(Outcome::NotApplied)
}

pub(crate) async fn a_session_ends_with_its_last_handle(world: World) {
    let observer = connect(&world).await;
    let zk = connect(&world).await;
    zk.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
    let (_, mut ephemeral) = observer.get_and_watch("/ephemeral").await.unwrap();
    let clone = zk.clone();
    let mut states = zk.states();
    drop(zk);
    clone.get("/ephemeral").await.unwrap();
    drop(clone);
    assert_eq!(next(&mut ephemeral).await, change(ChangeKind::Deleted, "/ephemeral"));
    assert_eq!(states.next().await, Some(State::Connected));
    assert_eq!(states.next().await, Some(State::Closed));
    assert_eq!(states.next().await, None);
}

pub(crate) async fn a_watch_keeps_its_session_open(world: World) {
    let observer = connect(&world).await;
    let zk = connect(&world).await;
    zk.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
    let (_, mut ephemeral) = observer.get_and_watch("/ephemeral").await.unwrap();
    let mut watch = zk.watch("/node", WatchMode::Persistent).await.unwrap();
    drop(zk);
    observer.create("/node", "").await.unwrap();
    assert_eq!(next(&mut watch).await, change(ChangeKind::Created, "/node"));
    observer.sync("/").await.unwrap();
    assert!(ephemeral.try_next().is_none());
    drop(watch);
    assert_eq!(next(&mut ephemeral).await, change(ChangeKind::Deleted, "/ephemeral"));
}

pub(crate) async fn another_client_can_go_on_with_a_session(world: World) {
    let observer = connect(&world).await;
    let first = connect(&world).await;
    first.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
    let (_, mut watch) = first.exists_and_watch("/node").await.unwrap();
    let (other, id) = (first.clone(), first.session_id());
    let ticket = first.detach().unwrap();
    assert_eq!(ticket.session_id, id);
    assert_eq!(watch.next().await, None);
    assert_eq!(watch.ended(), Some(Ended::SessionOver(State::Closed)));
    assert_eq!(*other.get("/").await.unwrap_err().kind(), closed());

    let ticket = Ticket::from_secret(&ticket.secret()).unwrap();
    let builder = builder(&world).resume(ticket);
    let second = builder.connect(&world.connect_string()).await.unwrap();
    assert_eq!(second.session_id(), id);
    let stat = observer.exists("/ephemeral").await.unwrap().unwrap();
    assert_eq!(stat.ephemeral_owner, id);
    assert_eq!(second.ephemerals("/").await.unwrap(), [format!("{}/ephemeral", world.root())]);
    second.close().await.unwrap();
    observer.sync("/").await.unwrap();
    assert_eq!(observer.exists("/ephemeral").await.unwrap(), None);
}

pub(crate) async fn a_session_that_is_over_cannot_be_resumed(world: World) {
    let zk = connect_whole(&world).await;
    let ticket = zk.ticket().unwrap();
    zk.close().await.unwrap();
    let forged = Ticket { password: [7; 16].into(), ..connect_whole(&world).await.ticket().unwrap() };
    for ticket in [ticket, forged] {
        let builder = builder(&world).resume(ticket);
        let error = builder.connect(&world.connect_string()).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::SessionExpired(Outcome::NotApplied));
    }
}

pub(crate) async fn a_session_counts_what_it_does(world: World) {
    let zk = connect(&world).await;
    let before = zk.stats();
    assert_eq!(before.connections, 1);
    assert_eq!(before.requests, before.replies);
    let (_, mut watch) = zk.get_and_watch("/").await.unwrap();
    assert_eq!(zk.stats().watches, 1);
    let pipeline = pipelined(&zk);
    answers([pipeline.set("/", "x"), pipeline.set("/", "y")]).await;
    next(&mut watch).await;
    let after = zk.stats();
    assert_eq!((after.requests, after.replies), (before.requests + 3, before.replies + 3));
    assert_eq!(after.notifications, before.notifications + 1);
    assert_eq!((after.queued, after.in_flight, after.watches), (0, 0, 0));
    assert!(after.last_zxid > before.last_zxid);
    assert!(after.bytes_sent > before.bytes_sent);
    assert!(after.bytes_received > before.bytes_received);
}

pub(crate) async fn an_ephemeral_node_belongs_to_one_session(world: World) {
    let zk = connect(&world).await;
    zk.call(Create::new("/mine", "").ephemeral()).await.unwrap();
    let other = connect(&world).await;
    let text = "create /mine: node exists already";
    let reply = other.call(Create::new("/mine", "").ephemeral());
    is_refused(reply, ErrorCode::NodeExists, text).await;
    other.close().await.unwrap();
    zk.sync("/").await.unwrap();
    assert!(zk.exists("/mine").await.unwrap().is_some());
}
