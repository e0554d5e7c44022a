//! Servers that cannot be reached: an error in time that names each of them and says why.

use std::net::TcpListener;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::time::Instant;
use zk_server::proxy::Proxy;
use zk_tokio::{Client, ErrorKind, Outcome};

use crate::support::story;
use crate::{server, took};

const PATIENCE: Duration = Duration::from_secs(2);

/// The error of a client that tries for as long as that.
async fn failure(servers: &str) -> String {
    let builder = Client::builder().connect_timeout(PATIENCE);
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

#[test]
fn each_server_is_named_with_the_reason() {
    story(async {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let silent = silent.local_addr().unwrap().to_string();
        let hangs_up = Proxy::start(server().address()).unwrap();
        hangs_up.refuse();
        let hangs_up = hangs_up.connect_string();
        let unknown = "no-such-host.invalid:2181";
        let servers = [NOBODY, &silent, &hangs_up, unknown].join(",");
        let text = failure(&servers).await;
        let (start, reasons) = text.split_at("no server could be reached: ".len());
        assert_eq!(start, "no server could be reached: ");
        let mut reasons: Vec<_> = reasons.split("; ").collect();
        assert_eq!(reasons.len(), 4, "{text}");
        let mut has = |server: &str, reason: &str| {
            let found = reasons.iter().position(|text| text.starts_with(&format!("{server}: ")));
            let text = reasons.remove(found.expect(server));
            assert!(text.contains(reason), "{text}");
        };
        has(NOBODY, "refused");
        has(&silent, "connect timeout");
        has(&hangs_up, "during the handshake");
        has(unknown, "look");
    });
}

#[test]
fn a_session_is_found_among_servers_that_are_not_there() {
    story(async {
        let servers = format!("{NOBODY},{},127.0.0.1:2", server().connect_string());
        for seed in 0..6 {
            let builder = Client::builder().seed(seed);
            let zk = builder.connect(&servers).await.unwrap();
            assert_eq!(zk.server().unwrap().address, server().address());
            zk.close().await.unwrap();
        }
    });
}

#[test]
fn a_session_that_was_opened_without_waiting_goes_on_trying() {
    story(async {
        let proxy = Proxy::start(server().address()).unwrap();
        proxy.refuse();
        let zk = Client::builder().open(&proxy.connect_string()).unwrap();
        let error = zk.within(Duration::from_millis(500)).exists("/").await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::DeadlineExceeded(Outcome::NotApplied));
        assert!(proxy.connections() > 1);
        let waiting = zk.exists("/");
        proxy.accept();
        assert!(waiting.await.unwrap().is_some());
    });
}

#[test]
fn giving_up_a_connect_leaves_no_connection_behind() {
    story(async {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let servers = silent.local_addr().unwrap().to_string();
        let connect = tokio::spawn(async move { Client::connect(&servers).await });
        let (mut connection, _) = silent.accept().await.unwrap();
        connection.read_u8().await.unwrap();
        connect.abort();
        connection.read_to_end(&mut Vec::new()).await.unwrap();
    });
}
