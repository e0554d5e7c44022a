//! Starts an installed Apache ZooKeeper: one [`Server`] alone, or an [`Ensemble`] of several.
//!
//! The servers listen on free ports of 127.0.0.1, keep their data in a temporary folder, and die
//! with the value that stands for them, even if the test process is killed.
//!
//! The jars are Debian's (package `zookeeper`) unless the environment variable
//! `ZOOKEEPER_CLASSPATH` names others, such as `/opt/zookeeper/lib/*`, or
//! [`Options::class_path`] does. Java is `$JAVA_HOME/bin/java`, or else the `java` on the `PATH`.
//!
//! ```no_run
//! use zk_server::apache::{Ensemble, Options, Server};
//!
//! let server = Server::start(&Options::new())?;
//! println!("connect to {}", server.connect_string());
//!
//! let ensemble = Ensemble::start(3, &Options::new().reconfig(true))?;
//! let leader = ensemble.wait_for_leader()?;
//! ensemble.member(leader).kill();
//! let successor = ensemble.wait_for_leader()?;
//! assert_ne!(leader, successor);
//! # Ok::<(), zk_server::apache::Error>(())
//! ```

mod config;
mod ensemble;
mod error;
mod java;
mod options;
mod port;
mod probe;
mod process;
mod seat;
mod server;
mod tls;

pub use ensemble::Ensemble;
pub use error::Error;
pub use options::Options;
pub use probe::Mode;
pub use seat::Role;
pub use server::Server;
pub use tls::{ClientAuthentication, Store, Tls};
