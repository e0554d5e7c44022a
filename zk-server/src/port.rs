//! Ports, kept for as long as a server may need them.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use socket2::{Domain, Protocol, Socket, Type};

/// A port that the system gives to nobody else while this value or a clone lives.
///
/// It is held by a socket that is bound but never listens. Linux then lets another socket listen
/// there if it asks for that port by number with `SO_REUSEADDR`, as Java and [`listen`] do, and
/// never picks the port for anyone who asks for any free one. Elsewhere that is not so: there the
/// socket is closed, and the port can be lost to another program while nobody listens.
#[derive(Clone, Debug)]
pub(crate) struct Port {
    address: SocketAddr,
    _hold: Option<Arc<Socket>>,
}

impl Port {
    /// The port of this address; for port 0, a free one.
    pub(crate) fn reserve(address: SocketAddr) -> io::Result<Self> {
        let socket = bind(address)?;
        let address = socket.local_addr()?.as_socket();
        let address =
            address.ok_or_else(|| io::Error::other("bound to no address of the internet"))?;
        let hold = cfg!(target_os = "linux").then(|| Arc::new(socket));
        Ok(Self { address, _hold: hold })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Listens at this address, which may be that of a [`Port`]; without blocking.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = bind(address)?;
    socket.set_nonblocking(true)?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// How many connections may wait to be accepted, if the system allows for so many: more than the
/// standard library's 128, since those that find no room are only made a second later.
const BACKLOG: i32 = 4096;

fn bind(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if cfg!(unix) {
        socket.set_reuse_address(true)?;
    }
    socket.bind(&address.into())?;
    Ok(socket)
}
