//! How connections are made.

use std::fmt::Debug;
use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use zk_client::{Host, Target};

use crate::stream::Stream;

/// Makes connections: for proxies, Unix sockets, or tests. [`Tcp`] is the default.
///
/// It is called in the session's own thread, or in that of whoever asks a
/// [four-letter word](crate::Builder::ask).
///
/// ```no_run
/// use std::io;
/// use std::os::unix::net::UnixStream;
/// use std::time::Duration;
/// use zk_blocking::{Client, Connector, Stream, Target};
///
/// #[derive(Debug)]
/// struct UnixSocket;
///
/// impl Connector for UnixSocket {
///     fn connect(&self, _: &Target, _: Duration) -> io::Result<Stream> {
///         Ok(UnixStream::connect("/run/zookeeper.sock")?.into())
///     }
/// }
///
/// let zk = Client::builder().connector(UnixSocket).connect("127.0.0.1")?;
/// # Ok::<(), zk_blocking::Error>(())
/// ```
pub trait Connector: Debug + Send + Sync + 'static {
    /// Connects, or fails after this time at the latest. What takes longer delays the next
    /// attempt, but no caller's deadline.
    ///
    /// # Errors
    ///
    /// There is no connection to be had; the next server is tried.
    fn connect(&self, target: &Target, timeout: Duration) -> io::Result<Stream>;

    /// Looks up the addresses of a name: asks the operating system unless told otherwise. It may
    /// take its time: that delays the next attempt, but no caller's deadline.
    ///
    /// # Errors
    ///
    /// There are none; the next server is tried.
    fn resolve(&self, host: &Host) -> io::Result<Vec<SocketAddr>> {
        Ok((&*host.name, host.port).to_socket_addrs()?.collect())
    }
}

/// Makes TCP connections, without Nagle's delay.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tcp;

impl Connector for Tcp {
    fn connect(&self, target: &Target, timeout: Duration) -> io::Result<Stream> {
        let stream = TcpStream::connect_timeout(&target.address, timeout)?;
        stream.set_nodelay(true)?;
        Ok(stream.into())
    }
}

/// What a builder takes.
#[derive(Clone, Debug)]
pub struct AnyConnector(pub(crate) Arc<dyn Connector>);

impl Default for AnyConnector {
    fn default() -> Self {
        Self(Arc::new(Tcp))
    }
}

impl<C: Connector> From<C> for AnyConnector {
    fn from(connector: C) -> Self {
        Self(Arc::new(connector))
    }
}
