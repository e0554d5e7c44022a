//! A ZooKeeper client on tokio.
//!
//! ```no_run
//! use zk_tokio::{Client, Create, WatchMode};
//!
//! # async fn example() -> Result<(), zk_tokio::Error> {
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
#![forbid(unsafe_code)]

mod alarm;
mod connector;
mod errand;
mod link;

use std::io;

use tokio::runtime::Handle;

pub use connector::{AnyConnector, Connector, Pending, Stream, Tcp};
pub use zk_client::*;

/// The README's examples, compiled; they use all features.
#[cfg(all(doctest, feature = "tls", feature = "digest-md5"))]
#[doc = include_str!("../../README.md")]
mod readme {}

/// A client whose operations are futures on tokio.
pub type Client = zk_client::Client<Tokio>;

/// How to open a session on tokio.
pub type Builder = zk_client::Builder<Tokio>;

/// The changes of what is watched.
pub type Watch = zk_client::Watch<Tokio>;

/// The session's state.
pub type States = zk_client::States<Tokio>;

/// Operations hand back futures; a task of tokio moves the bytes.
#[derive(Clone, Copy, Debug)]
pub enum Tokio {}

impl Mode for Tokio {
    type Output<T> = Reply<T>;
    const DRIVES: bool = false;

    fn finish<T>(reply: Reply<T>) -> Reply<T> {
        reply
    }
}

impl Runtime for Tokio {
    type Connector = AnyConnector;

    /// Tokio's clock, which tests can pause.
    fn clock() -> Clock {
        let start = tokio::time::Instant::now();
        Box::new(move || Instant::since_origin(start.elapsed()))
    }

    /// Needs to be called on a runtime, with I/O and time enabled.
    fn spawn(driver: Driver, connector: AnyConnector) -> io::Result<()> {
        let runtime = Handle::try_current().map_err(io::Error::other)?;
        runtime.spawn(link::serve(driver, connector.0));
        Ok(())
    }

    /// Needs to be called on a runtime, with I/O and time enabled.
    fn ask(exchange: Exchange, connector: AnyConnector) -> io::Result<()> {
        let runtime = Handle::try_current().map_err(io::Error::other)?;
        runtime.spawn(errand::ask(exchange, connector.0));
        Ok(())
    }
}
