//! Where a member takes connections.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use mio::net::{TcpListener, TcpStream};
use mio::{Interest as Readiness, Registry, Token};

use super::stream::Protocol;
use crate::port::{self, Port};

/// Where a member serves, and how it is spoken to there.
pub(crate) struct Entrance {
    pub(crate) member: usize,
    pub(crate) address: SocketAddr,
    pub(crate) protocol: Protocol,
}

pub(super) struct Listener {
    member: usize,
    protocol: Protocol,
    /// Held also while the member is down, so that it can come back to it.
    port: Port,
    door: Door,
}

enum Door {
    Open { listener: TcpListener, knock: Knock },
    Closed,
}

/// Whether somebody wants to come in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Knock {
    /// Nobody.
    None,
    /// Somebody may.
    Perhaps,
    /// Somebody does, but the system had no room, such as a free descriptor.
    Refused,
}

impl Listener {
    pub(super) fn bind(entrance: Entrance, token: Token, registry: &Registry) -> io::Result<Self> {
        let Entrance { member, address, protocol } = entrance;
        let port = Port::reserve(address)?;
        let mut listener = Self { member, protocol, port, door: Door::Closed };
        listener.open(token, registry)?;
        Ok(listener)
    }

    pub(super) fn member(&self) -> usize {
        self.member
    }

    pub(super) fn protocol(&self) -> &Protocol {
        &self.protocol
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.port.address()
    }

    pub(super) fn open(&mut self, token: Token, registry: &Registry) -> io::Result<()> {
        let mut listener = TcpListener::from_std(port::listen(self.port.address())?);
        registry.register(&mut listener, token, Readiness::READABLE)?;
        self.door = Door::Open { listener, knock: Knock::None };
        Ok(())
    }

    /// Whoever waited to be accepted loses its connection.
    pub(super) fn close(&mut self) {
        self.door = Door::Closed;
    }

    pub(super) fn note_knock(&mut self) {
        self.set_knock(Knock::Perhaps);
    }

    /// Nothing, if it is closed.
    pub(super) fn knock(&self) -> Option<Knock> {
        match &self.door {
            Door::Open { knock, .. } => Some(*knock),
            Door::Closed => None,
        }
    }

    /// The next connection, if there is one.
    pub(super) fn accept(&mut self) -> Option<(TcpStream, SocketAddr)> {
        let Door::Open { listener, knock } = &mut self.door else { return None };
        if *knock == Knock::None {
            return None;
        }
        loop {
            match listener.accept() {
                Ok(accepted) => {
                    *knock = Knock::Perhaps;
                    return Some(accepted);
                }
                Err(error) if is_of_one(&error) => {}
                Err(error) => {
                    let is_quiet = error.kind() == ErrorKind::WouldBlock;
                    *knock = if is_quiet { Knock::None } else { Knock::Refused };
                    return None;
                }
            }
        }
    }

    fn set_knock(&mut self, now: Knock) {
        if let Door::Open { knock, .. } = &mut self.door {
            *knock = now;
        }
    }
}

/// Whether it concerns one connection, and the next one can be accepted.
fn is_of_one(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted
    )
}
