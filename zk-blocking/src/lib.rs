//! A ZooKeeper client for threads, without a runtime.
//!
//! ```
//! use zk_blocking::{Client, Create, WatchMode};
//!
//! # let server = zk_server::Server::start()?;
//! # let servers = server.connect_string();
//! let zk = Client::connect(&servers)?; // such as 127.0.0.1:2181
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
//! [`Client`] has the operations, [`Builder`] the options of a session, [`Connector`] the way to
//! make connections in another way than by TCP. Everything else is the same on every runtime and
//! comes from [`zk_client`]. How the adapters differ, with their examples side by side, is said in
//! `docs/adapters.md` of the project.
//!
//! # Waiting
//!
//! A client is cheap to clone, and any number of threads can share it. An operation returns when
//! its answer is there; [`Client::within`](zk_client::Client::within) limits that. [`Watch`] and
//! [`States`] are iterators, which wait; `next_timeout` waits for so long, `try_next` not at all.
//!
//! A thread that wants many requests on their way at once asks for replies, and waits for those:
//!
//! ```
//! use zk_blocking::{Async, Client};
//!
//! # let server = zk_server::Server::start()?;
//! # let zk = Client::connect(&server.connect_string())?;
//! let pipelined = zk.with_mode::<Async>();
//! let replies: Vec<_> = (0..100).map(|n| pipelined.create(&format!("/{n}"), "")).collect();
//! for reply in replies {
//!     reply.wait()?;
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Threads
//!
//! Whoever waits for an answer moves the bytes: it writes its request and reads until the answer
//! is there, with one system call for each, and hands out what comes for others. Of several that
//! wait, one reads; when it has its answer, another one goes on. Nobody waits for a thread to be
//! woken in between, as long as there is one caller.
//!
//! Each session has one thread of its own, `zk-session`. It connects, looks names up, keeps the
//! time of the connection, and reads when nobody calls: so that events come, and the session lives.
//! While there are calls it stays away from the socket, until there was none for two milliseconds.
//! Those who wait for a watch or a state are served by it, or by whoever reads. It ends with the
//! session, and holds no handle to it.
//!
//! There is one exception: while the session is connected to a read-only server and looks for
//! another one, short-lived threads, `zk-errand`, look up names and ask servers.
//!
//! A name that is looked up slowly keeps the session's thread from connecting elsewhere, and delays
//! nothing else: those who wait keep the time themselves.
#![forbid(unsafe_code)]

#[cfg(not(unix))]
compile_error!("zk-blocking needs a Unix: sockets on which one write can be told not to wait");

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
