//! Where a story is told.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use zk_server::Engine;
use zk_server::proxy::Proxy;

use crate::Door;
use crate::servers::{self, Model, Server};

/// How long a server may take to do what it is about to do.
const LIMIT: Duration = Duration::from_secs(20);

/// A kind of server, and how it is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// How bytes get there.
    pub transport: Transport,
    /// Who serves.
    pub site: Site,
}

/// How bytes get to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// As they are.
    Plain,
    /// Encrypted.
    Tls,
}

/// Who serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// A server in this process.
    Embedded,
    /// A real Apache ZooKeeper.
    Apache,
}

impl Place {
    /// All there are.
    pub const ALL: [Self; 4] = [
        Self { transport: Transport::Plain, site: Site::Embedded },
        Self { transport: Transport::Plain, site: Site::Apache },
        Self { transport: Transport::Tls, site: Site::Embedded },
        Self { transport: Transport::Tls, site: Site::Apache },
    ];

    /// A server for this place, of which clients need not show who they are.
    fn model(self) -> Model {
        let door = match self.transport {
            Transport::Plain => None,
            Transport::Tls => Some(Door::Open),
        };
        Model { site: self.site, door }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transport = match self.transport {
            Transport::Plain => "plain",
            Transport::Tls => "tls",
        };
        let site = match self.site {
            Site::Embedded => "embedded",
            Site::Apache => "apache",
        };
        write!(f, "{transport}/{site}")
    }
}

/// What a story is told with: a server, and a node of its own there.
#[derive(Clone, Debug)]
pub struct World {
    place: Place,
    server: Arc<Server>,
    root: String,
}

impl World {
    /// At the server that all stories share.
    pub(crate) fn new(place: Place, story: &str) -> Self {
        let root = format!("/{}", format!("{place}-{story}").replace(['/', ':'], "-"));
        Self { place, server: Server::shared(place.model()), root }
    }

    /// The same story at a server that deals with clients in another way.
    fn behind(self, door: Door) -> Self {
        let model = Model { site: self.place.site, door: Some(door) };
        Self { server: Server::shared(model), ..self }
    }

    /// How bytes get to the server.
    #[must_use]
    pub fn transport(&self) -> Transport {
        self.place.transport
    }

    /// The server's address, for this transport.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        match self.place.transport {
            Transport::Plain => self.server.address(),
            Transport::Tls => self.server.secure_address().unwrap(),
        }
    }

    /// The server's other address, where it does not speak TLS.
    #[must_use]
    pub fn plain_address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The server, as a client takes it, with all its nodes.
    #[must_use]
    pub fn connect_string(&self) -> String {
        self.address().to_string()
    }

    /// The path of the story's own node, which the story has to make.
    #[must_use]
    pub fn root(&self) -> &str {
        &self.root
    }

    /// A proxy to the server, which can cut connections.
    #[must_use]
    pub fn proxy(&self) -> Proxy {
        Proxy::start(self.address()).unwrap()
    }

    /// Whether the server is of the line 3.9, which tells more than 3.8: the stats of nodes that a
    /// transaction created, and by which transaction a watch saw a change.
    #[must_use]
    pub fn is_recent(&self) -> bool {
        self.server.is_recent()
    }

    /// Whether any session watches the story's node or one below, if the server tells.
    #[must_use]
    pub fn is_watched(&self) -> Option<bool> {
        match &*self.server {
            Server::Embedded(_) => None,
            Server::Apache(server, _) => {
                let paths = server.four_letter_word("wchp").unwrap();
                Some(paths.lines().any(|line| line.starts_with(&self.root)))
            }
        }
    }
}

/// Stories about how many sessions come and go.
impl World {
    /// How many sessions it can open in a while.
    #[must_use]
    pub fn patience(&self) -> usize {
        match (self.place.site, self.place.transport) {
            (Site::Embedded, Transport::Plain) => 10_000,
            (Site::Embedded, Transport::Tls) => 1_000,
            (Site::Apache, Transport::Plain | Transport::Tls) => 400,
        }
    }

    /// The sessions that the server knows, as far as it tells.
    #[must_use]
    pub fn sessions(&self) -> Vec<i64> {
        match &*self.server {
            Server::Embedded(server) => server.inspect(|engine| ids(engine).collect()),
            Server::Apache(..) => Vec::new(),
        }
    }

    /// Waits until it knows none but these, as far as it tells; false if it does not come to be.
    #[must_use]
    pub fn forgets_all_but(&self, known: &[i64]) -> bool {
        let knows_no_other = |engine: &Engine| ids(engine).all(|id| known.contains(&id));
        match &*self.server {
            Server::Embedded(server) => server.wait_until(LIMIT, knows_no_other),
            Server::Apache(..) => true,
        }
    }
}

