//! A thousand sessions in one thread, without a runtime: `mio` tells which socket can be used.
//!
//!     cargo run -p zk-proto --example thousand_sessions                     # on a server inside of it
//!     cargo run -p zk-proto --example thousand_sessions -- 127.0.0.1:2181   # on yours
//!
//! Yours has to take so many from one address: Apache's default `maxClientCnxns` is 60.
//!
//! Each creates an ephemeral node and reads it; then all are idle for a while, and close. `by_hand`
//! says what the loop of one session does. Here, `Fleet::turn` finds out whose turn it is, and
//! `Client::drive` is that loop without the waiting.
#![expect(clippy::print_stdout, reason = "an example talks")]
#![expect(clippy::disallowed_methods, reason = "who hosts a session has a clock")]

use std::collections::BTreeSet;
use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::net::ToSocketAddrs;
use std::time::{Duration, Instant as Moment};

use allocation_counter::measure;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Registry, Token};
use zk_proto::wire::{Inbox, Outbox};
use zk_proto::{
    Action, Chroot, Config, ConnectString, Create, Event, GetData, Host, Instant, Request, Scope,
};
use zk_server::Server;

const SESSIONS: usize = 1000;

fn main() -> Result<(), Box<dyn Error>> {
    allow_descriptors();
    // Until the end of this function; in a thread of its own.
    let server = Server::builder().config(quick()).start()?;
    let servers = std::env::args().nth(1).unwrap_or_else(|| server.connect_string());
    let servers: ConnectString = servers.parse()?;

    let start = Moment::now();
    let mut fleet = Fleet::new()?;
    // What this thread allocates, and has not given back at the end.
    let mut result = Ok(());
    let memory = measure(|| result = fleet.go_to_work(&servers));
    result?;
    println!("{SESSIONS} sessions, each with a node: {:?}", start.elapsed());
    println!("{} bytes for each", memory.bytes_current / i64::try_from(SESSIONS)?);

    let (turns, sent) = (fleet.turns, fleet.bytes_sent());
    let idle = Duration::from_millis(1500); // after a third of its timeout, a session pings
    fleet.run_until(Some(fleet.now() + idle), |_| false)?;
    let pings = (fleet.bytes_sent() - sent) / 12;
    println!("idle for {idle:?}: {pings} pings in {} turns", fleet.turns - turns);

    let start = Moment::now();
    fleet.close()?;
    println!("closed: {:?}", start.elapsed());
    Ok(())
}

/// Session timeouts from 0.4 s to 4 s, to see pings soon.
fn quick() -> zk_server::Config {
    zk_server::Config { tick: Duration::from_millis(200), ..Default::default() }
}

/// Two for each session, with the server's.
fn allow_descriptors() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum;
        let _ = setrlimit(Resource::Nofile, limit); // if it is too few, connecting will say so
    }
}

/// All sessions, and what they wait for.
struct Fleet {
    poll: Poll,
    start: Moment,
    clients: Vec<Client>,
    /// Who wants to be woken when: each at its next deadline.
    timers: BTreeSet<(Instant, usize)>,
    /// How often something had to be done.
    turns: usize,
}

impl Fleet {
    fn new() -> io::Result<Self> {
        let (poll, start) = (Poll::new()?, Moment::now());
        Ok(Self { poll, start, clients: Vec::new(), timers: BTreeSet::new(), turns: 0 })
    }

    fn now(&self) -> Instant {
        Instant::since_origin(self.start.elapsed())
    }

    /// Opens all sessions, and waits until they have what they asked for.
    fn go_to_work(&mut self, servers: &ConnectString) -> Result<(), Box<dyn Error>> {
        for number in 0..SESSIONS {
            self.clients.push(Client::new(servers, number)?);
            self.attend(number)?;
        }
        self.run_until(None, |client| client.answers == 2)
    }

    fn close(&mut self) -> Result<(), Box<dyn Error>> {
        for number in 0..SESSIONS {
            let now = self.now();
            self.clients[number].session.close(now);
            self.attend(number)?;
        }
        self.run_until(None, |client| client.session.is_over())
    }

