//! What happens to a client, on whichever executor.

use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::Duration;

use async_io::Async;
use futures_lite::{future, io};
use zk_async_std::{ChangeKind, Create, ErrorKind, Multi, State, WatchMode};
use zk_server::{Config, Ensemble, Server};

use super::{Client, block_on};
use crate::connectors::{Endless, SlowNames, Unix};
use crate::{LONG_SESSION, within_limit};

fn story(test: impl AsyncFnOnce() + Send + 'static) {
    within_limit(|| block_on(test()));
}

/// Breaks the connections of a server, and waits until this session has another.
async fn reconnects(zk: &Client, server: &Server) {
    let mut states = zk.states();
    server.drop_connections();
    while states.next().await.unwrap() != State::Suspended {}
    while states.next().await.unwrap() != State::Connected {}
}

#[test]
fn a_session_from_its_beginning_to_its_end() {
    story(async || {
        let server = Server::start().unwrap();
        let zk = Client::connect(&server.connect_string()).await.unwrap();
        zk.create_all("/app/config", "v1").await.unwrap();
        let mut changes = zk.watch("/app", WatchMode::Recursive).await.unwrap();
        assert_eq!(zk.set("/app/config", "v2").await.unwrap().version, 1);
        let change = changes.next().await.unwrap();
        assert_eq!((change.kind, &*change.path), (ChangeKind::DataChanged, "/app/config"));
        let transaction = Multi::new().check("/app/config", 1).create("/app/log", "");
        zk.call(transaction).await.unwrap();
        assert_eq!(zk.children("/app").await.unwrap().len(), 2);
        let large = vec![7; 900_000];
        zk.set("/app/log", &large).await.unwrap();
        assert!(zk.get("/app/log").await.unwrap().data == large);

        let witness = zk.clone();
        zk.close().await.unwrap();
        assert_eq!(witness.state(), State::Closed);
        assert_eq!(server.sessions().len(), 0);
    });
}

#[test]
fn a_session_goes_on_when_its_connection_breaks() {
    story(async || {
        let server = Server::start().unwrap();
        let zk = Client::connect(&server.connect_string()).await.unwrap();
        let session = zk.session_id();
        zk.call(Create::new("/present", "").ephemeral()).await.unwrap();
        for connection in 2..5 {
            reconnects(&zk, &server).await;
            assert!(zk.exists("/present").await.unwrap().is_some());
            assert_eq!((zk.session_id(), zk.stats().connections), (session, connection));
        }
        let mut states = zk.states();
        server.stop();
        while states.next().await.unwrap() != State::Suspended {}
        let reply = zk.exists("/present"); // nobody is there to answer
        server.restart().unwrap();
        assert!(reply.await.unwrap().is_some());
    });
}

/// The other server is asked while the name is still being looked up.
#[test]
fn a_name_that_is_not_found_holds_nothing_up() {
    story(async || {
        let server = Server::start().unwrap();
        let builder = Client::builder().connector(SlowNames(server.address())).seed(1);
        let builder = builder.session_timeout(LONG_SESSION);
        let builder = builder.attempt_timeout(Duration::from_millis(300));
        let zk = builder.connect("slow.invalid,fast.invalid").await.unwrap();
        reconnects(&zk, &server).await;
        reconnects(&zk, &server).await;
        assert_eq!(&*zk.server().unwrap().host.name, "fast.invalid");
    });
}

#[test]
fn a_server_is_found_by_its_name() {
    story(async || {
        let server = Server::start().unwrap();
        let port = server.address().port();
        let zk = Client::connect(&format!("localhost:{port}")).await.unwrap();
        assert!(zk.exists("/zookeeper").await.unwrap().is_some());

        let builder = Client::builder().connect_timeout(Duration::from_secs(1));
        let error = builder.connect("nowhere.invalid").await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unreachable(_)), "{error}");
        assert!(error.to_string().contains("nowhere.invalid"), "{error}");
    });
}

