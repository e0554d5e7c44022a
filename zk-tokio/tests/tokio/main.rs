//! What only this adapter has: connectors, the runtime, and where it logs. What all adapters have
//! is told in `zk-conformance`.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod connectors;
mod runtime;
mod secrets;
#[path = "../support/mod.rs"]
mod support;

use std::sync::OnceLock;

use zk_server::apache::{Options, Server};
use zk_tokio::Client;

/// The server that all tests share.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(&Options::new().maximum_client_connections(0)).unwrap())
}

/// A session whose root is a node of its own, called `name`: tests do not see each other.
async fn connect_below(name: &str) -> Client {
    support::connect_below(&server().connect_string(), name).await
}
