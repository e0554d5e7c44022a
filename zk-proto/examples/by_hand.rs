//! A session in a loop of your own: a socket of the standard library, `poll`, and one thread.
//!
//!     cargo run -p zk-proto --example by_hand                       # on a server inside of it
//!     cargo run -p zk-proto --example by_hand -- 127.0.0.1:2181     # on yours
//!
//! `Loop` is all that a `Session` needs around it, and `Loop::next_event` is where to begin. It does
//! not know what the session is used for; `main` does, and knows nothing of sockets.
#![expect(clippy::print_stdout, reason = "an example talks")]
#![expect(clippy::disallowed_methods, reason = "who hosts a session has a clock")]

use std::error::Error;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant as Moment};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use zk_proto::wire::{Inbox, Outbox};
use zk_proto::{
    Action, Chroot, Config, ConnectString, Create, Event, GetData, Instant, Lookup, Request, Scope,
    SetData, Target,
};
use zk_server::Server;

/// What the session hands back with an answer, and with an event of a watch. Here that is what was
/// asked for; in a client, it is who waits.
type Session = zk_proto::Session<Asked, &'static str>;

#[derive(Clone, Copy, Debug)]
enum Asked {
    Create,
    Read,
    Write,
}

fn main() -> Result<(), Box<dyn Error>> {
    let server = Server::builder().config(quick()).start()?; // until the end of this function
    let servers = std::env::args().nth(1).unwrap_or_else(|| server.connect_string());
    let mut zk = Loop::new(servers.parse()?);
    zk.run_until(|session| session.state().is_connected())?;

    // What is submitted waits in the session until the loop writes it. Answers come in the order
    // of the requests, and a change before the answer to the write that made it.
    let scope = Scope::default();
    let create = Create::new("/by-hand", "v1").ephemeral();
    let (read, write) = (GetData::new("/by-hand"), SetData::new("/by-hand", "v2"));
    zk.session.submit(&create, scope, Asked::Create).map_err(|(_, error)| error)?;
    zk.session.submit_watch(&read, scope, Asked::Read, "a watch").map_err(|(.., error)| error)?;
    zk.session.submit(&write, scope, Asked::Write).map_err(|(_, error)| error)?;
    zk.session.submit_watch(&read, scope, Asked::Read, "another").map_err(|(.., error)| error)?;
    zk.run_until(is_answered)?;

    println!("-- nothing to do: the session keeps itself alive");
    let sent = zk.session.stats().bytes_sent;
    zk.run_for(zk.session.timeout() / 2)?;
    println!("{} bytes of pings", zk.session.stats().bytes_sent - sent);

    println!("-- the connection breaks: the session goes on, and so do its nodes and watches");
    zk.break_connection()?;
    zk.run_until(|session| !session.state().is_connected())?;
    zk.run_until(|session| session.state().is_connected())?;
    zk.session.submit(&write, scope, Asked::Write).map_err(|(_, error)| error)?;
    zk.run_until(is_answered)?;

    println!("-- the end: the server is told, and the ephemeral node is gone");
    zk.session.close(zk.now());
    zk.run_until(Session::is_over)?;
    Ok(())
}

/// Session timeouts from 0.4 s to 4 s, so that not much patience is needed.
fn quick() -> zk_server::Config {
    zk_server::Config { tick: Duration::from_millis(200), ..Default::default() }
}

fn is_answered(session: &Session) -> bool {
    let stats = session.stats();
    stats.queued + stats.in_flight == 0
}

fn tell(event: Event<Asked, &'static str>) -> Result<(), zk_proto::Error> {
    match event {
        Event::State(state) => println!("{state}"),
        Event::Reply(Asked::Create, answer) => {
            println!("created {}", Create::decode(answer, &Chroot::ALL)?);
        }
        Event::Reply(Asked::Read, answer) => {
            println!("read {:?}", GetData::decode(answer, &Chroot::ALL)?.data);
        }
        Event::Reply(Asked::Write, answer) => {
            println!("wrote version {}", SetData::decode(answer, &Chroot::ALL)?.version);
        }
        Event::Watch(name, news) => println!("{name}: {news:?}"),
    }
    Ok(())
}

/// A session, and the world around it.
struct Loop {
    session: Session,
    start: Moment,
    socket: Option<TcpStream>,
    /// What was read and is not understood yet.
    inbox: Inbox,
    /// What is to be written.
    outbox: Outbox,
}

impl Loop {
    fn new(servers: ConnectString) -> Self {
        let config = Config {
            session_timeout: Duration::from_secs(3),
            seed: RandomState::new().hash_one("a seed"), // so that clients do not do all the same
            ..Config::new(servers.hosts)
        };
        let (inbox, outbox) = (Inbox::default(), Outbox::default());
        Self { session: Session::new(config), start: Moment::now(), socket: None, inbox, outbox }
    }

    /// The present moment. Any origin will do.
    fn now(&self) -> Instant {
        Instant::since_origin(self.start.elapsed())
    }

