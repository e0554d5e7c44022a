//! The network between clients and members: connections, how long things take, and what can be
//! wrong with a path.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use fastrand::Rng;
use zk_client::Instant;
use zk_server::ConnectionId;

use crate::pipe::{End, Pipe};
use crate::tap::Splitter;

/// A connection, counted from the first of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub(crate) u64);

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
}

/// How fast and how smooth a network is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conditions {
    /// How long a piece is on its way. TCP keeps pieces in their order.
    pub latency: Range<Duration>,
    /// Into pieces of how many bytes what is written is cut; at least one.
    pub pieces: Range<usize>,
    /// How many bytes a connection holds each way before its writer has to wait.
    pub buffer: usize,
}

impl Default for Conditions {
    /// A rack: a tenth of a millisecond to one, packets of Ethernet, 64 KiB.
    fn default() -> Self {
        let latency = Duration::from_micros(100)..Duration::from_millis(1);
        Self { latency, pieces: 1_400..1_500, buffer: 64 << 10 }
    }
}

/// What a direction of a path does with what is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Flow {
    #[default]
    Open,
    /// It vanishes.
    Lost,
    /// It waits until the path is open again.
    Held,
}

/// What a connection is for.
#[derive(Debug)]
pub(crate) enum Purpose {
    /// The session of a client.
    Session,
    /// A question of a client that looks for another server.
    Probe { id: u64, answer: Vec<u8> },
}

#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) client: usize,
    pub(crate) member: usize,
    pub(crate) purpose: Purpose,
    /// What the client knows of it.
    pub(crate) client_end: ClientEnd,
    /// What the server knows of it.
    pub(crate) server_end: ServerEnd,
    pub(crate) up: Pipe,
    pub(crate) down: Pipe,
    /// Frames as the client writes, the server reads, the server writes and the client reads them.
    pub(crate) splitters: [Splitter; 4],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientEnd {
    Dialing,
    Open,
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServerEnd {
    /// It has not heard of it.
    Unknown,
    Open(ConnectionId),
    Gone,
}

#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) conditions: Conditions,
    links: BTreeMap<LinkId, Link>,
    by_server: BTreeMap<ConnectionId, LinkId>,
    last: u64,
    /// For each pair of a client and a member, both ways; open if there is no entry.
    flows: BTreeMap<(usize, usize), [Flow; 2]>,
    /// Members that refuse connections.
    refusing: Vec<bool>,
    rng: Rng,
}

impl Network {
    pub(crate) fn new(conditions: Conditions, members: usize, rng: Rng) -> Self {
        Self {
            conditions,
            links: BTreeMap::new(),
            by_server: BTreeMap::new(),
            last: 0,
            flows: BTreeMap::new(),
            refusing: vec![false; members],
            rng,
        }
    }

    /// Begins a connection.
    pub(crate) fn dial(&mut self, client: usize, member: usize, purpose: Purpose) -> LinkId {
        self.last += 1;
        let id = LinkId(self.last);
        let link = Link {
            client,
            member,
            purpose,
            client_end: ClientEnd::Dialing,
            server_end: ServerEnd::Unknown,
            up: Pipe::default(),
            down: Pipe::default(),
            splitters: Default::default(),
        };
        self.links.insert(id, link);
        id
    }

    pub(crate) fn link(&mut self, id: LinkId) -> Option<&mut Link> {
        self.links.get_mut(&id)
    }

    /// How many connections there are that an end still knows.
    pub(crate) fn len(&self) -> usize {
        self.links.len()
    }

    /// The server has accepted a connection under this name.
    pub(crate) fn accepted(&mut self, id: LinkId, server: ConnectionId) {
        if let Some(link) = self.links.get_mut(&id) {
            link.server_end = ServerEnd::Open(server);
            self.by_server.insert(server, id);
        }
    }

    pub(crate) fn of_server(&self, server: ConnectionId) -> Option<LinkId> {
        self.by_server.get(&server).copied()
    }

