//! A server that stands still.

use std::time::Duration;

use tokio::time::Instant;
use zk_server::apache::{Options, Server};
use zk_tokio::{Client, Create, CreateMode, ErrorCode, ErrorKind, Fault, Outcome, State};

use crate::support::{Life, is_refused, story};
use crate::took;

const TIMEOUT: Duration = Duration::from_secs(3);

#[test]
fn a_frozen_server_is_found_out_in_time_for_the_session_to_survive() {
    story(async {
        let server = Server::start(&Options::new()).unwrap();
        let builder = Client::builder().session_timeout(TIMEOUT);
        let zk = builder.connect(&server.connect_string()).await.unwrap();
        let id = zk.session_id();
        zk.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
        let mut life = Life::of(&zk, State::Connected).await;

        // While a request is under way, a third of the timeout.
        server.freeze().unwrap();
        let frozen = Instant::now();
        let error = zk.get("/ephemeral").await.unwrap_err();
        let (fault, outcome) = (Fault::Silent, Outcome::Unknown);
        assert_eq!(*error.kind(), ErrorKind::ConnectionLost { fault, outcome });
        took(frozen, TIMEOUT / 3, TIMEOUT / 3 + SLACK);
        life.becomes(State::Suspended).await;
        server.thaw().unwrap();
        life.becomes(State::Connected).await;
        assert_eq!(zk.session_id(), id);

        // While there is nothing to do, two thirds.
        zk.get("/ephemeral").await.unwrap();
        let silent_since = Instant::now();
        server.freeze().unwrap();
        life.becomes(State::Suspended).await;
        took(silent_since, TIMEOUT / 3, TIMEOUT * 2 / 3 + SLACK);
        server.thaw().unwrap();
        life.becomes(State::Connected).await;
        let stat = zk.exists("/ephemeral").await.unwrap().unwrap();
        assert_eq!((zk.session_id(), stat.ephemeral_owner), (id, id));
    });
}

const SLACK: Duration = Duration::from_millis(400);

#[test]
fn a_session_survives_a_restart_of_its_server() {
    story(async {
        let server = Server::start(&Options::new()).unwrap();
        let builder = Client::builder().session_timeout(Duration::from_secs(30));
        let zk = builder.connect(&server.connect_string()).await.unwrap();
        let id = zk.session_id();
        zk.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
        let (_, mut watch) = zk.get_and_watch("/ephemeral").await.unwrap();
        let mut life = Life::of(&zk, State::Connected).await;
        server.kill();
        life.becomes(State::Suspended).await;
        let waiting = zk.set("/ephemeral", "x");
        server.restart().unwrap();
        life.becomes(State::Connected).await;
        assert_eq!(zk.session_id(), id);
        assert_eq!(waiting.await.unwrap().ephemeral_owner, id);
        assert!(watch.next().await.is_some());

        // This one does not know nodes with a time to live.
        let mode = CreateMode::PersistentWithTtl(TIMEOUT);
        let text = "createTTL /ttl: not implemented by this server";
        let create = zk.call(Create::new("/ttl", "").mode(mode));
        is_refused(create, ErrorCode::Unimplemented, text).await;
    });
}
