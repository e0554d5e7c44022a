//! An engine, a clock, and connections whose bytes the test sees.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use zk_proto::wire::{Inbox, Reader, put_frame};
use zk_proto::{
    Chroot, ConnectRequest, ConnectResponse, Encoder, Error, ErrorCode, EventType, Instant, Record,
    ReplyHeader, Request, RequestHeader, WatchedEvent,
};
use zk_server::tree::Tree;
use zk_server::{Config, ConnectionId, Engine, Interest};

pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) now: Instant,
}

/// One connection, as its client sees it.
pub(crate) struct Line {
    id: ConnectionId,
    inbox: Inbox,
    xid: i32,
    pub(crate) events: VecDeque<(EventType, String)>,
    pub(crate) zxid: i64,
}

/// What a client keeps of its session.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) id: i64,
    pub(crate) password: Vec<u8>,
    pub(crate) timeout: Duration,
    pub(crate) read_only: bool,
}

impl World {
    pub(crate) fn new(config: Config) -> Self {
        let mut seed = 0_u8;
        let entropy = move |bytes: &mut [u8]| {
            bytes.iter_mut().for_each(|byte| {
                seed = seed.wrapping_mul(5).wrapping_add(17);
                *byte = seed;
            });
        };
        let engine = Engine::with_tree(config, Tree::new(), Box::new(entropy));
        Self { engine, now: Instant::ORIGIN }
    }

    pub(crate) fn ensemble(members: usize) -> Self {
        Self::new(Config { members, ..Config::default() })
    }

    /// Time passes, and the engine is called when it asked for.
    pub(crate) fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.engine.poll_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.engine.handle_timeout(self.now);
            let next = self.engine.poll_timeout();
            assert!(next.is_none_or(|next| next > self.now), "a deadline that is over: {next:?}");
        }
        self.now = end;
    }

    /// A connection that has said nothing.
    pub(crate) fn dial(&mut self, member: usize) -> Option<Line> {
        let peer = ([127, 0, 0, 1], 40_000).into();
        let id = self.engine.accept(self.now, member, peer)?;
        let (inbox, events) = (Inbox::default(), VecDeque::new());
        Some(Line { id, inbox, xid: 0, events, zxid: 0 })
    }

    /// A new session.
    pub(crate) fn connect(&mut self, member: usize) -> (Line, Session) {
        let mut line = self.dial(member).unwrap();
        let session = self.shake_hands(&mut line, &hello(None)).expect("a new session");
        (line, session)
    }

    /// A session goes on at this member, if it may.
    pub(crate) fn resume(&mut self, member: usize, session: &Session) -> Option<Line> {
        let mut line = self.dial(member)?;
        self.shake_hands(&mut line, &hello(Some(session)))?;
        Some(line)
    }

    pub(crate) fn shake_hands(
        &mut self,
        line: &mut Line,
        request: &ConnectRequest,
    ) -> Option<Session> {
        self.send(line, |out| request.encode(out));
        let message = self.receive(line)?;
        let response = ConnectResponse::decode(&mut Reader::new(&message)).unwrap();
        (response.timeout > 0).then(|| Session {
            id: response.session_id,
            password: response.password,
            timeout: Duration::from_millis(u64::try_from(response.timeout).unwrap()),
            read_only: response.read_only == Some(true),
        })
    }

    /// Asks and waits for the answer, which must be there.
    pub(crate) fn ask<R: Request>(
        &mut self,
        line: &mut Line,
        request: R,
    ) -> Result<R::Response, Error> {
        self.ask_watching(line, request, false)
    }

    pub(crate) fn watch<R: Request>(
        &mut self,
        line: &mut Line,
        request: R,
    ) -> Result<R::Response, Error> {
        self.ask_watching(line, request, true)
    }

    fn ask_watching<R: Request>(
        &mut self,
        line: &mut Line,
        request: R,
        watch: bool,
    ) -> Result<R::Response, Error> {
        self.post(line, &request, watch);
        self.answer::<R>(line).expect("an answer")
    }

    /// Asks and waits for nothing.
    pub(crate) fn post(&mut self, line: &mut Line, request: &impl Request, watch: bool) {
        line.xid += 1;
        let header = RequestHeader { xid: line.xid, op: request.op() };
        self.send(line, |out| {
            header.encode(out);
            request.encode(&mut Encoder::new(out, &Chroot::ALL, watch)).unwrap();
        });
    }

    /// The next answer, if it has come.
    pub(crate) fn answer<R: Request>(
        &mut self,
        line: &mut Line,
    ) -> Option<Result<R::Response, Error>> {
        let message = self.receive(line)?;
        let header = ReplyHeader::decode(&mut Reader::new(&message)).unwrap();
        line.zxid = header.zxid;
        let answer = match ErrorCode::of_reply(header.err) {
            None => Ok(message.slice(ReplyHeader::LEN..)),
            Some(code) => Err(zk_proto::ErrorKind::Server(code).into()),
        };
        Some(R::decode(answer, &Chroot::ALL))
    }

    pub(crate) fn send(&mut self, line: &Line, message: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = Vec::new();
        put_frame(&mut bytes, message);
        self.send_bytes(line, &bytes);
    }

    pub(crate) fn send_bytes(&mut self, line: &Line, bytes: &[u8]) {
        self.engine.handle_input(self.now, line.id, bytes);
    }

    /// The next message that is no event, if it has come.
    pub(crate) fn receive(&mut self, line: &mut Line) -> Option<Bytes> {
        let bytes = self.take_bytes(line);
        line.inbox.extend(bytes);
        loop {
            let message = line.inbox.take_frame(usize::MAX).unwrap()?;
            let mut reader = Reader::new(&message);
            match ReplyHeader::decode(&mut reader) {
                Ok(header) if header.xid == ReplyHeader::NOTIFICATION => {
                    let event = WatchedEvent::decode(&mut reader).unwrap();
                    line.events.push_back((event.kind, event.path.into()));
                }
                _ => return Some(message),
            }
        }
    }

    /// The events that came and were not looked at.
    pub(crate) fn events(&mut self, line: &mut Line) -> Vec<(EventType, String)> {
        assert_eq!(self.receive(line), None, "an answer that nobody waited for");
        line.events.drain(..).collect()
    }

    /// What the engine wants to write, as bytes.
    pub(crate) fn take_bytes(&mut self, line: &Line) -> Vec<u8> {
        let bytes = self.engine.pending(line.id).to_vec();
        self.engine.consume(self.now, line.id, bytes.len());
        bytes
    }

    pub(crate) fn interest(&self, line: &Line) -> Interest {
        self.engine.interest(line.id)
    }

    pub(crate) fn is_open(&self, line: &Line) -> bool {
        matches!(self.interest(line), Interest::Open { .. })
    }

    /// The client hangs up, or the host after the engine did.
    pub(crate) fn hang_up(&mut self, line: &Line) {
        self.engine.handle_disconnected(self.now, line.id);
    }
}

pub(crate) fn hello(session: Option<&Session>) -> ConnectRequest {
    ConnectRequest {
        protocol_version: 0,
        last_zxid_seen: 0,
        timeout: 10_000,
        session_id: session.map_or(0, |session| session.id),
        password: session.map_or_else(|| vec![0; 16], |session| session.password.clone()),
        read_only: Some(true),
    }
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The code that a server answered.
pub(crate) fn code<T>(result: Result<T, Error>) -> Option<ErrorCode> {
    result.err().and_then(|error| error.code())
}
