//! The ports of a server.

use std::net::Ipv4Addr;

use super::Error;
use crate::port::Port;

/// The ports on which a server serves clients.
#[derive(Debug)]
pub(super) struct Ports {
    pub(super) plain: Port,
    pub(super) tls: Option<Port>,
}

/// A free port of 127.0.0.1.
pub(super) fn reserve() -> Result<Port, Error> {
    Port::reserve((Ipv4Addr::LOCALHOST, 0).into()).map_err(Error::prepare("a free port"))
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

fn is_port_taken(error: &Error) -> bool {
    matches!(error, Error::Ended { log, .. } if log.contains("Address already in use"))
}
