//! Free ports of 127.0.0.1, kept for as long as the server may need them.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::net::{AddressFamily, SocketType, bind, getsockname, socket, sockopt};

use super::Error;

/// The ports on which a server serves clients.
#[derive(Debug)]
pub(super) struct Ports {
    pub(super) plain: Port,
    pub(super) tls: Option<Port>,
}

/// A port of 127.0.0.1 that the system gives to nobody else while this value or a clone lives.
///
/// It is held by a socket that is bound but never listens. Linux then lets another socket listen
/// there if it asks for that port by number with `SO_REUSEADDR`, as Java always does, and never
/// picks the port for anyone who asks for any free one. Elsewhere that is not so: there the
/// socket is closed, and [`again_if_port_taken`] tries with other ports when one was lost.
#[derive(Clone, Debug)]
pub(super) struct Port {
    address: SocketAddr,
    _hold: Option<Arc<OwnedFd>>,
}

impl Port {
    pub(super) fn reserve() -> Result<Self, Error> {
        hold().map_err(|source| Error::Prepare { what: "a free port", source: source.into() })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Runs `start` until no port was lost to another program, three times at most.
pub(super) fn again_if_port_taken<T>(start: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
    for _ in 1..3 {
        match start() {
            Err(error) if is_port_taken(&error) => {}
            result => return result,
        }
    }
    start()
}

fn hold() -> rustix::io::Result<Port> {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
    sockopt::set_socket_reuseaddr(&socket, true)?;
    bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
    let address = SocketAddrV4::try_from(getsockname(&socket)?)?;
    let hold = cfg!(target_os = "linux").then(|| Arc::new(socket));
    Ok(Port { address: address.into(), _hold: hold })
}

fn is_port_taken(error: &Error) -> bool {
    matches!(error, Error::Ended { log, .. } if log.contains("Address already in use"))
}
