//! How connections are made.

use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use zk_client::{Host, Target};

/// What a [`Connector`] hands back, in a while.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send + 'a>>;

/// Makes connections: for proxies, Unix sockets, pipes, or tests. [`Tcp`] is the default.
///
/// ```no_run
/// use std::io;
/// use zk_tokio::{Client, Connector, Stream, Target};
///
/// #[derive(Debug)]
/// struct UnixSocket;
///
/// impl Connector for UnixSocket {
///     fn connect<'a>(&'a self, _: &'a Target) -> zk_tokio::Pending<'a, Box<dyn Stream>> {
///         Box::pin(async {
///             let stream = tokio::net::UnixStream::connect("/run/zookeeper.sock").await?;
///             Ok(Box::new(stream) as Box<dyn Stream>)
///         })
///     }
/// }
///
/// # async fn example() -> Result<(), zk_tokio::Error> {
/// let zk = Client::builder().connector(UnixSocket).connect("127.0.0.1").await?;
/// # Ok(())
/// # }
/// ```
pub trait Connector: Debug + Send + Sync + 'static {
    /// Connects. The session stops waiting after its attempt timeout and drops the future.
    fn connect<'a>(&'a self, target: &'a Target) -> Pending<'a, Box<dyn Stream>>;

    /// Looks up the addresses of a name: asks the operating system unless told otherwise.
    fn resolve<'a>(&'a self, host: &'a Host) -> Pending<'a, Vec<SocketAddr>> {
        Box::pin(async { Ok(lookup_host((&*host.name, host.port)).await?.collect()) })
    }
}

/// A connection: bytes both ways.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Makes TCP connections, without Nagle's delay.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tcp;

impl Connector for Tcp {
    fn connect<'a>(&'a self, target: &'a Target) -> Pending<'a, Box<dyn Stream>> {
        Box::pin(async {
            let stream = TcpStream::connect(target.address).await?;
            stream.set_nodelay(true)?;
            Ok(Box::new(stream) as Box<dyn Stream>)
        })
    }
}

/// What a builder takes.
#[derive(Clone, Debug)]
pub struct AnyConnector(pub(crate) Arc<dyn Connector>);

impl Default for AnyConnector {
    /// The same one for all sessions.
    fn default() -> Self {
        static TCP: LazyLock<AnyConnector> = LazyLock::new(|| AnyConnector::from(Tcp));
        TCP.clone()
    }
}

impl<C: Connector> From<C> for AnyConnector {
    fn from(connector: C) -> Self {
        Self(Arc::new(connector))
    }
}
