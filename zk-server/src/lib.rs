//! ZooKeeper servers for tests: starts an installed Apache ZooKeeper, alone or as an ensemble.
//!
//! * [`apache`] starts, kills, freezes and restarts real Apache ZooKeeper servers on loopback
//!   ports. It needs Java and the jars of ZooKeeper 3.8 or later.
//! * [`proxy`] stands between a client and a server, and cuts, stalls or refuses connections on
//!   command, to test how a client reconnects.

#[cfg(unix)]
pub mod apache;
mod engine;
pub mod proxy;
pub mod tree;

pub use engine::{
    Config, ConnectionId, Effect, Engine, Entropy, Interest, Lag, Limits, Rule, RuleId,
    SessionInfo, Words,
};