#[test]
fn a_session_runs_over_a_unix_socket() {
    story(async || {
        let server = Server::start().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("zookeeper.sock");
        let listener = Async::<UnixListener>::bind(&path).unwrap();
        let forward = async {
            let (client, _) = listener.accept().await.unwrap();
            forward(client, server.address()).await;
        };
        let session = async {
            let builder = Client::builder().connector(Unix(path));
            let zk = builder.connect("127.0.0.1").await.unwrap();
            zk.create("/a", vec![1; 500_000]).await.unwrap();
            assert_eq!(zk.get("/a").await.unwrap().data.len(), 500_000);
            zk.close().await.unwrap();
        };
        future::zip(session, forward).await;
    });
}

async fn forward(client: Async<UnixStream>, server: SocketAddr) {
    let server = Async::<TcpStream>::connect(server).await.unwrap();
    let (from_client, to_client) = io::split(client);
    let (from_server, to_server) = io::split(server);
    let there = io::copy(from_client, to_server);
    let back = io::copy(from_server, to_client);
    let _ = future::or(there, back).await;
}

/// Those that the session does not wait for any more are dropped, one by one.
#[test]
fn attempts_to_connect_that_take_too_long_are_given_up() {
    story(async || {
        let connector = Endless::default();
        let builder = Client::builder().connector(connector.clone());
        let builder = builder.attempt_timeout(Duration::from_millis(50));
        let builder = builder.connect_timeout(Duration::from_millis(400));
        let error = builder.connect("127.0.0.1:1,127.0.0.2:2").await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("127.0.0.1:1: ") && text.contains("127.0.0.2:2: "), "{text}");
        assert!(connector.attempts() <= 1, "{} attempts at once", connector.attempts());
    });
}

#[test]
fn a_session_finds_its_way_back_to_a_server_that_can_write() {
    story(async || {
        let config = Config { read_only: true, ..Config::default() };
        let ensemble = Ensemble::builder().config(config).start_ensemble(3).unwrap();
        ensemble.member(0).kill();
        ensemble.member(1).kill();
        let builder = Client::builder().session_timeout(LONG_SESSION).read_only(true);
        let zk = builder.connect(&ensemble.connect_string()).await.unwrap();
        assert_eq!(zk.state(), State::ConnectedReadOnly);
        let mut states = zk.states();
        ensemble.member(0).restart().unwrap();
        while states.next().await.unwrap() != State::Connected {}
        zk.create("/written", "").await.unwrap();
    });
}

#[test]
fn a_server_is_asked_a_word_without_a_session() {
    story(async || {
        let server = Server::start().unwrap();
        let address = server.connect_string();
        assert_eq!(Client::builder().ask(&address, "ruok").await.unwrap(), "imok");
        let named = format!("localhost:{}", server.address().port());
        let report = Client::builder().ask(&named, "srvr").await.unwrap();
        assert!(report.contains("Zookeeper version"), "{report}");
        assert_eq!(server.sessions().len(), 0);

        server.freeze();
        let builder = Client::builder().connect_timeout(Duration::from_millis(100));
        let error = builder.ask(&address, "ruok").await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unanswered(_)), "{error}");
        let builder = Client::builder().connect_timeout(Duration::from_millis(100));
        let error = builder.connector(Endless::default()).ask(&address, "ruok").await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unreachable(_)), "{error}");
    });
}

/// Whoever asks need not run on the executor that the session is a task of.
#[test]
fn a_session_is_awaited_anywhere_and_outlives_its_caller() {
    within_limit(|| {
        let server = Server::start().unwrap();
        let servers = server.connect_string();
        let opened = std::thread::spawn(move || {
            let executor = smol::LocalExecutor::new();
            let opening = executor.spawn(async move { Client::connect(&servers).await });
            future::block_on(executor.run(opening)).unwrap()
        });
        let zk = opened.join().unwrap(); // that executor and its thread are gone
        future::block_on(reconnects(&zk, &server));
        future::block_on(zk.create("/a", "")).unwrap();
        zk.exists("/a").wait().unwrap();
        future::block_on(zk.close()).unwrap();
    });
}
