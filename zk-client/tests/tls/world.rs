//! A client, its driver, and a clock; the test plays the adapter and the server.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use zk_client::tls::Tls;
use zk_client::wire::{Inbox, Outbox, Reader, put_frame};
use zk_client::{
    Action, Builder, Client, Clock, Driver, Error, Exchange, Instant, Mode, OpCode, Reply, Runtime,
};
use zk_proto::{ConnectResponse, Record, ReplyHeader, RequestHeader};

use crate::servers::{House, NAME, Server};

/// A mode whose driver the test moves.
pub(crate) enum ByHand {}

impl Mode for ByHand {
    type Output<T> = Reply<T>;
    const DRIVES: bool = false;

    fn finish<T>(reply: Reply<T>) -> Reply<T> {
        reply
    }
}

impl Runtime for ByHand {
    type Connector = Desk;

    fn clock() -> Clock {
        TIME.with(|time| {
            let time = time.clone();
            Box::new(move || {
                Instant::since_origin(Duration::from_millis(time.load(Ordering::Relaxed)))
            })
        })
    }

    fn spawn(driver: Driver, desk: Desk) -> io::Result<()> {
        *desk.0.lock().unwrap() = Some(Task::Session(driver));
        Ok(())
    }

    fn ask(exchange: Exchange, desk: Desk) -> io::Result<()> {
        *desk.0.lock().unwrap() = Some(Task::Exchange(exchange.into()));
        Ok(())
    }
}

thread_local! {
    static TIME: Arc<AtomicU64> = Arc::default();
}

/// Where a runtime leaves what there is to do.
#[derive(Clone, Default)]
pub(crate) struct Desk(Arc<Mutex<Option<Task>>>);

pub(crate) enum Task {
    Session(Driver),
    Exchange(Box<Exchange>),
}

/// Counts how often the driver was woken.
#[derive(Default)]
pub(crate) struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A session by hand.
pub(crate) struct World {
    /// The answer to `connect`.
    pub(crate) connecting: Reply<Client<ByHand>>,
    pub(crate) driver: Arc<Driver>,
    wakes: Arc<Counter>,
    pub(crate) inbox: Inbox,
    pub(crate) outbox: Outbox,
    /// How many bytes come at a time, at most.
    pub(crate) piece: usize,
    /// What the server heard and the test has not looked at.
    heard: Inbox,
}

pub(crate) fn builder(tls: Tls) -> (Builder<ByHand>, Desk) {
    let desk = Desk::default();
    (Client::<ByHand>::builder().tls(tls).connector(desk.clone()), desk)
}

/// A word by hand.
pub(crate) fn ask(tls: Tls) -> (Reply<String>, Box<Exchange>) {
    let (builder, desk) = builder(tls);
    let reply = builder.ask(NAME, "mntr");
    let Some(Task::Exchange(exchange)) = desk.0.lock().unwrap().take() else { panic!() };
    (reply, exchange)
}

impl World {
    pub(crate) fn new(tls: Tls) -> Self {
        Self::to(NAME, tls)
    }

    pub(crate) fn to(server: &str, tls: Tls) -> Self {
        let (builder, desk) = builder(tls);
        let connecting = builder.connect(server);
        let Some(Task::Session(driver)) = desk.0.lock().unwrap().take() else { panic!() };
        Self {
            connecting,
            driver: driver.into(),
            wakes: Arc::default(),
            inbox: Inbox::default(),
            outbox: Outbox::default(),
            piece: usize::MAX,
            heard: Inbox::default(),
        }
    }

    /// A session that is served, and its server.
    pub(crate) fn connected(house: &House) -> (Self, Client<ByHand>, Server) {
        let mut world = Self::new(house.trusting().build().unwrap());
        let mut server = world.meets(house);
        let zk = world.is_granted_a_session(&mut server);
        (world, zk, server)
    }

    // The adapter.

    /// Until there is nothing to do: the action that the connection waits for, if there is one.
    pub(crate) fn next_action(&mut self) -> Option<Action> {
        let waker = Waker::from(self.wakes.clone());
        loop {
            match self.driver.poll_action(&waker) {
                Poll::Ready(Action::Resolve(lookup)) => {
                    let address = SocketAddr::from(([10, 0, 0, 1], lookup.host.port));
                    self.driver.handle_resolved(lookup.id, Ok(vec![address]));
                }
                Poll::Ready(action) => return Some(action),
                Poll::Pending => {
                    let _ = self.driver.poll_timeout();
                    return None;
                }
            }
        }
    }

