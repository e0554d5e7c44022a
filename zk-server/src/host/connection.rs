//! One socket of a client.

use std::io::{self, ErrorKind};

use mio::net::TcpStream;
use mio::{Interest as Readiness, Registry, Token};
use zk_proto::Instant;

use super::stream::{Protocol, Stream};
use crate::{ConnectionId, Engine, Interest};

/// How often in a row a connection is read before others have their turn.
const READS: usize = 4;

pub(super) struct Connection {
    stream: Stream,
    token: Token,
    input: Input,
}

/// Whether there is something to read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Input {
    None,
    /// The system said so, and nobody has looked.
    Perhaps,
    /// It will have its turn.
    Queued,
}

/// How far reading got.
pub(super) enum Progress {
    /// There is nothing more for now, or nobody wants it.
    Paused,
    /// There may be more.
    More,
    /// The peer is gone.
    Ended,
}

/// How far writing got.
#[derive(Clone, Copy)]
pub(super) enum Flushed {
    /// Nothing is left.
    All,
    /// The system takes no more for now.
    Partly,
    /// The peer is gone.
    Broken,
}

impl Connection {
    pub(super) fn new(
        mut socket: TcpStream,
        protocol: &Protocol,
        token: Token,
        registry: &Registry,
    ) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        registry.register(&mut socket, token, Readiness::READABLE | Readiness::WRITABLE)?;
        Ok(Self { stream: protocol.begin(socket)?, token, input: Input::None })
    }

    pub(super) fn token(&self) -> Token {
        self.token
    }

    /// The system says that there is something to read.
    pub(super) fn note_input(&mut self) {
        if self.input == Input::None {
            self.input = Input::Perhaps;
        }
    }

    /// Whether it is to be queued for reading; then it counts as queued.
    pub(super) fn wants_turn(&mut self) -> bool {
        let wants = self.input == Input::Perhaps;
        if wants {
            self.input = Input::Queued;
        }
        wants
    }

    /// Hands what can be read to the engine, as long as that wants it.
    pub(super) fn read(
        &mut self,
        id: ConnectionId,
        engine: &mut Engine,
        now: Instant,
        buffer: &mut [u8],
    ) -> Progress {
        for _ in 0..READS {
            let Interest::Open { read: true } = engine.interest(id) else {
                self.input = Input::Perhaps;
                return Progress::Paused;
            };
            match self.stream.read(buffer) {
                Ok(0) => return Progress::Ended,
                Ok(count) => {
                    if let Some(identity) = self.stream.take_identity() {
                        engine.vouch(id, identity);
                    }
                    engine.handle_input(now, id, &buffer[..count]);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.input = Input::None;
                    return Progress::Paused;
                }
                Err(_) => return Progress::Ended,
            }
        }
        Progress::More
    }

    /// Writes what the engine has to say.
    pub(super) fn flush(&mut self, id: ConnectionId, engine: &mut Engine, now: Instant) -> Flushed {
        loop {
            let pending = engine.pending(id);
            let written = match pending {
                [] => self.stream.flush().map(|()| None),
                pending => self.stream.write(pending).map(Some),
            };
            match written {
                Ok(None) => return Flushed::All,
                Ok(Some(0)) => return Flushed::Broken,
                Ok(Some(count)) => engine.consume(now, id, count),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Flushed::Partly,
                Err(_) => return Flushed::Broken,
            }
        }
    }

    /// Ends the stream after what was written: merely closed, it would be reset where something is
    /// left unread, and what was written could be lost.
    pub(super) fn hang_up(&mut self) {
        self.stream.end();
    }
}
