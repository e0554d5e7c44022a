//! Sessions that end without being asked.

use std::time::{Duration, Instant};

use zk_conformance::World;

use crate::zk::{Create, Ended, ErrorKind, Outcome, State, WatchMode};

use crate::platform::answer;
use crate::support::{Fragile, builder, connect, pipelined, took};

fn expired(outcome: Outcome) -> ErrorKind {
    ErrorKind::SessionExpired(outcome)
}

pub(crate) async fn a_session_that_the_server_has_given_up_is_over(world: World) {
    let mut fragile = Fragile::connect(&world).await;
    let zk = fragile.zk.clone();
    zk.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
    let (_, mut one_shot) = zk.get_and_watch("/ephemeral").await.unwrap();
    let mut persistent = zk.watch("/", WatchMode::Persistent).await.unwrap();
    fragile.go_away().await;
    let waiting = pipelined(&zk).get("/");
    let builder = builder(&world).resume(zk.ticket().unwrap());
    let thief = builder.connect(&world.connect_string()).await.unwrap();
    thief.close().await.unwrap();

    fragile.proxy.accept();
    fragile.life.becomes(State::Expired).await;
    fragile.life.ends().await;
    assert_eq!(*answer(waiting).await.unwrap_err().kind(), expired(Outcome::NotApplied));
    for watch in [&mut one_shot, &mut persistent] {
        assert_eq!(watch.next().await, None);
        assert_eq!(watch.ended(), Some(Ended::SessionOver(State::Expired)));
    }
    let text = "exists /: session expired, not applied";
    assert_eq!(zk.exists("/").await.unwrap_err().to_string(), text);
    assert_eq!(*zk.ready().await.unwrap_err().kind(), expired(Outcome::NotApplied));
    zk.close().await.unwrap();
}

/// The server waits for the timeout, rounded up to its tick; the client for a third of it more.
pub(crate) async fn a_partitioned_session_is_called_expired_once_it_must_be(world: World) {
    const TIMEOUT: Duration = Duration::from_secs(6);
    let builder = builder(&world).session_timeout(TIMEOUT);
    let mut fragile = Fragile::open(&world, builder).await;
    let observer = connect(&world).await;
    let zk = fragile.zk.clone();
    zk.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
    let (_, mut gone) = observer.get_and_watch("/ephemeral").await.unwrap();
    zk.get("/").await.unwrap();
    let heard = Instant::now();
    fragile.go_away().await;
    let waiting = pipelined(&zk).set("/", "never");
    fragile.life.becomes(State::Expired).await;
    took(heard, TIMEOUT * 4 / 3 - PRECISION, TIMEOUT * 4 / 3 + Duration::from_secs(1));
    assert!(gone.try_next().is_some(), "the server was slower than the client");
    assert_eq!(*answer(waiting).await.unwrap_err().kind(), expired(Outcome::NotApplied));
    fragile.life.ends().await;
}

/// Of the clocks.
const PRECISION: Duration = Duration::from_millis(20);

pub(crate) async fn who_takes_a_session_over_has_it_alone(world: World) {
    let mut fragile = Fragile::connect(&world).await;
    let first = fragile.zk.clone();
    first.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
    fragile.proxy.refuse();
    let builder = builder(&world).resume(first.ticket().unwrap());
    let second = builder.connect(&world.connect_string()).await.unwrap();
    fragile.life.becomes(State::Suspended).await;
    assert_eq!(second.ephemerals("/").await.unwrap(), [format!("{}/ephemeral", world.root())]);
    first.close().await.unwrap();
    let other = connect(&world).await;
    assert!(other.exists("/ephemeral").await.unwrap().is_some());
}
