//! Servers that cannot be reached: an error in time that names each of them and says why.

use std::io::Read;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use zk_conformance::World;

use crate::platform::{all_of, answer};
use crate::support::{builder, pipelined, took};
use crate::zk::{ErrorKind, Outcome, State};

const PATIENCE: Duration = Duration::from_secs(2);

/// The error of a client that tries for as long as that.
async fn failure(world: &World, servers: &str) -> String {
    let builder = builder(world).connect_timeout(PATIENCE);
    let builder = builder.attempt_timeout(Duration::from_millis(400));
    let asked = Instant::now();
    let error = builder.connect(servers).await.unwrap_err();
    took(asked, PATIENCE, PATIENCE + Duration::from_secs(1));
    assert!(matches!(error.kind(), ErrorKind::Unreachable(_)), "{error:?}");
    assert_eq!(error.outcome(), Outcome::NotApplied);
    error.to_string()
}

/// Nobody listens on port 1.
const NOBODY: &str = "127.0.0.1:1";

pub(crate) async fn each_server_is_named_with_the_reason(world: World) {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = silent.local_addr().unwrap().to_string();
    let hangs_up = world.proxy();
    hangs_up.refuse();
    let hangs_up = hangs_up.connect_string();
    let unknown = "no-such-host.invalid:2181";
    let servers = [NOBODY, &silent, &hangs_up, unknown].join(",");
    let text = failure(&world, &servers).await;
    assert!(text.starts_with("no server could be reached: "), "{text}");
    let has = |server: &str, reason: &str| {
        let told: Vec<_> = text.split(&format!("{server}: ")).skip(1).collect();
        assert_eq!(told.len(), 1, "{text}");
        assert!(told[0].split("; ").next().is_some_and(|told| told.contains(reason)), "{text}");
    };
    has(NOBODY, "refused");
    has(&silent, "connect timeout");
    has(&hangs_up, "handshake");
    has(unknown, "look");
}

pub(crate) async fn a_session_is_found_among_servers_that_are_not_there(world: World) {
    let servers = format!("{NOBODY},{},127.0.0.1:2", world.connect_string());
    for seed in 0..6 {
        let zk = builder(&world).seed(seed).connect(&servers).await.unwrap();
        assert_eq!(zk.server().unwrap().address, world.address());
        zk.close().await.unwrap();
    }
}

pub(crate) async fn a_session_that_was_opened_without_waiting_goes_on_trying(world: World) {
    let proxy = world.proxy();
    proxy.refuse();
    let zk = builder(&world).open(&proxy.connect_string()).unwrap();
    let error = zk.within(Duration::from_millis(500)).exists("/").await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::DeadlineExceeded(Outcome::NotApplied));
    assert!(proxy.connections() > 1);
    let waiting = pipelined(&zk).exists("/");
    proxy.accept();
    assert!(answer(waiting).await.unwrap().is_some());
}

pub(crate) async fn giving_a_session_up_that_is_not_there_yet_leaves_no_connection(world: World) {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let servers = silent.local_addr().unwrap().to_string();
    let zk = builder(&world).open(&servers).unwrap();
    let (mut connection, _) = silent.accept().unwrap();
    connection.read_exact(&mut [0]).unwrap();
    let mut states = zk.states();
    drop(zk);
    assert_eq!(all_of(&mut states).await, [State::Connecting, State::Closed]);
    connection.read_to_end(&mut Vec::new()).unwrap();
}
