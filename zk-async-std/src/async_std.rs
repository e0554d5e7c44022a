//! The client on async-std: sessions are tasks of its executor.
//!
//! ```
//! use zk_async_std::async_std::Client;
//!
//! #[async_std::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! #   let server = zk_server::Server::start()?;
//! #   let servers = server.connect_string();
//!     let zk = Client::connect(&servers).await?;
//!     println!("connected to {servers}, session {:#x}", zk.session_id());
//!     zk.close().await?;
//!     Ok(())
//! }
//! ```

use std::future::Future;
use std::io;

use zk_client::{Clock, Driver, Exchange, Mode, Reply, Runtime};

use crate::AnyConnector;
use crate::errand::{self, Executor};
use crate::link;

/// A client whose operations are futures; its session is a task of async-std.
pub type Client = zk_client::Client<AsyncStd>;

/// How to open a session on async-std.
pub type Builder = zk_client::Builder<AsyncStd>;

/// The changes of what is watched.
pub type Watch = zk_client::Watch<AsyncStd>;

/// The session's state.
pub type States = zk_client::States<AsyncStd>;

/// Operations hand back futures; a task of async-std moves the bytes.
#[derive(Clone, Copy, Debug)]
pub enum AsyncStd {}

impl Mode for AsyncStd {
    type Output<T> = Reply<T>;
    const DRIVES: bool = false;

    fn finish<T>(reply: Reply<T>) -> Reply<T> {
        reply
    }
}

impl Runtime for AsyncStd {
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

impl Executor for AsyncStd {
    fn run(task: impl Future<Output = ()> + Send + 'static) {
        ::async_std::task::spawn(task);
    }
}
