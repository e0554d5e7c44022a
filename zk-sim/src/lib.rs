//! Simulates ZooKeeper clients and servers on a clock and a network that are not real.
//!
//! A [`World`] joins any number of clients (those of `zk-client`, with their drivers) to an
//! ensemble (the engine of `zk-server`). Nothing waits in there: time leaps from one event to the
//! next, so that an hour passes in a fraction of a second. Nothing is left to chance but what
//! follows from a seed: what fails once, fails again.
//!
//! ```
//! use std::time::Duration;
//! use zk_client::Create;
//! use zk_sim::{Setup, World};
//!
//! // Does a worker's node go when the worker is cut off?
//! let mut world = World::with(Setup::new(7).members(3));
//! let (worker, other) = (world.client(), world.client());
//! world.run_until(worker.call(Create::new("/worker", "").ephemeral()))?;
//!
//! let everywhere = zk_sim::Way::Both;
//! world.begin(&zk_sim::Fault::Partition { client: Some(0), member: None, way: everywhere });
//! world.run_for(Duration::from_secs(20));
//! assert_eq!(world.run_until(other.exists("/worker"))?, None);
//! # Ok::<(), zk_client::Error>(())
//! ```
//!
//! What programs do is theirs: futures that use a `Client` and the world's [`Time`]. What goes
//! wrong is data: a [`Fault`], begun by hand or [scheduled](World::schedule).
//!
//! # Chaos
//!
//! The module [`chaos`] draws whole worlds from a seed, weather, script and programs, and holds
//! everything that clients are told against what has really happened. The command `campaign` does
//! so with thousands of them. `zk-sim/README.md` lists what goes wrong and what is checked,
//! `zk-sim/mutants/README.md` the 40 deliberate bugs that were found so: lost wake-ups, a timer that
//! is not set again, watches that are not, or relative to the wrong transaction, xids used twice,
//! pings that are late, sessions that do not expire, and so on.
//!
//! # Trials
//!
//! The module [`trial`] tests what is built on a client: it disturbs a program at each of its
//! moments, in each way, and plays it in all weather.
#![forbid(unsafe_code)]

mod agenda;
mod clock;
mod ensemble;
mod fault;
mod host;
mod names;
mod narrate;
mod network;
mod pipe;
mod steps;
mod tally;
mod tap;
mod tasks;
mod trace;
mod transfer;
mod world;

pub mod chaos;
pub mod seeds;
pub mod trial;

pub use fault::{Clock, Cut, Fault, Mishap, Strike, Way};
pub use host::Adapter;
pub use names::Answer;
pub use narrate::Narrator;
pub use network::{Conditions, Direction, LinkId};
pub use tally::Tally;
pub use tap::{Frame, Peer};
pub use tasks::Time;
pub use world::{Setup, World};
pub use zk_server::Lag;
