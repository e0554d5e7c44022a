//! The sockets of an engine: who is connected, what can be read and written.

use std::collections::HashMap;
use std::io;
use std::mem;
use std::net::SocketAddr;

use mio::event::Event;
use mio::{Registry, Token};
use zk_proto::Instant;

use super::connection::{Connection, Flushed, Progress};
use super::listener::{Entrance, Knock, Listener};
use crate::{ConnectionId, Engine, Interest};

/// What is read at once, at most.
const BUFFER: usize = 64 * 1024;

/// How many connections are accepted before others have their turn.
const GUESTS: usize = 256;

pub(super) struct Sockets {
    registry: Registry,
    /// The token of each is its place.
    listeners: Vec<Listener>,
    connections: HashMap<ConnectionId, Connection>,
    by_token: HashMap<Token, ConnectionId>,
    /// Whom to read from next.
    readable: Vec<ConnectionId>,
    /// Who can be read from or written to again.
    noted: Vec<ConnectionId>,
    /// For one read; what is read is handed on at once.
    buffer: Box<[u8]>,
    next_token: usize,
}

impl Sockets {
    pub(super) fn listen(registry: Registry, entrances: Vec<Entrance>) -> io::Result<Self> {
        let listen = |(index, entrance)| Listener::bind(entrance, Token(index), &registry);
        let listeners = entrances.into_iter().enumerate().map(listen);
        let listeners = listeners.collect::<io::Result<Vec<_>>>()?;
        Ok(Self {
            registry,
            next_token: listeners.len(),
            listeners,
            connections: HashMap::new(),
            by_token: HashMap::new(),
            readable: Vec::new(),
            noted: Vec::new(),
            buffer: vec![0; BUFFER].into_boxed_slice(),
        })
    }

    /// Where the members can be reached, in the order of the entrances.
    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        self.listeners.iter().map(Listener::address).collect()
    }

    pub(super) fn stop_listening(&mut self, member: usize) {
        let of_member = self.listeners.iter_mut().filter(|listener| listener.member() == member);
        of_member.for_each(Listener::close);
    }

    pub(super) fn listen_again(&mut self, member: usize) -> io::Result<()> {
        let listeners = self.listeners.iter_mut().enumerate();
        let of_member = listeners.filter(|(_, listener)| listener.member() == member);
        let mut opened = of_member.map(|(at, listener)| listener.open(Token(at), &self.registry));
        let result = opened.try_for_each(|opened| opened);
        drop(opened);
        if result.is_err() {
            self.stop_listening(member);
        }
        result
    }

    pub(super) fn close_all(&mut self) {
        self.listeners.clear();
        self.connections.clear();
        self.by_token.clear();
        self.readable.clear();
        self.noted.clear();
    }

    /// Remembers what can be done. The system says it once, not again and again.
    pub(super) fn note(&mut self, event: &Event) {
        let token = event.token();
        if let Some(listener) = self.listeners.get_mut(token.0) {
            listener.note_knock();
        } else if let Some(&id) = self.by_token.get(&token)
            && let Some(connection) = self.connections.get_mut(&id)
        {
            // An error or a hang-up counts as readable too: reading tells what it is.
            connection.note_input();
            self.noted.push(id);
        }
    }

    /// Whether there is something to do at once.
    pub(super) fn is_busy(&self) -> bool {
        !self.readable.is_empty() || self.is_any(Knock::Perhaps)
    }

    /// Whether the system refused something for now.
    pub(super) fn is_refused(&self) -> bool {
        self.is_any(Knock::Refused)
    }

    /// Takes connections that are waiting.
    pub(super) fn accept(&mut self, engine: &mut Engine, now: Instant) {
        for at in 0..self.listeners.len() {
            for _ in 0..GUESTS {
                let Some((socket, peer)) = self.listeners[at].accept() else { break };
                let Some(id) = engine.accept(now, self.listeners[at].member(), peer) else {
                    continue;
                };
                let token = self.token();
                let protocol = self.listeners[at].protocol();
                match Connection::new(socket, protocol, token, &self.registry) {
                    Ok(connection) => {
                        self.connections.insert(id, connection);
                        self.by_token.insert(token, id);
                    }
                    Err(_) => engine.handle_disconnected(now, id),
                }
            }
        }
    }

    /// Reads from those that have something and may say it.
    pub(super) fn read(&mut self, engine: &mut Engine, now: Instant) {
        for id in mem::take(&mut self.readable) {
            let Some(connection) = self.connections.get_mut(&id) else { continue };
            match connection.read(id, engine, now, &mut self.buffer) {
                Progress::Paused => {}
                Progress::More => self.readable.push(id),
                Progress::Ended => {
                    // What it asked for before it hung up is answered, if that can be done now.
                    connection.flush(id, engine, now);
                    self.close(id, engine, now);
                }
            }
        }
    }

    /// Carries out what the engine wants: writes, reads that were not wanted before, and closings.
    pub(super) fn carry_out(&mut self, engine: &mut Engine, now: Instant) {
        for id in mem::take(&mut self.noted) {
            self.attend_to(id, engine, now);
        }
        while let Some(id) = engine.poll_touched() {
            self.attend_to(id, engine, now);
        }
    }

    fn attend_to(&mut self, id: ConnectionId, engine: &mut Engine, now: Instant) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let flushed = connection.flush(id, engine, now);
        match (engine.interest(id), flushed) {
            (Interest::Gone, _) | (_, Flushed::Broken) => self.close(id, engine, now),
            (Interest::Closing, Flushed::All) => {
                connection.hang_up();
                self.close(id, engine, now);
            }
            (Interest::Open { read: true }, _) => {
                if connection.wants_turn() {
                    self.readable.push(id);
                }
            }
            (Interest::Open { read: false }, _) | (Interest::Closing, Flushed::Partly) => {}
        }
    }

    fn close(&mut self, id: ConnectionId, engine: &mut Engine, now: Instant) {
        if let Some(connection) = self.connections.remove(&id) {
            self.by_token.remove(&connection.token());
            engine.handle_disconnected(now, id);
        }
    }

    fn is_any(&self, knock: Knock) -> bool {
        self.listeners.iter().any(|listener| listener.knock() == Some(knock))
    }

    /// Not used before, so that no late event finds another connection.
    fn token(&mut self) -> Token {
        self.next_token += 1;
        Token(self.next_token)
    }
}