    /// The loop. Returns what happens next; nothing once the session is over, or at `limit`.
    fn next_event(
        &mut self,
        limit: Option<Instant>,
    ) -> io::Result<Option<Event<Asked, &'static str>>> {
        loop {
            // Whatever was put into the session may have made it want any of these.
            while let Some(action) = self.session.poll_action() {
                self.carry_out(action);
            }
            self.write();
            if let Some(event) = self.session.poll_event() {
                return Ok(Some(event));
            }
            if self.session.has_action() {
                continue; // the connection was lost while writing
            }
            if self.session.is_over() || limit.is_some_and(|limit| limit <= self.now()) {
                return Ok(None);
            }
            // There is nothing left but to wait: for the server, or for the time to come.
            self.wait(limit)?;
            self.read();
            self.session.handle_timeout(self.now());
        }
    }

    fn carry_out(&mut self, action: Action) {
        match action {
            // This program has nothing else to do while it looks up and connects. One that has
            // goes on meanwhile, and tells the result when it is there.
            Action::Resolve(lookup) => match resolve(&lookup) {
                Ok(addresses) => {
                    self.session.handle_resolved(self.now(), lookup.id, Ok(addresses));
                }
                Err(error) => {
                    let why = error.to_string();
                    self.session.handle_resolved(self.now(), lookup.id, Err(&why));
                }
            },
            Action::Connect(target) => match self.connect(&target) {
                Ok(socket) => {
                    self.socket = Some(socket);
                    self.session.handle_connected(self.now());
                }
                Err(error) => self.session.handle_connect_failed(self.now(), &error.to_string()),
            },
            Action::Disconnect(_) => self.hang_up(),
            // Comes only where the configuration puts up with servers that cannot write.
            Action::Probe(probe) => self.session.handle_probed(self.now(), probe.id, &[]),
            Action::Finish => {}
        }
    }

    fn connect(&self, target: &Target) -> io::Result<TcpStream> {
        // The session has set itself a deadline for this.
        let deadline = self.session.poll_timeout().map(|(at, _reason)| at);
        let patience = deadline.map(|at| at.saturating_since(self.now())).unwrap_or_default();
        let patience = patience.max(Duration::from_millis(1)); // none at all is refused
        let socket = TcpStream::connect_timeout(&target.address, patience)?;
        socket.set_nodelay(true)?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    }

    /// Writes until there is nothing left, or no room.
    fn write(&mut self) {
        let now = self.now();
        while let Some(socket) = &mut self.socket {
            // Not before all was written: what is still in the session can be cancelled.
            if self.outbox.is_empty() && !self.session.poll_transmit(now, &mut self.outbox) {
                return;
            }
            match socket.write(self.outbox.pending()) {
                Ok(count) => self.outbox.consume(count),
                Err(error) if is_temporary(&error) => return,
                Err(error) => self.lose_connection(&error),
            }
        }
    }

    /// Reads once: if there is more, the next wait will be a short one.
    fn read(&mut self) {
        let now = self.now();
        let Some(socket) = &mut self.socket else { return };
        match socket.read(self.inbox.space()) {
            Ok(0) => self.lose_connection(&ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                self.inbox.commit(count);
                self.session.handle_input(now, &mut self.inbox);
            }
            Err(error) if is_temporary(&error) => {}
            Err(error) => self.lose_connection(&error),
        }
    }

    /// Waits until the socket can be used, or until the time at which the session wants to be told
    /// how late it is.
    fn wait(&self, limit: Option<Instant>) -> io::Result<()> {
        let deadline = self.session.poll_timeout().map(|(at, _reason)| at);
        let first = deadline.into_iter().chain(limit).min();
        let timeout = first.map(|at| Timespec::try_from(at.saturating_since(self.now())));
        let timeout = timeout.transpose().map_err(io::Error::other)?;
        let wanted = match self.outbox.is_empty() {
            true => PollFlags::IN,
            false => PollFlags::IN | PollFlags::OUT,
        };
        let mut sockets: Vec<_> =
            self.socket.iter().map(|socket| PollFd::new(socket, wanted)).collect();
        match poll(&mut sockets, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn lose_connection(&mut self, why: &io::Error) {
        self.hang_up();
        self.session.handle_disconnected(self.now(), &why.to_string());
    }

    /// The connection is no more, and nothing of it may reach the next one.
    fn hang_up(&mut self) {
        self.socket = None;
        self.inbox.clear();
        self.outbox.clear();
    }

    /// As a cable that is pulled.
    fn break_connection(&self) -> io::Result<()> {
        self.socket.as_ref().map_or(Ok(()), |socket| socket.shutdown(Shutdown::Both))
    }

    fn run_until(&mut self, is_done: impl Fn(&Session) -> bool) -> Result<(), Box<dyn Error>> {
        while !is_done(&self.session) || self.session.has_event() {
            let Some(event) = self.next_event(None)? else { break };
            tell(event)?;
        }
        Ok(())
    }

    fn run_for(&mut self, duration: Duration) -> Result<(), Box<dyn Error>> {
        let limit = self.now() + duration;
        while let Some(event) = self.next_event(Some(limit))? {
            tell(event)?;
        }
        Ok(())
    }
}

fn resolve(lookup: &Lookup) -> io::Result<Vec<SocketAddr>> {
    Ok((&*lookup.host.name, lookup.host.port).to_socket_addrs()?.collect())
}

fn is_temporary(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
