//! The client on smol: sessions are tasks of its global executor.
//!
//! ```
//! use zk_async_std::smol::Client;
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//! #   let server = zk_server::Server::start()?;
//! #   let servers = server.connect_string();
//!     smol::block_on(async {
//!         let zk = Client::connect(&servers).await?;
//!         println!("connected to {servers}, session {:#x}", zk.session_id());
//!         zk.close().await?;
//!         Ok(())
//!     })
//! }
//! ```
//!
//! Programs with executors of their own await the client's futures there; the session remains a
//! task of the global one, which has a thread as soon as there is a session.

use std::future::Future;
use std::io;

use zk_client::{Clock, Driver, Exchange, Mode, Reply, Runtime};

use crate::AnyConnector;
use crate::errand::{self, Executor};
use crate::link;

/// A client whose operations are futures; its session is a task of smol.
pub type Client = zk_client::Client<Smol>;

/// How to open a session on smol.
pub type Builder = zk_client::Builder<Smol>;

/// The changes of what is watched.
pub type Watch = zk_client::Watch<Smol>;

/// The session's state.
pub type States = zk_client::States<Smol>;

/// Operations hand back futures; a task of smol moves the bytes.
#[derive(Clone, Copy, Debug)]
pub enum Smol {}

impl Mode for Smol {
    type Output<T> = Reply<T>;
    const DRIVES: bool = false;

    fn finish<T>(reply: Reply<T>) -> Reply<T> {
        reply
    }
}

impl Runtime for Smol {
    type Connector = AnyConnector;

    fn clock() -> Clock {
        crate::clock()
    }

    /// Can be called anywhere: the executor is global, and begins with the first session.
    fn spawn(driver: Driver, connector: AnyConnector) -> io::Result<()> {
        Self::run(link::serve::<Self>(driver, connector.0));
        Ok(())
    }

    /// Can be called anywhere, as well.
    fn ask(exchange: Exchange, connector: AnyConnector) -> io::Result<()> {
        Self::run(errand::ask(exchange, connector.0));
        Ok(())
    }
}

impl Executor for Smol {
    fn run(task: impl Future<Output = ()> + Send + 'static) {
        ::smol::spawn(task).detach();
    }
}
