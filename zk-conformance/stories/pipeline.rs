//! Many requests at once: their order, their deadlines, and giving them up.

use std::time::Duration;

use zk_conformance::World;

use crate::zk::{ErrorKind, Limits, Outcome};

use crate::platform::answer;
use crate::support::{Fragile, LONG_SESSION, answers, builder, connect, pipelined};

pub(crate) async fn requests_are_carried_out_in_the_order_of_their_calls(world: World) {
    let zk = connect(&world).await;
    zk.create("/counter", "").await.unwrap();
    let pipeline = pipelined(&zk);
    let sets: Vec<_> = (0..1_000).map(|n: i32| pipeline.set("/counter", n.to_string())).collect();
    assert_eq!(zk.get("/counter").await.unwrap().data, "999");
    for (version, set) in (1..1_001).zip(sets).rev() {
        assert_eq!(answer(set).await.unwrap().version, version);
    }
    assert_eq!(zk.stats().connections, 1);
}

pub(crate) async fn views_and_clones_share_one_order(world: World) {
    let zk = connect(&world).await;
    let (clone, view) = (pipelined(&zk.clone()), pipelined(&zk).chroot("/a"));
    let first = pipelined(&zk).create("/a", "");
    answers([first, view.create("/b", ""), clone.create("/a/b/c", "")]).await;
    let last = [view.delete("/b/c"), clone.delete("/a/b")];
    zk.delete("/a").await.unwrap();
    answers(last).await;
}

pub(crate) async fn a_deadline_that_passes_before_a_request_is_sent_keeps_it_from_being_sent(world: World) {
    let zk = connect(&world).await;
    let hurried = zk.within(Duration::ZERO);
    let error = hurried.create("/never", "").await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::DeadlineExceeded(Outcome::NotApplied));
    assert_eq!(error.to_string(), "create /never: deadline exceeded, not applied");
    assert!(error.is_retryable());
    assert!(hurried.create_all("/never/ever", "").await.is_err());
    let patient = hurried.within(LONG_SESSION).chroot("/");
    assert_eq!(patient.exists("/never").await.unwrap(), None);
}

pub(crate) async fn a_full_queue_says_so_and_when_it_has_room(world: World) {
    let limits = Limits { queue_requests: 10, ..Limits::default() };
    let mut fragile = Fragile::open(&world, builder(&world).limits(limits)).await;
    let zk = fragile.zk.clone();
    zk.ready().await.unwrap();
    fragile.go_away().await;
    let pipeline = pipelined(&zk);
    let taken: Vec<_> = (0..10).map(|_| pipeline.exists("/")).collect();
    let error = zk.exists("/").await.unwrap_err();
    assert_eq!(error.to_string(), "exists /: too many requests are waiting");
    assert!(error.is_retryable());
    assert_eq!(error.outcome(), Outcome::NotApplied);
    fragile.come_back().await;
    zk.ready().await.unwrap();
    zk.exists("/").await.unwrap();
    answers(taken).await;
}

pub(crate) async fn a_caller_that_waits_for_room_can_ask_for_any_number_of_things(world: World) {
    let limits = Limits { queue_requests: 3, window_requests: 2, ..Limits::default() };
    let builder = builder(&world).limits(limits);
    let zk = builder.connect(&world.connect_string()).await.unwrap();
    zk.create(world.root(), "").await.unwrap();
    let pipeline = pipelined(&zk);
    let mut replies = Vec::new();
    for n in 0..500 {
        zk.ready().await.unwrap();
        replies.push(pipeline.set(world.root(), n.to_string()));
    }
    for (version, stat) in (1..).zip(answers(replies).await) {
        assert_eq!(stat.version, version);
    }
}
