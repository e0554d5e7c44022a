//! A ZooKeeper client on async-std and on smol.
//!
//! ```no_run
//! use zk_async_std::{Client, Create, WatchMode};
//!
//! # async fn example() -> Result<(), zk_async_std::Error> {
//! let zk = Client::connect("127.0.0.1:2181").await?;
//! zk.create_all("/app/config", "v1").await?;
//! zk.call(Create::new("/app/worker-", "").ephemeral_sequential()).await?;
//!
//! let mut changes = zk.watch("/app", WatchMode::Recursive).await?;
//! zk.set("/app/config", "v2").await?;
//! println!("{:?}", changes.next().await);
//! zk.close().await
//! # }
//! ```
//!
//! [`Client`] has the operations, [`Builder`] the options of a session, [`Connector`] the way to
//! make connections in another way than by TCP. Everything else is the same on every runtime and
//! comes from [`zk_client`]. How the adapters differ, with their examples side by side, is said in
//! `docs/adapters.md` of the project.
//!
//! # async-std or smol
//!
//! **async-std is discontinued** ([RUSTSEC-2025-0052]): it gets no fixes any more, and its authors
//! name smol as what to move to. This crate serves programs that are still on it, with the feature
//! `async-std`, which is on by default. On smol, turn that off, and async-std does not come into
//! the build:
//!
//! ```toml
//! zk-async-std = { version = "0.1", default-features = false, features = ["smol"] }
//! ```
//!
//! Then [`Client`] and the other names of this crate are smol's. With both features on, they are
//! async-std's, and those of [`smol`] are found in that module: a program that moves from one to
//! the other can have both meanwhile. Mixing them is harmless. The two have their own executors,
//! but wait for sockets and timers with the same reactor, `async-io`; and the futures of either
//! client can be awaited anywhere, also on another executor or with `block_on`.
//!
//! A session is one task on the executor. It has no thread of its own: all sockets and timers
//! share that of the reactor, and names are looked up in a pool of threads for what blocks, which
//! end when there is nothing to look up.
//!
//! [RUSTSEC-2025-0052]: https://rustsec.org/advisories/RUSTSEC-2025-0052
#![forbid(unsafe_code)]

#[cfg(not(any(feature = "async-std", feature = "smol")))]
compile_error!(
    "zk-async-std needs to know the executor: write `features = [\"smol\"]` for smol, \
     or leave the default features on for async-std"
);

mod alarm;
#[cfg(feature = "async-std")]
pub mod async_std;
mod connector;
mod errand;
mod link;
#[cfg(feature = "smol")]
pub mod smol;

#[cfg(feature = "async-std")]
pub use self::async_std::{AsyncStd, Builder, Client, States, Watch};
#[cfg(all(feature = "smol", not(feature = "async-std")))]
pub use self::smol::{Builder, Client, Smol, States, Watch};
pub use connector::{AnyConnector, Connector, Pending, Stream, Tcp};
pub use zk_client::*;

/// The time that has passed since it was made.
#[cfg(any(feature = "async-std", feature = "smol"))]
fn clock() -> Clock {
    let start = std::time::Instant::now();
    Box::new(move || Instant::since_origin(start.elapsed()))
}
