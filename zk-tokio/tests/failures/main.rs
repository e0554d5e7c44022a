//! What a session does when the network, the server or its own time fails it.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod away;
mod broken;
mod expiry;
mod frozen;
mod many_watches;
mod one_node;
mod shared_watches;
#[path = "../support/mod.rs"]
mod support;
mod unreachable;

use std::sync::OnceLock;
use std::time::Duration;

use support::Life;
use zk_server::apache::{Options, Server};
use zk_server::proxy::Proxy;
use zk_tokio::{Builder, Client, State};

/// The server that all tests share, unless they freeze it.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let options = Options::new().maximum_client_connections(0);
        Server::start(&options).unwrap()
    })
}

/// A session whose connections can be broken.
struct Fragile {
    zk: Client,
    proxy: Proxy,
    life: Life,
}

impl Fragile {
    /// Its root is a node of its own, called `name`.
    async fn connect_below(name: &str) -> Self {
        let builder = Client::builder().session_timeout(support::LONG_SESSION);
        Self::open(builder, &format!("/{name}")).await
    }

    /// It sees all.
    async fn connect() -> Self {
        Self::open(Client::builder().session_timeout(support::LONG_SESSION), "").await
    }

    async fn open(builder: Builder, chroot: &str) -> Self {
        let proxy = Proxy::start(server().address()).unwrap();
        let servers = format!("{}{chroot}", proxy.connect_string());
        let builder = builder.connect_timeout(support::LONG_SESSION);
        let zk = builder.connect(&servers).await.unwrap();
        if !chroot.is_empty() {
            zk.create("/", "").await.unwrap();
        }
        let life = Life::of(&zk, State::Connected).await;
        Self { zk, proxy, life }
    }

    /// Takes its connection away, until [`come_back`](Self::come_back).
    async fn go_away(&mut self) {
        self.proxy.refuse();
        self.proxy.cut();
        self.life.becomes(State::Suspended).await;
    }

    async fn come_back(&mut self) {
        self.proxy.accept();
        self.life.becomes(State::Connected).await;
    }

    /// Another session that sees the same and has no trouble.
    async fn observer(&self, name: &str) -> Client {
        support::connect(&format!("{}/{name}", server().connect_string())).await
    }
}

/// Fails unless something that began then has taken this long, give or take.
fn took(since: tokio::time::Instant, at_least: Duration, at_most: Duration) {
    let passed = since.elapsed();
    assert!((at_least..=at_most).contains(&passed), "{passed:?}");
}
