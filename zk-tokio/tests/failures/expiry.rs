//! Sessions that end without being asked.

use std::time::Duration;

use tokio::time::Instant;
use zk_tokio::{Client, Create, Ended, ErrorKind, Outcome, State, WatchMode};

use crate::support::{LONG_SESSION, connect, story};
use crate::{Fragile, server, took};

fn expired(outcome: Outcome) -> ErrorKind {
    ErrorKind::SessionExpired(outcome)
}

#[test]
fn a_session_that_the_server_has_given_up_is_over() {
    story(async {
        let mut fragile = Fragile::connect_below("stolen").await;
        let zk = fragile.zk.clone();
        zk.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
        let (_, mut one_shot) = zk.get_and_watch("/ephemeral").await.unwrap();
        let mut persistent = zk.watch("/", WatchMode::Persistent).await.unwrap();
        fragile.go_away().await;
        let waiting = zk.get("/");
        let builder = Client::builder().session_timeout(LONG_SESSION);
        let thief = builder.resume(zk.ticket().unwrap()).connect(&server().connect_string());
        thief.await.unwrap().close().await.unwrap();

        fragile.proxy.accept();
        fragile.life.becomes(State::Expired).await;
        fragile.life.ends().await;
        assert_eq!(*waiting.await.unwrap_err().kind(), expired(Outcome::NotApplied));
        for watch in [&mut one_shot, &mut persistent] {
            assert_eq!(watch.next().await, None);
            assert_eq!(watch.ended(), Some(Ended::SessionOver(State::Expired)));
        }
        let text = "exists /: session expired, not applied";
        assert_eq!(zk.exists("/").await.unwrap_err().to_string(), text);
        assert_eq!(*zk.ready().await.unwrap_err().kind(), expired(Outcome::NotApplied));
        zk.close().await.unwrap();
    });
}

/// The server waits for the timeout, rounded up to its tick; the client for a third of it more.
#[test]
fn a_partitioned_session_is_called_expired_once_it_must_be() {
    story(async {
        const TIMEOUT: Duration = Duration::from_secs(3);
        let builder = Client::builder().session_timeout(TIMEOUT);
        let mut fragile = Fragile::open(builder, "/partitioned").await;
        let observer = fragile.observer("partitioned").await;
        let zk = fragile.zk.clone();
        zk.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
        let (_, mut gone) = observer.get_and_watch("/ephemeral").await.unwrap();
        zk.get("/").await.unwrap();
        let heard = Instant::now();
        fragile.go_away().await;
        let waiting = zk.set("/", "never");
        fragile.life.becomes(State::Expired).await;
        took(heard, TIMEOUT * 4 / 3 - PRECISION, TIMEOUT * 4 / 3 + Duration::from_secs(1));
        assert!(gone.try_next().is_some(), "the server was slower than the client");
        assert_eq!(*waiting.await.unwrap_err().kind(), expired(Outcome::NotApplied));
        fragile.life.ends().await;
    });
}

/// Of the clocks.
const PRECISION: Duration = Duration::from_millis(20);

#[test]
fn who_takes_a_session_over_has_it_alone() {
    story(async {
        let mut fragile = Fragile::connect_below("taken-over").await;
        let first = fragile.zk.clone();
        first.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
        fragile.proxy.refuse();
        let builder = Client::builder().session_timeout(LONG_SESSION);
        let second = builder.resume(first.ticket().unwrap());
        let second = second.connect(&server().connect_string()).await.unwrap();
        fragile.life.becomes(State::Suspended).await;
        assert_eq!(second.ephemerals("/").await.unwrap(), ["/taken-over/ephemeral"]);
        first.clone().close().await.unwrap();
        let other = connect(&server().connect_string()).await.chroot("/taken-over");
        assert!(other.exists("/ephemeral").await.unwrap().is_some());
    });
}