fn ids(engine: &Engine) -> impl Iterator<Item = i64> {
    engine.sessions().map(|session| session.id)
}

/// What a story takes, which says where it can be told.
pub trait Setting: 'static {
    /// Whether no other story may be told in this process meanwhile.
    const IS_ALONE: bool = false;

    /// Whether it can be told there.
    #[must_use]
    fn is_at(_: Place) -> bool {
        true
    }

    /// What it takes.
    #[must_use]
    fn of(world: World) -> Self;
}

impl Setting for World {
    fn of(world: World) -> Self {
        world
    }
}

/// For stories that cannot be told over TLS.
#[derive(Clone, Debug)]
pub struct Plain(pub World);

impl Setting for Plain {
    fn is_at(place: Place) -> bool {
        place.transport == Transport::Plain
    }

    fn of(world: World) -> Self {
        Self(world)
    }
}

/// For stories about TLS.
#[derive(Clone, Debug)]
pub struct Secure(pub World);

impl Setting for Secure {
    fn is_at(place: Place) -> bool {
        place.transport == Transport::Tls
    }

    fn of(world: World) -> Self {
        Self(world)
    }
}

/// For stories about a server that lets nobody in who shows no certificate.
#[derive(Clone, Debug)]
pub struct Guarded(pub World);

impl Setting for Guarded {
    fn is_at(place: Place) -> bool {
        place.transport == Transport::Tls
    }

    fn of(world: World) -> Self {
        Self(world.behind(Door::Guarded))
    }
}

/// For stories about a server whose certificate has expired.
#[derive(Clone, Debug)]
pub struct Expired(pub World);

impl Setting for Expired {
    fn is_at(place: Place) -> bool {
        place.transport == Transport::Tls
    }

    fn of(world: World) -> Self {
        Self(world.behind(Door::Expired))
    }
}

/// For stories of which no other may be told meanwhile.
#[derive(Clone, Debug)]
pub struct Alone(pub World);

impl Setting for Alone {
    const IS_ALONE: bool = true;

    fn of(world: World) -> Self {
        Self(world)
    }
}

/// For stories that need a server for themselves. A real one takes its time to start: plain only.
#[derive(Clone, Debug)]
pub struct Own(World);

impl Own {
    /// With that server.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.0
    }

    /// That server.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.0.server
    }
}

impl Setting for Own {
    fn is_at(place: Place) -> bool {
        place.site == Site::Embedded || place.transport == Transport::Plain
    }

    fn of(world: World) -> Self {
        let server = Server::own(world.place.model());
        Self(World { server, ..world })
    }
}

/// For stories that tell the server in this process what to do. They share it with others.
#[derive(Clone, Debug)]
pub struct Embedded(World);

impl Embedded {
    /// With that server.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.0
    }

    /// That server.
    ///
    /// # Panics
    ///
    /// If it is no such server.
    #[must_use]
    pub fn server(&self) -> &zk_server::Server {
        match &*self.0.server {
            Server::Embedded(server) => server,
            Server::Apache(..) => panic!("a real server"),
        }
    }
}

impl Setting for Embedded {
    fn is_at(place: Place) -> bool {
        place.site == Site::Embedded
    }

    fn of(world: World) -> Self {
        Self(world)
    }
}

/// For stories about several servers in this process, which they have for themselves.
#[derive(Debug)]
pub struct Members {
    world: World,
    ensemble: zk_server::Ensemble,
}

impl Members {
    /// How they are spoken to.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// All of them. The first one leads.
    #[must_use]
    pub fn ensemble(&self) -> &zk_server::Ensemble {
        &self.ensemble
    }

    /// All of them, as a client takes them.
    #[must_use]
    pub fn connect_string(&self) -> String {
        let addresses = (0..self.ensemble.size()).map(|member| self.address(member).to_string());
        addresses.collect::<Vec<_>>().join(",")
    }

    /// The address of one of them, for this transport.
    #[must_use]
    pub fn address(&self, member: usize) -> SocketAddr {
        let member = self.ensemble.member(member);
        match self.world.transport() {
            Transport::Plain => member.address(),
            Transport::Tls => member.secure_address().unwrap(),
        }
    }
}

impl Setting for Members {
    fn is_at(place: Place) -> bool {
        place.site == Site::Embedded
    }

    fn of(world: World) -> Self {
        let ensemble = servers::ensemble(world.place.model().door);
        Self { world, ensemble }
    }
}
