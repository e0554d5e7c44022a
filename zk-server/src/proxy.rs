//! A TCP proxy that breaks connections on command, to test how a client reconnects.

mod forward;
mod switchboard;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use switchboard::{Admission, Budget, Flow, Switchboard};

/// A proxy on a port of 127.0.0.1 that forwards connections to an upstream server.
///
/// All its methods can be called from any thread. When it is dropped its port and its connections
/// are closed, and its threads ended.
///
/// ```
/// use zk_server::Server;
/// use zk_server::proxy::Proxy;
///
/// let server = Server::start()?;
/// let proxy = Proxy::start(server.address())?;
/// println!("connect to {}", proxy.connect_string());
/// proxy.cut(); // the client loses its connection, and can connect again
/// proxy.refuse(); // the client loses each new connection at once
/// proxy.accept();
/// proxy.stall(); // the connection stays open, but nothing goes through
/// proxy.resume();
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    switchboard: Arc<Switchboard>,
    acceptor: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Starts a proxy that forwards to `upstream`, which need not be there yet.
    ///
    /// # Errors
    ///
    /// When no port or no thread can be had.
    pub fn start(upstream: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let switchboard = Arc::new(Switchboard::new(upstream));
        let acceptor = thread::Builder::new().name("proxy".to_owned()).spawn({
            let switchboard = Arc::clone(&switchboard);
            move || forward::accept(&listener, &switchboard)
        })?;
        Ok(Self { address, switchboard, acceptor: Some(acceptor) })
    }

    /// Where it takes connections.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it takes connections, as a client takes it: `127.0.0.1:` and the port.
    #[must_use]
    pub fn connect_string(&self) -> String {
        self.address.to_string()
    }

    /// Forwards connections made from now on to `upstream`; those that are open stay as they are.
    pub fn set_upstream(&self, upstream: SocketAddr) {
        self.switchboard.lock().upstream = upstream;
    }

    /// Closes all connections; new ones are taken.
    pub fn cut(&self) {
        self.switchboard.cut();
    }

    /// Closes all connections after `bytes` more bytes have gone towards clients, counted over all
    /// connections; the last of these bytes still arrives. New connections are then taken.
    ///
    /// Replaces an earlier call that has not come to pass. With 0 bytes, connections are closed
    /// when the next byte would go.
    pub fn cut_after(&self, bytes: u64) {
        self.switchboard.lock().budget = Budget::Bytes(bytes);
    }

    /// Closes each new connection at once, until [`Proxy::accept`]. Open ones stay.
    pub fn refuse(&self) {
        self.switchboard.lock().admission = Admission::Refusing;
    }

    /// Takes new connections again after [`Proxy::refuse`].
    pub fn accept(&self) {
        self.switchboard.lock().admission = Admission::Accepting;
    }

    /// Stops forwarding, both ways and for new connections too, but leaves all connections open,
    /// until [`Proxy::resume`]. What was being written at that moment may still arrive.
    pub fn stall(&self) {
        self.switchboard.lock().flow = Flow::Stalled;
    }

    /// Forwards again after [`Proxy::stall`]; nothing is lost.
    pub fn resume(&self) {
        self.switchboard.lock().flow = Flow::Flowing;
        self.switchboard.notify();
    }

    /// How many connections clients have made so far, with those that were refused.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.switchboard.lock().connections
    }

    /// How many connections are open now.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.switchboard.lock().open.len()
    }

    /// Waits until clients have made `count` connections in all, as [`Proxy::connections`] counts
    /// them; false if that takes longer than `limit`.
    #[must_use]
    pub fn wait_for_connections(&self, count: u64, limit: Duration) -> bool {
        self.switchboard.wait_for_connections(count, limit)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.switchboard.lock().close();
        self.switchboard.notify();
        // Wakes the thread that waits for connections. Without it there is nothing to wait for.
        if TcpStream::connect(self.address).is_ok()
            && let Some(acceptor) = self.acceptor.take()
        {
            let _ = acceptor.join();
        }
    }
}
