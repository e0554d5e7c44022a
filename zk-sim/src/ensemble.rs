//! The ensemble at its end of the network.

use zk_server::{ConnectionId, Interest};

use crate::agenda::Event;
use crate::names::PORT;
use crate::network::{ClientEnd, Direction, Flow, LinkId, ServerEnd};
use crate::pipe::{End, Found};
use crate::tap::Peer;
use crate::world::World;

impl World {
    /// A connection is asked for at a member.
    pub(crate) fn knocked(&mut self, id: LinkId) {
        let now = self.now();
        let Some(link) = self.network.link(id) else { return };
        let (client, member) = (link.client, link.member);
        match self.network.flow(client, member, Direction::Up) {
            Flow::Lost => return self.tally.count("connection request lost"),
            Flow::Held => return self.held.push(Event::Knock(id)),
            Flow::Open => {}
        }
        let back = now + self.network.delay();
        if member >= self.members()
            || !self.engine.is_up(member)
            || self.network.is_refusing(member)
        {
            self.tally.count("connection refused");
            return self.agenda.note(back, Event::Refused(id));
        }
        let number = u8::try_from(client % 200 + 1).unwrap_or(u8::MAX);
        let peer = ([10, 1, 0, number], PORT).into();
        match self.engine.accept(now, member, peer) {
            Some(server) => self.network.accepted(id, server),
            None => {
                if let Some(link) = self.network.link(id) {
                    link.server_end = ServerEnd::Gone;
                }
                self.finish_down(id, End::Closed);
            }
        }
        self.agenda.note(back, Event::Accepted(id));
        self.serve();
    }

    /// The answer to a request for a connection arrives.
    pub(crate) fn answered(&mut self, event: Event, id: LinkId) {
        match self.network.flow_of(id, Direction::Down) {
            Flow::Lost => self.tally.count("connection answer lost"),
            Flow::Held => self.held.push(event),
            Flow::Open if event == Event::Accepted(id) => self.connected(id),
            Flow::Open => self.refused(id),
        }
    }

    /// Bytes, or their end, arrive somewhere.
    pub(crate) fn arrive(&mut self, id: LinkId, direction: Direction) {
        let now = self.now();
        let flow = self.network.flow_of(id, direction);
        let Some(link) = self.network.link(id) else { return };
        match flow {
            Flow::Lost => {
                link.pipe_mut(direction).lose(now);
                return self.tally.count("bytes lost");
            }
            Flow::Held => {
                self.tally.count("bytes held");
                return self.held.push(Event::Arrive(id, direction));
            }
            Flow::Open => {}
        }
        link.pipe_mut(direction).arrive(now);
        let (client, is_session, end) = (link.client, link.is_session(), link.client_end);
        match direction {
            Direction::Up => self.feed(id),
            Direction::Down if end != ClientEnd::Open => {
                link.down.read(now, usize::MAX); // nobody reads it
            }
            Direction::Down if is_session => self.read(client),
            Direction::Down => self.read_probe(id),
        }
    }

    /// Gives the server what has arrived for it: at most one whole frame, so that each write can
    /// be looked at by itself.
    fn feed(&mut self, id: LinkId) {
        let now = self.now();
        loop {
            let Some(link) = self.network.link(id) else { return };
            let ServerEnd::Open(server) = link.server_end else { return };
            if self.engine.interest(server) != (Interest::Open { read: true }) {
                return self.serve();
            }
            let most = link.splitters[SERVER_READS].missing();
            match link.up.read(now, most) {
                Found::Nothing => return self.serve(),
                Found::End(_) => {
                    self.engine.handle_disconnected(now, server);
                    self.network.server_is_gone(id);
                    return self.serve();
                }
                Found::Bytes(bytes) => {
                    self.engine.handle_input(now, server, &bytes);
                    let is_whole = self.tap(id, Peer::Server, Direction::Up, &bytes);
                    self.client_has_room(id);
                    if is_whole {
                        self.agenda.note(now, Event::Arrive(id, Direction::Up));
                        return self.serve();
                    }
                }
            }
        }
    }

    /// Carries out what the ensemble wants, after it was told something.
    pub(crate) fn serve(&mut self) {
        while let Some(server) = self.engine.poll_touched() {
            self.flush(server);
        }
        if let Some(at) = self.engine.poll_timeout()
            && self.ensemble_at.is_none_or(|noted| at < noted)
        {
            self.ensemble_at = Some(at);
            self.agenda.note(at, Event::Ensemble);
        }
    }

    /// Time has passed for the ensemble.
    pub(crate) fn ensemble_tick(&mut self) {
        let now = self.now();
        self.ensemble_at = None;
        if self.engine.poll_timeout().is_some_and(|at| at <= now) {
            self.engine.handle_timeout(now);
            self.serve();
            if self.engine.poll_timeout().is_some_and(|at| at <= now) {
                self.violation("the ensemble: a deadline stays in the past".into());
            }
        } else {
            self.serve();
        }
    }

    /// Writes what a member has for a connection, and closes it if the member wants that.
    fn flush(&mut self, server: ConnectionId) {
        let now = self.now();
        let Some(id) = self.network.of_server(server) else { return };
        loop {
            let pending = self.engine.pending(server);
            if pending.is_empty() {
                break;
            }
            let bytes = pending.to_vec();
            let count = self.transmit(id, Direction::Down, &bytes);
            if count == 0 {
                self.tally.count("server waits");
                break;
            }
            self.engine.consume(now, server, count);
        }
        match self.engine.interest(server) {
            Interest::Open { read: true } => {
                let is_readable =
                    self.network.link(id).is_some_and(|link| link.up.is_readable(now));
                if is_readable {
                    self.agenda.note(now, Event::Arrive(id, Direction::Up));
                }
            }
            Interest::Open { read: false } => {}
            Interest::Closing if !self.engine.pending(server).is_empty() => {}
            Interest::Closing | Interest::Gone => {
                self.finish_down(id, End::Closed);
                self.engine.handle_disconnected(now, server);
                self.network.server_is_gone(id);
            }
        }
    }

    fn finish_down(&mut self, id: LinkId, end: End) {
        if let Some(at) = self.network.finish(self.now(), id, Direction::Down, end) {
            self.agenda.note(at, Event::Arrive(id, Direction::Down));
        }
    }

    /// The client has read: there is room to write.
    pub(crate) fn server_has_room(&mut self, id: LinkId) {
        let Some(link) = self.network.link(id) else { return };
        if let ServerEnd::Open(server) = link.server_end
            && !self.engine.pending(server).is_empty()
        {
            self.flush(server);
            self.serve();
        }
    }

    /// The server has read: there is room to write.
    fn client_has_room(&mut self, id: LinkId) {
        let Some(link) = self.network.link(id) else { return };
        let (client, is_session) = (link.client, link.is_session());
        if is_session && !self.hosts[client].outbox.is_empty() {
            self.agenda.note(self.now(), Event::Ready(client));
        }
    }
}

/// Which of a connection's splitters sees what the server reads.
pub(crate) const SERVER_READS: usize = 1;
