//! The threads of a proxy: one takes connections, two forward for each.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use super::switchboard::{Allowance, Switchboard, Verdict};

/// How long the upstream server may take to take a connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// Takes connections until the proxy is closed, and returns once all of them are.
pub(super) fn accept(listener: &TcpListener, switchboard: &Switchboard) {
    thread::scope(|scope| {
        // A connection that is gone before it is taken is no reason to stop.
        for client in listener.incoming().flatten() {
            match switchboard.admit(&client) {
                Verdict::Forward { number, upstream } => {
                    let connection = Connection { switchboard, number };
                    scope.spawn(move || connection.forward(&client, upstream));
                }
                Verdict::Refuse => {}
                Verdict::End => break,
            }
        }
    });
}

/// A connection of a client, known to the switchboard by its number.
#[derive(Clone, Copy)]
struct Connection<'a> {
    switchboard: &'a Switchboard,
    number: u64,
}

/// The two ways through a proxy.
#[derive(Clone, Copy)]
enum Direction {
    ToServer,
    ToClient,
}

impl Connection<'_> {
    /// Forwards both ways until both have ended, or the connection is closed.
    fn forward(self, client: &TcpStream, upstream: SocketAddr) {
        if let Ok(server) = &self.connect(client, upstream) {
            thread::scope(|scope| {
                scope.spawn(move || self.pump(client, server, Direction::ToServer));
                self.pump(server, client, Direction::ToClient);
            });
        }
        self.hang_up();
    }

    fn connect(self, client: &TcpStream, upstream: SocketAddr) -> io::Result<TcpStream> {
        let server = TcpStream::connect_timeout(&upstream, CONNECT_LIMIT)?;
        server.set_nodelay(true)?;
        client.set_nodelay(true)?;
        let socket = server.try_clone()?;
        match self.switchboard.lock().open.get_mut(&self.number) {
            Some(sockets) => sockets.push(socket),
            None => return Err(io::ErrorKind::ConnectionAborted.into()),
        }
        Ok(server)
    }

    /// Forwards one way, and passes on the end of the stream. Any failure ends both ways.
    fn pump(self, from: &TcpStream, to: &TcpStream, direction: Direction) {
        let copied = self.copy(from, to, direction);
        if copied.and_then(|()| to.shutdown(Shutdown::Write)).is_err() {
            self.hang_up();
        }
    }

    fn copy(
        self,
        mut from: &TcpStream,
        mut to: &TcpStream,
        direction: Direction,
    ) -> io::Result<()> {
        let mut buffer = [0; 16 * 1024];
        loop {
            let count = from.read(&mut buffer)?;
            if !self.switchboard.wait_for_flow(self.number) {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            if count == 0 {
                return Ok(());
            }
            match self.allowance(count, direction) {
                Allowance::All => to.write_all(&buffer[..count])?,
                Allowance::Last(count) => {
                    to.write_all(&buffer[..count])?;
                    self.switchboard.cut();
                }
            }
        }
    }

    fn allowance(self, count: usize, direction: Direction) -> Allowance {
        match direction {
            Direction::ToServer => Allowance::All,
            Direction::ToClient => self.switchboard.lock().spend(count),
        }
    }

    fn hang_up(self) {
        self.switchboard.lock().hang_up(self.number);
        self.switchboard.notify();
    }
}