    /// Runs until all clients are where they should be, or until that moment.
    fn run_until(
        &mut self,
        limit: Option<Instant>,
        is_done: impl Fn(&Client) -> bool,
    ) -> Result<(), Box<dyn Error>> {
        let mut events = Events::with_capacity(1024);
        while limit.is_none_or(|limit| self.now() < limit) && !self.clients.iter().all(&is_done) {
            self.turn(&mut events, limit)?;
        }
        Ok(())
    }

    /// Waits for the first socket or deadline, and attends to those who wanted it.
    fn turn(&mut self, events: &mut Events, limit: Option<Instant>) -> Result<(), Box<dyn Error>> {
        let first = self.timers.first().map(|(at, _)| *at).into_iter().chain(limit).min();
        let timeout = first.map(|at| at.saturating_since(self.now()));
        if let Err(error) = self.poll.poll(events, timeout) {
            events.clear();
            if error.kind() != ErrorKind::Interrupted {
                return Err(error.into());
            }
        }
        self.turns += 1;
        for event in &*events {
            let (Token(number), now) = (event.token(), self.now());
            self.clients[number].use_socket(now);
            self.attend(number)?;
        }
        let now = self.now();
        while let Some(&(at, number)) = self.timers.first().filter(|(at, _)| *at <= now) {
            self.clients[number].session.handle_timeout(now);
            self.attend(number)?;
            // If that did not move it, it would be its turn for ever.
            debug_assert!(!self.timers.contains(&(at, number)));
        }
        Ok(())
    }

    /// After each input and each command: carries out what follows, and sets the timer.
    fn attend(&mut self, number: usize) -> Result<(), Box<dyn Error>> {
        let now = self.now();
        let client = &mut self.clients[number];
        client.drive(now, self.poll.registry(), Token(number))?;
        let timer = client.session.poll_timeout().map(|(at, _reason)| at);
        if client.timer != timer {
            client.timer.map(|at| self.timers.remove(&(at, number)));
            timer.map(|at| self.timers.insert((at, number)));
            client.timer = timer;
        }
        Ok(())
    }

    fn bytes_sent(&self) -> u64 {
        self.clients.iter().map(|client| client.session.stats().bytes_sent).sum()
    }
}

/// What comes back with an answer.
enum Asked {
    Create,
    Read,
}

/// A session, and its connection.
struct Client {
    session: zk_proto::Session<Asked, ()>,
    link: Link,
    inbox: Inbox,
    outbox: Outbox,
    /// The deadline that is among those of the fleet.
    timer: Option<Instant>,
    answers: usize,
}

enum Link {
    Down,
    Opening(TcpStream),
    Up(TcpStream),
}

impl Client {
    fn new(servers: &ConnectString, number: usize) -> Result<Self, Box<dyn Error>> {
        let config = Config {
            session_timeout: Duration::from_secs(4),
            seed: u64::try_from(number)?,
            ..Config::new(servers.hosts.clone())
        };
        let mut session = zk_proto::Session::new(config);
        // The session keeps them until it is connected.
        let path = format!("/session-{number:04}");
        let (scope, create) = (Scope::default(), Create::new(&path, "here").ephemeral());
        session.submit(&create, scope, Asked::Create).map_err(|(_, error)| error)?;
        session.submit(&GetData::new(&path), scope, Asked::Read).map_err(|(_, error)| error)?;
        Ok(Self {
            session,
            link: Link::Down,
            inbox: Inbox::default(),
            outbox: Outbox::default(),
            timer: None,
            answers: 0,
        })
    }

    /// Takes everything out of the session, until there is nothing left but its deadline.
    fn drive(&mut self, now: Instant, registry: &Registry, token: Token) -> io::Result<()> {
        loop {
            while let Some(action) = self.session.poll_action() {
                self.carry_out(action, now, registry, token);
            }
            while let Some(event) = self.session.poll_event() {
                self.hear(event).map_err(io::Error::other)?;
            }
            self.write(now);
            if !self.session.has_action() && !self.session.has_event() {
                return Ok(());
            }
        }
    }

