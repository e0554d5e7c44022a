//! A ZooKeeper for tests and demos, in memory and inside the process.
//!
//! [`Server::start`] takes a millisecond and needs nothing that is not in this crate. It gives a
//! server with all operations of the protocol, on a free port of 127.0.0.1, which is gone when it
//! is dropped; [`Ensemble::start`] gives several over one tree. Both do what a test wants of them:
//! drop connections, stand still, expire sessions, refuse or lose requests, cut answers, lag, be
//! killed and restarted; and their [`Clock`] can be one that the test holds.
//!
//! ```
//! use zk_server::{Effect, OpCode, Rule, Server};
//! use zk_tokio::{Client, Outcome};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Server::start()?;
//! let zk = Client::connect(&server.connect_string()).await?;
//! zk.create("/a", "old").await?;
//!
//! let lost_answer = Rule::new(Effect::Lose, |op, path| op == OpCode::SetData && path == "/a");
//! server.add_rule(lost_answer.times(1));
//! assert_eq!(zk.set("/a", "new").await.unwrap_err().outcome(), Outcome::Unknown);
//! assert_eq!(zk.get("/a").await?.data, "new");
//! # Ok(())
//! # }
//! ```
//!
//! It forgets everything when it ends, and is not hardened against whoever reaches its address.
//! Production is an Apache ZooKeeper ensemble. `DIFFERENCES.md` lists what differs from one.
//!
//! * [`Engine`] is the same ensemble without I/O: bytes and time go in, bytes come out. For
//!   simulators and fuzzers.
//! * [`tree`] is the data tree alone: what writes do to it, and when they are refused.
//! * [`proxy`] stands between a client and a server, and cuts, stalls or refuses connections on
//!   command, to test how a client reconnects.
#![cfg_attr(
    feature = "apache",
    doc = "* [`apache`] starts, kills, freezes and restarts real Apache ZooKeeper servers on \
           loopback ports. It needs Java and the jars of ZooKeeper 3.8 or later."
)]
//!
//! | feature | what it adds |
//! | --- | --- |
//! | `cli` (default) | the binary `zk-server` |
//! | `tls` | `Builder::tls`: the servers in this process serve TLS too |
//! | `ring` | the same, and the binary has a provider of cryptography for it |
//! | `certificates` | the module `certificates`: an authority for tests, and what it issues |
//! | `apache` | the module `apache`, which starts real Apache ZooKeeper servers |

#[cfg(all(unix, feature = "apache"))]
pub mod apache;
mod builder;
#[cfg(feature = "certificates")]
pub mod certificates;
mod clock;
mod engine;
mod ensemble;
mod host;
mod lock;
mod port;
pub mod proxy;
mod server;
pub mod tree;

pub use builder::Builder;
pub use clock::Clock;
pub use engine::{
    Config, ConnectionId, Effect, Engine, Entropy, Interest, Lag, Limits, Rule, RuleId,
    SessionInfo, Words,
};
pub use ensemble::{Ensemble, Member};
pub use server::Server;

pub use zk_proto::{Acl, Create, ErrorCode, OpCode};
