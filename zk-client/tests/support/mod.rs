//! A client and its driver on a virtual clock, and a server whose answers the test writes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(dead_code, unreachable_pub, reason = "for several binaries, each of which uses some")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use zk_client::wire::{Inbox, Outbox, put_frame};
use zk_client::{Action, Async, Client, Config, Driver, Host, Instant, Limits};
use zk_proto::{ConnectResponse, OpCode, Record, ReplyHeader, RequestHeader};

pub struct World {
    pub zk: Client<Async>,
    pub driver: Driver,
    pub waker: Arc<Counter>,
    clock: Arc<AtomicU64>,
    inbox: Inbox,
    /// What the client sent and the test has not looked at: whole requests, without their length.
    sent: Vec<Vec<u8>>,
}

/// Counts how often the driver was woken.
#[derive(Default)]
pub struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Counter {
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl World {
    pub fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    pub fn with_limits(limits: Limits) -> Self {
        Self::with(Config { limits, ..Config::new(vec![Host::new("127.0.0.1", 2181)]) })
    }

    pub fn with(config: Config) -> Self {
        let clock = Arc::new(AtomicU64::new(0));
        let time = clock.clone();
        let now =
            move || Instant::since_origin(Duration::from_millis(time.load(Ordering::Relaxed)));
        let (zk, driver) = zk_client::new(config, 4, Box::new(now));
        let (waker, inbox, sent) = (Arc::default(), Inbox::default(), Vec::new());
        Self { zk, driver, waker, clock, inbox, sent }
    }

    pub fn connected() -> Self {
        let mut world = Self::new();
        world.connect();
        world
    }

    pub fn connect(&mut self) {
        self.reconnect();
    }

    /// Connects, perhaps after a pause; returns what the client sends at once.
    pub fn reconnect(&mut self) -> Vec<(OpCode, i32, String)> {
        self.driver.handle_timeout();
        while !matches!(self.poll_action(), Some(Action::Connect(_))) {
            self.wait(Duration::from_millis(100));
        }
        self.driver.handle_connected();
        self.sent();
        self.receive(|out| {
            ConnectResponse {
                protocol_version: 0,
                timeout: 10_000,
                session_id: 7,
                password: vec![1; 16],
                read_only: Some(false),
            }
            .encode(out);
        });
        self.requests()
    }

    pub fn poll_action(&self) -> Option<Action> {
        match self.driver.poll_action(&Waker::from(self.waker.clone())) {
            Poll::Ready(action) => Some(action),
            Poll::Pending => {
                let _ = self.driver.poll_timeout(); // as an adapter does, to set its timer
                None
            }
        }
    }

    pub fn wait(&self, time: Duration) {
        let millis = u64::try_from(time.as_millis()).unwrap();
        self.clock.fetch_add(millis, Ordering::Relaxed);
        self.driver.handle_timeout();
    }

    /// The operations that the client sent since the last time, with their xids.
    pub fn sent(&mut self) -> Vec<(OpCode, i32)> {
        self.requests().into_iter().map(|(op, xid, _)| (op, xid)).collect()
    }

    /// The same, and what comes first in their bodies, if that is a text: a path.
    pub fn requests(&mut self) -> Vec<(OpCode, i32, String)> {
        let waker = Waker::from(self.waker.clone());
        while self.poll_action().is_some() {}
        let mut outbox = Outbox::default();
        while self.driver.poll_transmit(&waker, &mut outbox).is_ready() {
            let mut bytes = Inbox::from(outbox.pending());
            outbox.clear();
            while let Some(frame) = bytes.take_frame(1 << 20).unwrap() {
                self.sent.push(frame.to_vec());
            }
        }
        let headers = self.sent.drain(..).map(|request| {
            let mut reader = zk_client::wire::Reader::new(&request);
            let header = RequestHeader::decode(&mut reader).unwrap();
            (header.op, header.xid, reader.string("path").unwrap_or_default().into())
        });
        headers.collect()
    }

    /// The server answers a request.
    pub fn answer(&mut self, xid: i32, err: i32, body: impl FnOnce(&mut Vec<u8>)) {
        self.receive(|out| {
            ReplyHeader { xid, zxid: 100, err }.encode(out);
            body(out);
        });
    }

    pub fn lose_connection(&self) {
        self.driver.handle_disconnected(&"gone");
    }

    pub fn receive(&mut self, message: impl FnOnce(&mut Vec<u8>)) {
        let mut frame = Vec::new();
        put_frame(&mut frame, message);
        self.inbox.extend(frame);
        self.driver.handle_input(&mut self.inbox);
    }
}

/// What a future is ready with, if it is.
pub fn now<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    match std::pin::Pin::new(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