    /// The session wants a connection, and gets it.
    pub(crate) fn socket_comes_up(&mut self) {
        loop {
            match self.next_action() {
                Some(Action::Connect(_)) => break,
                Some(_) => {}
                None => self.passes(Duration::from_millis(100)),
            }
        }
        (self.inbox, self.outbox, self.heard) = <_>::default();
        self.driver.handle_connected();
    }

    /// What the client puts on the line.
    pub(crate) fn bytes(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        while self.driver.take_transmit(&mut self.outbox) {
            bytes.extend_from_slice(self.outbox.pending());
            self.outbox.clear();
        }
        assert!(!self.driver.wants_transmit());
        bytes
    }

    /// Bytes come off the line.
    pub(crate) fn hears(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(self.piece) {
            self.inbox.extend(piece.iter().copied());
            self.driver.handle_input(&mut self.inbox);
            assert!(self.inbox.pending().is_empty());
        }
    }

    pub(crate) fn is_woken(&self) -> bool {
        self.wakes.0.swap(0, Ordering::Relaxed) > 0
    }

    pub(crate) fn registers(&mut self) {
        let waker = Waker::from(self.wakes.clone());
        assert!(self.driver.poll_transmit(&waker, &mut self.outbox).is_pending());
        self.is_woken();
    }

    pub(crate) fn passes(&self, time: Duration) {
        let millis = u64::try_from(time.as_millis()).unwrap();
        TIME.with(|now| now.fetch_add(millis, Ordering::Relaxed));
        self.driver.handle_timeout();
    }

    // Both sides.

    /// Moves bytes until neither has any; fails when the server does.
    pub(crate) fn talks(&mut self, server: &mut Server) -> Result<(), rustls::Error> {
        loop {
            let (up, down) = (self.bytes(), server.bytes());
            if up.is_empty() && down.is_empty() {
                return Ok(());
            }
            self.heard.extend(server.hears(&up)?);
            self.hears(&down);
        }
    }

    /// Connects as far as to the handshake of the session.
    pub(crate) fn meets(&mut self, house: &House) -> Server {
        self.socket_comes_up();
        let mut server = house.server();
        self.talks(&mut server).unwrap();
        server
    }

    pub(crate) fn is_granted_a_session(&mut self, server: &mut Server) -> Client<ByHand> {
        assert_eq!(self.next_frame().len(), 45, "the handshake");
        self.is_granted(server);
        now(&mut self.connecting).expect("it is connected").unwrap()
    }

    pub(crate) fn is_granted(&mut self, server: &mut Server) {
        let granted = ConnectResponse {
            protocol_version: 0,
            timeout: 10_000,
            session_id: 7,
            password: vec![1; 16],
            read_only: Some(false),
        };
        let mut frame = Vec::new();
        put_frame(&mut frame, |out| granted.encode(out));
        server.says(&frame);
        self.talks(server).unwrap();
    }

    /// The server answers a request.
    pub(crate) fn is_answered(
        &mut self,
        server: &mut Server,
        xid: i32,
        body: impl FnOnce(&mut Vec<u8>),
    ) {
        server.says(&answer(xid, body));
        self.talks(server).unwrap();
    }

    /// The next request that the server heard, and its xid.
    pub(crate) fn next_request(&mut self) -> (OpCode, i32) {
        let frame = self.next_frame();
        let header = RequestHeader::decode(&mut Reader::new(&frame)).unwrap();
        (header.op, header.xid)
    }

    pub(crate) fn next_frame(&mut self) -> Vec<u8> {
        self.heard.take_frame(1 << 21).unwrap().expect("a whole frame").to_vec()
    }

    pub(crate) fn has_heard_all(&self) -> bool {
        self.heard.pending().is_empty()
    }

    /// What `connect` reports when its time is up.
    pub(crate) fn report(mut self) -> String {
        while self.next_action().is_some() {}
        self.passes(Duration::from_secs(60));
        now(&mut self.connecting).expect("it is given up").unwrap_err().to_string()
    }
}

pub(crate) fn answer(xid: i32, body: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut frame = Vec::new();
    put_frame(&mut frame, |out| {
        ReplyHeader { xid, zxid: 100, err: 0 }.encode(out);
        body(out);
    });
    frame
}

/// What a future is ready with, if it is.
pub(crate) fn now<T>(reply: &mut Reply<T>) -> Option<Result<T, Error>> {
    match std::pin::Pin::new(reply).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
