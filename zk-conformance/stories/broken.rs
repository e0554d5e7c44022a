//! Connections that break.

use std::time::{Duration, Instant};

use zk_conformance::World;

use crate::zk::{Create, ErrorKind, Fault, Limits, Outcome, State};

use crate::platform::answer;
use crate::support::{LONG_SESSION, Fragile, Verdicts, builder, connect, create_many, pipelined, took, wait_until};

/// One that broke on the way to the caller, or before it was sent.
fn lost(outcome: Outcome) -> ErrorKind {
    ErrorKind::ConnectionLost { fault: Fault::Closed, outcome }
}

pub(crate) async fn a_session_survives_the_end_of_its_connection(world: World) {
    let mut fragile = Fragile::connect(&world).await;
    let zk = fragile.zk.clone();
    let (id, ticket) = (zk.session_id(), zk.ticket().unwrap());
    zk.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
    for connections in 2..5 {
        fragile.proxy.cut();
        fragile.life.becomes(State::Suspended).await;
        fragile.life.becomes(State::Connected).await;
        let owner = zk.exists("/ephemeral").await.unwrap().unwrap().ephemeral_owner;
        assert_eq!((zk.session_id(), owner), (id, id));
        assert_eq!(zk.stats().connections, connections);
    }
    assert_eq!(zk.ticket().unwrap().password, ticket.password);
}

pub(crate) async fn a_frame_that_is_cut_in_two_is_a_lost_answer_and_no_more(world: World) {
    let mut fragile = Fragile::connect(&world).await;
    let zk = fragile.zk.clone();
    let data: Vec<_> = (0..100_000_u32).flat_map(u32::to_be_bytes).collect();
    zk.create("/node", &data).await.unwrap();
    for bytes in [1, 3, 4, 19, 20, 23, 50_000, 400_000] {
        fragile.proxy.cut_after(bytes);
        let error = zk.get("/node").await.unwrap_err();
        assert_eq!(*error.kind(), lost(Outcome::Unknown));
        let text = "getData /node: connection lost (closed), outcome unknown";
        assert_eq!(error.to_string(), text);
        fragile.life.becomes(State::Suspended).await;
        fragile.life.becomes(State::Connected).await;
        assert!(zk.get("/node").await.unwrap().data == data);
    }
}

pub(crate) async fn each_of_many_requests_in_flight_has_one_honest_answer(world: World) {
    let limits = Limits { window_requests: 400, ..Limits::default() };
    let builder = builder(&world).limits(limits);
    let mut fragile = Fragile::open(&world, builder).await;
    let (zk, observer) = (fragile.zk.clone(), connect(&world).await);
    fragile.proxy.stall();
    let replies = create_many(&zk, 2_000);
    // More than TLS has in a record: of one that is cut, nothing can be read.
    fragile.proxy.cut_after(30_000);
    fragile.proxy.resume();
    let verdicts = Verdicts::of(replies).await;
    for answers in [&verdicts.applied, &verdicts.unknown, &verdicts.not_applied] {
        assert!(answers.len() > 50, "{}", answers.len());
    }
    fragile.life.becomes(State::Suspended).await;
    fragile.life.becomes(State::Connected).await;
    verdicts.are_honest(&observer).await;
    assert_eq!(zk.stats().in_flight + zk.stats().queued, 0);
}

pub(crate) async fn nothing_overtakes_a_request_that_was_lost(world: World) {
    let limits = Limits { window_requests: 1, ..Limits::default() };
    let mut fragile = Fragile::open(&world, builder(&world).limits(limits)).await;
    let zk = pipelined(&fragile.zk);
    fragile.proxy.stall();
    let (first, second) = (zk.set("/", "first"), zk.set("/", "second"));
    wait_until(|| zk.stats().in_flight == 1).await;
    fragile.go_away().await;
    assert_eq!(*answer(first).await.unwrap_err().kind(), lost(Outcome::Unknown));
    assert_eq!(*answer(second).await.unwrap_err().kind(), lost(Outcome::NotApplied));
    // Now that the break is known, requests wait for the next connection.
    let third = zk.get("/");
    fragile.proxy.resume();
    fragile.come_back().await;
    assert_eq!(answer(third).await.unwrap().data, "");
}

pub(crate) async fn a_deadline_holds_while_there_is_no_connection(world: World) {
    let mut fragile = Fragile::connect(&world).await;
    let hurried = fragile.zk.within(Duration::from_millis(200));
    fragile.go_away().await;
    let asked = Instant::now();
    let error = hurried.set("/", "late").await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::DeadlineExceeded(Outcome::NotApplied));
    took(asked, Duration::from_millis(200), Duration::from_secs(1));
    fragile.come_back().await;
    let patient = hurried.within(LONG_SESSION);
    assert!(patient.get("/").await.unwrap().data.is_empty());
}

pub(crate) async fn a_request_that_was_sent_keeps_its_place_when_its_deadline_passes(world: World) {
    let fragile = Fragile::connect(&world).await;
    let zk = pipelined(&fragile.zk);
    fragile.proxy.stall();
    let (before, late) = (zk.set("/", "before"), zk.within(Duration::from_millis(200)));
    let error = answer(late.set("/", "late")).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::DeadlineExceeded(Outcome::Unknown));
    drop(zk.set("/", "dropped"));
    let after = zk.get("/");
    fragile.proxy.resume();
    assert_eq!(answer(before).await.unwrap().version, 1);
    assert!(answer(after).await.unwrap().stat.version >= 2);
    assert_eq!(zk.stats().connections, 1);
}

pub(crate) async fn closing_does_not_wait_for_a_server_that_is_not_there(world: World) {
    let mut fragile = Fragile::connect(&world).await;
    let zk = pipelined(&fragile.zk);
    fragile.proxy.stall();
    let waiting = zk.get("/");
    wait_until(|| zk.stats().in_flight == 1).await;
    fragile.go_away().await;
    let queued = zk.get("/");
    let asked = Instant::now();
    fragile.zk.clone().close().await.unwrap();
    took(asked, Duration::ZERO, Duration::from_millis(500));
    assert_eq!(*answer(waiting).await.unwrap_err().kind(), lost(Outcome::Unknown));
    let error = answer(queued).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Closed(Outcome::NotApplied));

    let fragile = Fragile::connect(&world).await;
    fragile.proxy.stall();
    let asked = Instant::now();
    fragile.zk.close().await.unwrap();
    took(asked, Duration::from_millis(900), Duration::from_secs(2));
}

pub(crate) async fn an_identity_is_told_to_each_connection(world: World) {
    let builder = builder(&world).auth("digest", "a:x");
    let mut fragile = Fragile::open(&world, builder).await;
    let zk = fragile.zk.clone();
    zk.add_auth("digest", "b:y").await.unwrap();
    fragile.go_away().await;
    let pipeline = pipelined(&zk);
    let later = pipeline.add_auth("digest", "c:z");
    // Not before the identities.
    let first = pipeline.who_am_i();
    fragile.come_back().await;
    answer(later).await.unwrap();
    let mut users: Vec<_> =
        answer(first).await.unwrap().into_iter().map(|identity| identity.user).collect();
    users.sort_unstable();
    assert_eq!(users, ["127.0.0.1", "a", "b", "c"]);
}
