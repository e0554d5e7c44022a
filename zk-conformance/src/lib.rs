//! One list of tests for every adapter.
//!
//! The tests are *stories*: ordinary async Rust in `stories/`, over the public names that all
//! adapters have in common. A test binary for each adapter says what tasks and timers are there
//! (`tests/tokio.rs`, …); for the one that blocks, the build script takes `async` and `await` out
//! of the same text. Here is what the binaries share: the servers, and how stories are told.
//!
//! A story is told at each [`Place`] that it can be told at: a server in memory and a real one,
//! each with TLS and without. Its name says where: `tokio/tls/apache/nodes::…`. It has a node of
//! its own there, so that stories do not see each other.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod credentials;
mod place;
mod possessions;
mod servers;
mod tell;

pub use credentials::{Door, authority};
pub use place::{
    Alone, Embedded, Expired, Guarded, Members, Own, Place, Plain, Secure, Setting, Site,
    Transport, World,
};
pub use possessions::Possessions;
pub use servers::Server;
pub use tell::{Stories, run};
pub use zk_server::certificates::{Authority, Identity};
pub use zk_server::{Effect, OpCode, Rule};