    /// What the session is for.
    fn hear(&mut self, event: Event<Asked, ()>) -> Result<(), zk_proto::Error> {
        match event {
            Event::Reply(Asked::Create, answer) => drop(Create::decode(answer, &Chroot::ALL)?),
            Event::Reply(Asked::Read, answer) => {
                assert_eq!(GetData::decode(answer, &Chroot::ALL)?.data, "here");
            }
            Event::State(_) | Event::Watch((), _) => return Ok(()),
        }
        self.answers += 1;
        Ok(())
    }

    fn carry_out(&mut self, action: Action, now: Instant, registry: &Registry, token: Token) {
        match action {
            Action::Resolve(lookup) => match resolve(&lookup.host) {
                Ok(addresses) => self.session.handle_resolved(now, lookup.id, Ok(addresses)),
                Err(error) => {
                    self.session.handle_resolved(now, lookup.id, Err(&error.to_string()));
                }
            },
            Action::Connect(target) => {
                self.hang_up();
                let socket = TcpStream::connect(target.address).and_then(|mut socket| {
                    socket.set_nodelay(true)?;
                    registry.register(
                        &mut socket,
                        token,
                        Interest::READABLE | Interest::WRITABLE,
                    )?;
                    Ok(socket)
                });
                match socket {
                    Ok(socket) => self.link = Link::Opening(socket),
                    Err(error) => self.session.handle_connect_failed(now, &error.to_string()),
                }
            }
            Action::Disconnect(_) => self.hang_up(),
            Action::Probe(probe) => self.session.handle_probed(now, probe.id, &[]),
            Action::Finish => {}
        }
    }

    /// Something has happened to the socket. It is told once, so all of it has to be seen to.
    fn use_socket(&mut self, now: Instant) {
        self.link = match std::mem::replace(&mut self.link, Link::Down) {
            Link::Opening(socket) => match is_open(&socket) {
                Ok(true) => {
                    self.session.handle_connected(now);
                    Link::Up(socket)
                }
                Ok(false) => Link::Opening(socket),
                Err(error) => {
                    self.session.handle_connect_failed(now, &error.to_string());
                    Link::Down
                }
            },
            link @ (Link::Up(_) | Link::Down) => link,
        };
        self.read(now);
    }

    fn read(&mut self, now: Instant) {
        while let Link::Up(socket) = &mut self.link {
            match socket.read(self.inbox.space()) {
                Ok(0) => self.lose_connection(now, &ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    self.inbox.commit(count);
                    self.session.handle_input(now, &mut self.inbox);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => self.lose_connection(now, &error),
            }
        }
        if !self.inbox.has_begun_frame() {
            self.inbox.clear(); // an idle session needs no buffer
        }
    }

    fn write(&mut self, now: Instant) {
        while let Link::Up(socket) = &mut self.link {
            if self.outbox.is_empty() && !self.session.poll_transmit(now, &mut self.outbox) {
                return self.outbox.release();
            }
            match socket.write(self.outbox.pending()) {
                Ok(count) => self.outbox.consume(count),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) => self.lose_connection(now, &error),
            }
        }
    }

    fn lose_connection(&mut self, now: Instant, why: &io::Error) {
        self.hang_up();
        self.session.handle_disconnected(now, &why.to_string());
    }

    fn hang_up(&mut self) {
        self.link = Link::Down; // which takes the socket out of the poll too
        self.inbox.clear();
        self.outbox.clear();
    }
}

/// Whether a connection that is being made is there.
fn is_open(socket: &TcpStream) -> io::Result<bool> {
    if let Some(error) = socket.take_error()? {
        return Err(error);
    }
    match socket.peer_addr() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotConnected => Ok(false),
        Err(error) => Err(error),
    }
}

fn resolve(host: &Host) -> io::Result<Vec<std::net::SocketAddr>> {
    Ok((&*host.name, host.port).to_socket_addrs()?.collect())
}
