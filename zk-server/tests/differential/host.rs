//! The servers that are compared: Apache's over sockets, ours within the test.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::rc::Rc;
use std::time::Duration;

use zk_proto::{Instant, digest};
use zk_server::apache::{Options, Server};
use zk_server::{Config, ConnectionId, Engine, Interest};

use crate::caretaker::Caretaker;

/// How long a server may take for an answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// Short, so that sessions can expire.
const TICK: Duration = Duration::from_millis(100);

/// Long, so that they do not by themselves.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(40);

/// Longer than any test.
const A_DAY: Duration = Duration::from_secs(86_400);

/// A server.
#[derive(Clone, Debug)]
pub(crate) enum Host {
    Apache(SocketAddr),
    Ours(Rc<RefCell<Ours>>),
}

/// Our server, and its time, which goes on with everything that is sent.
#[derive(Debug)]
pub(crate) struct Ours {
    engine: Engine,
    now: Instant,
}

/// A connection to a server.
#[derive(Debug)]
pub(crate) enum Wire {
    Apache(TcpStream),
    Ours(Rc<RefCell<Ours>>, ConnectionId),
    /// What is left to read, of a connection to ours that both sides have ended.
    Left(Vec<u8>),
}

/// An Apache ZooKeeper, on which nothing ends by itself while a script is played.
pub(crate) fn apache() -> Server {
    let options = Options::new()
        .tick_time(TICK)
        .maximum_session_timeout(LONGEST_TIMEOUT)
        .extended_types(true)
        .enforce_quota(true)
        .maximum_client_connections(0)
        .container_check_interval(A_DAY)
        .superuser(Caretaker::USER, Caretaker::PASSWORD);
    Server::start(&options).unwrap()
}

/// The version of an Apache ZooKeeper.
pub(crate) fn version(server: &Server) -> String {
    let answer = server.four_letter_word("srvr").unwrap();
    let line = answer.lines().find_map(|line| line.strip_prefix("Zookeeper version: "));
    line.unwrap().to_owned()
}

impl Host {
    /// Ours, fresh.
    pub(crate) fn ours() -> Self {
        let config = Config {
            tick: TICK,
            max_session_timeout: Some(LONGEST_TIMEOUT),
            epoch: Duration::from_secs(1_700_000_000),
            enforce_quota: true,
            super_user: Some(digest::identity(Caretaker::USER, Caretaker::PASSWORD)),
            container_check: A_DAY,
            ..Config::default()
        };
        let mut next: u64 = 0;
        let entropy = move |bytes: &mut [u8]| {
            for byte in bytes {
                next = next.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                *byte = next.to_be_bytes()[0];
            }
        };
        let engine = Engine::new(config, Box::new(entropy));
        Self::Ours(Rc::new(RefCell::new(Ours { engine, now: Instant::ORIGIN })))
    }

    /// Lets the server find out what time it is. Apache's does that by itself.
    pub(crate) fn pass_time(&self) {
        match self {
            Self::Apache(_) => {}
            Self::Ours(ours) => ours.borrow_mut().pass_time(TICK),
        }
    }

    pub(crate) fn connect(&self) -> Wire {
        match self {
            Self::Apache(address) => {
                let stream = TcpStream::connect_timeout(address, PATIENCE).unwrap();
                stream.set_nodelay(true).unwrap();
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                stream.set_write_timeout(Some(PATIENCE)).unwrap();
                Wire::Apache(stream)
            }
            Self::Ours(ours) => {
                let peer = ([127, 0, 0, 1], 50_000).into();
                let now = ours.borrow().now;
                let connection = ours.borrow_mut().engine.accept(now, 0, peer).unwrap();
                Wire::Ours(ours.clone(), connection)
            }
        }
    }
}

impl Wire {
    /// Sends bytes; if the server has closed the connection, reading will tell.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        match self {
            Self::Apache(stream) => drop(stream.write_all(bytes)),
            Self::Ours(ours, connection) => ours.borrow_mut().write(*connection, bytes),
            Self::Left(_) => {}
        }
    }

    /// Nothing more will be sent.
    pub(crate) fn end(&mut self) {
        match self {
            Self::Apache(stream) => drop(stream.shutdown(Shutdown::Write)),
            Self::Ours(ours, connection) => {
                let left = ours.borrow().engine.pending(*connection).to_vec();
                *self = Self::Left(left);
            }
            Self::Left(_) => {}
        }
    }

    /// Reads some bytes; none if the connection was closed, `None` if nothing comes.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Option<usize> {
        match self {
            Self::Apache(stream) => read(stream, buffer),
            Self::Ours(ours, connection) => ours.borrow_mut().read(*connection, buffer),
            Self::Left(left) => {
                let count = left.len().min(buffer.len());
                buffer.iter_mut().zip(left.drain(..count)).for_each(|(to, from)| *to = from);
                Some(count)
            }
        }
    }
}

impl Ours {
    fn pass_time(&mut self, time: Duration) {
        self.now = self.now + time;
        self.engine.handle_timeout(self.now);
    }

    fn write(&mut self, connection: ConnectionId, bytes: &[u8]) {
        self.pass_time(Duration::from_millis(1));
        self.engine.handle_input(self.now, connection, bytes);
    }

    fn read(&mut self, connection: ConnectionId, buffer: &mut [u8]) -> Option<usize> {
        let pending = self.engine.pending(connection);
        let count = pending.len().min(buffer.len());
        buffer.iter_mut().zip(pending).for_each(|(to, from)| *to = *from);
        self.engine.consume(self.now, connection, count);
        match self.engine.interest(connection) {
            Interest::Open { .. } if count == 0 => None,
            Interest::Open { .. } | Interest::Closing | Interest::Gone => Some(count),
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if let Self::Ours(ours, connection) = self {
            let now = ours.borrow().now;
            ours.borrow_mut().engine.handle_disconnected(now, *connection);
        }
    }
}

/// Reads from a socket. A connection that is reset is closed, too.
fn read(stream: &mut TcpStream, buffer: &mut [u8]) -> Option<usize> {
    use std::io::ErrorKind::{TimedOut, WouldBlock};
    match stream.read(buffer) {
        Ok(count) => Some(count),
        Err(error) if matches!(error.kind(), WouldBlock | TimedOut) => None,
        Err(_) => Some(0),
    }
}
