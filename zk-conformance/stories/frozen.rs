//! A server that stands still, or is not there for a while.

use std::time::{Duration, Instant};

use zk_conformance::Own;

use crate::platform::answer;
use crate::support::{Life, builder, is_refused, pipelined, took};
use crate::zk::{Create, CreateMode, ErrorCode, ErrorKind, Fault, Outcome, State};

const TIMEOUT: Duration = Duration::from_secs(3);
const SLACK: Duration = Duration::from_millis(400);

pub(crate) async fn it_is_found_out_in_time_for_the_session_to_survive(own: Own) {
    let (world, server) = (own.world(), own.server());
    let builder = builder(world).session_timeout(TIMEOUT);
    let zk = builder.connect(&world.connect_string()).await.unwrap();
    let id = zk.session_id();
    zk.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
    let mut life = Life::of(&zk, State::Connected).await;

    // While a request is under way, a third of the timeout.
    server.freeze();
    let frozen = Instant::now();
    let error = zk.get("/ephemeral").await.unwrap_err();
    let (fault, outcome) = (Fault::Silent, Outcome::Unknown);
    assert_eq!(*error.kind(), ErrorKind::ConnectionLost { fault, outcome });
    took(frozen, TIMEOUT / 3, TIMEOUT / 3 + SLACK);
    life.becomes(State::Suspended).await;
    server.thaw();
    life.becomes(State::Connected).await;
    assert_eq!(zk.session_id(), id);

    // While there is nothing to do, two thirds.
    zk.get("/ephemeral").await.unwrap();
    let silent_since = Instant::now();
    server.freeze();
    life.becomes(State::Suspended).await;
    took(silent_since, TIMEOUT / 3, TIMEOUT * 2 / 3 + SLACK);
    server.thaw();
    life.becomes(State::Connected).await;
    let stat = zk.exists("/ephemeral").await.unwrap().unwrap();
    assert_eq!((zk.session_id(), stat.ephemeral_owner), (id, id));
}

pub(crate) async fn a_session_survives_its_restart(own: Own) {
    let (world, server) = (own.world(), own.server());
    let zk = builder(world).connect(&world.connect_string()).await.unwrap();
    let id = zk.session_id();
    zk.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
    let (_, mut watch) = zk.get_and_watch("/ephemeral").await.unwrap();
    let mut life = Life::of(&zk, State::Connected).await;
    server.kill();
    life.becomes(State::Suspended).await;
    let waiting = pipelined(&zk).set("/ephemeral", "x");
    server.restart();
    life.becomes(State::Connected).await;
    assert_eq!(zk.session_id(), id);
    assert_eq!(answer(waiting).await.unwrap().ephemeral_owner, id);
    assert!(watch.next().await.is_some());

    // This one does not know nodes with a time to live.
    let mode = CreateMode::PersistentWithTtl(TIMEOUT);
    let text = "createTTL /ttl: not implemented by this server";
    let create = zk.call(Create::new("/ttl", "").mode(mode));
    is_refused(create, ErrorCode::Unimplemented, text).await;
}
