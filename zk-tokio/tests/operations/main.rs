//! Every operation, against a real server that is well.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod chroot;
mod connectors;
mod create;
mod life;
mod nodes;
mod pipeline;
mod refusals;
#[cfg(feature = "digest-md5")]
mod sasl;
mod secrets;
#[path = "../support/mod.rs"]
mod support;
mod transactions;
mod watches;

use std::sync::OnceLock;
use std::time::Duration;

use zk_server::apache::{Options, Server};
use zk_tokio::Client;

/// The server that all tests share.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let options = Options::new()
            .extended_types(true)
            .enforce_quota(true)
            .superuser("super", "all may")
            .container_check_interval(Duration::from_millis(200))
            .maximum_client_connections(0);
        Server::start(&options).unwrap()
    })
}

/// A session whose root is a node of its own, called `name`: tests do not see each other.
async fn connect_below(name: &str) -> Client {
    support::connect_below(&server().connect_string(), name).await
}

/// A session that sees all.
async fn connect() -> Client {
    support::connect(&server().connect_string()).await
}
