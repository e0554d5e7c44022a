//! A ZooKeeper client for threads, without a runtime.
//!
//! ```
//! use zk_blocking::{Client, Create, WatchMode};
//!
//! # let server = zk_server::Server::start()?;
//! # let servers = server.connect_string();
//! let zk = Client::connect(&servers)?;
//! zk.create_all("/app/config", "v1")?;
//! zk.call(Create::new("/app/worker-", "").ephemeral_sequential())?;
//!
//! let mut changes = zk.watch("/app", WatchMode::Recursive)?;
//! zk.set("/app/config", "v2")?;
//! println!("{:?}", changes.next());
//! zk.close()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! How the adapters differ, with their examples side by side, is said in `docs/adapters.md` of the
//! project.
#![forbid(unsafe_code)]

mod bell;
mod connector;
mod errand;
mod exchange;
mod keeper;
mod link;
mod lock;
mod reader;
mod stream;
mod writer;

use std::io;
use std::sync::Arc;
use std::thread;

pub use connector::{AnyConnector, Connector, Tcp};
pub use stream::Stream;
pub use zk_client::*;

use bell::Bell;
use keeper::Keeper;
use link::Link;

/// A client whose operations block.
pub type Client = zk_client::Client<Threads>;

/// How to open a session.
pub type Builder = zk_client::Builder<Threads>;

/// The changes of what is watched.
pub type Watch = zk_client::Watch<Threads>;

/// The session's state.
pub type States = zk_client::States<Threads>;

/// Operations hand back results; the threads that wait for them move the bytes.
#[derive(Clone, Copy, Debug)]
pub enum Threads {}

impl Mode for Threads {
    type Output<T> = Result<T, Error>;
    const DRIVES: bool = true;

    fn finish<T>(reply: Reply<T>) -> Result<T, Error> {
        reply.wait()
    }
}

impl Runtime for Threads {
    type Connector = AnyConnector;

    /// The system's clock that never goes back.
    fn clock() -> Clock {
        let start = std::time::Instant::now();
        Box::new(move || Instant::since_origin(start.elapsed()))
    }

    /// Starts the session's own thread.
    fn spawn(driver: Driver, connector: AnyConnector) -> io::Result<()> {
        let link = Arc::new(Link::new(driver, Bell::new()?));
        link.driver.set_host(Arc::downgrade(&link));
        let keeper = Keeper::new(link, connector.0);
        thread::Builder::new().name("zk-session".into()).spawn(move || keeper.run())?;
        Ok(())
    }

    /// In this thread: returns when there is an answer, or none.
    fn ask(exchange: Exchange, connector: AnyConnector) -> io::Result<()> {
        exchange::ask(exchange, &*connector.0);
        Ok(())
    }
}