    /// Forgets a connection that no end knows any more.
    pub(crate) fn tidy(&mut self, id: LinkId) {
        let Some(link) = self.links.get(&id) else { return };
        if let ServerEnd::Open(_) = link.server_end {
            return;
        }
        if link.client_end == ClientEnd::Gone {
            self.links.remove(&id);
        }
    }

    pub(crate) fn server_is_gone(&mut self, id: LinkId) {
        let Some(link) = self.links.get_mut(&id) else { return };
        if let ServerEnd::Open(server) = std::mem::replace(&mut link.server_end, ServerEnd::Gone) {
            self.by_server.remove(&server);
        }
        self.tidy(id);
    }

    pub(crate) fn flow(&self, client: usize, member: usize, direction: Direction) -> Flow {
        let flows = self.flows.get(&(client, member)).copied().unwrap_or_default();
        flows[direction as usize]
    }

    pub(crate) fn flow_of(&self, id: LinkId, direction: Direction) -> Flow {
        match self.links.get(&id) {
            Some(link) => self.flow(link.client, link.member, direction),
            None => Flow::Open,
        }
    }

    pub(crate) fn set_flow(&mut self, pair: (usize, usize), direction: Direction, flow: Flow) {
        self.flows.entry(pair).or_default()[direction as usize] = flow;
    }

    pub(crate) fn set_refusing(&mut self, member: usize, refuses: bool) {
        if let Some(refusing) = self.refusing.get_mut(member) {
            *refusing = refuses;
        }
    }

    pub(crate) fn is_refusing(&self, member: usize) -> bool {
        self.refusing.get(member).copied().unwrap_or(false)
    }

    /// How long the next piece is on its way.
    pub(crate) fn delay(&mut self) -> Duration {
        let Range { start, end } = self.conditions.latency;
        let span = u64::try_from(end.saturating_sub(start).as_nanos()).unwrap_or(u64::MAX);
        start + Duration::from_nanos(if span == 0 { 0 } else { self.rng.u64(0..span) })
    }

    /// Writes as much as there is room for. Returns how much that was, and when pieces arrive.
    pub(crate) fn write(
        &mut self,
        now: Instant,
        id: LinkId,
        direction: Direction,
        bytes: &[u8],
    ) -> (usize, Vec<Instant>) {
        let flow = self.flow_of(id, direction);
        let room = match self.links.get(&id) {
            Some(link) => self.conditions.buffer.saturating_sub(link.pipe(direction).held()),
            None => return (bytes.len(), Vec::new()),
        };
        let count = room.min(bytes.len());
        let mut arrivals = Vec::new();
        let mut rest = &bytes[..count];
        while !rest.is_empty() {
            let size = self.rng.usize(self.conditions.pieces.clone()).clamp(1, rest.len());
            let (piece, behind) = rest.split_at(size);
            let at = now + self.delay();
            let Some(link) = self.links.get_mut(&id) else { break };
            let pipe = link.pipe_mut(direction);
            if flow == Flow::Lost {
                pipe.lose(now);
            }
            if let Some(at) = pipe.send(at, piece)
                && arrivals.last() != Some(&at)
            {
                arrivals.push(at);
            }
            rest = behind;
        }
        (count, arrivals)
    }

    /// Ends a direction; says when that arrives.
    pub(crate) fn finish(
        &mut self,
        now: Instant,
        id: LinkId,
        direction: Direction,
        end: End,
    ) -> Option<Instant> {
        let at = now + self.delay();
        let flow = self.flow_of(id, direction);
        let pipe = self.links.get_mut(&id)?.pipe_mut(direction);
        if flow == Flow::Lost {
            pipe.lose(now);
        }
        pipe.finish(at, end)
    }
}

impl Link {
    pub(crate) fn pipe(&self, direction: Direction) -> &Pipe {
        match direction {
            Direction::Up => &self.up,
            Direction::Down => &self.down,
        }
    }

    pub(crate) fn pipe_mut(&mut self, direction: Direction) -> &mut Pipe {
        match direction {
            Direction::Up => &mut self.up,
            Direction::Down => &mut self.down,
        }
    }

    pub(crate) fn is_session(&self) -> bool {
        matches!(self.purpose, Purpose::Session)
    }
}
