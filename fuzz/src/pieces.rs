//! Chunking: how the bytes of a connection are cut makes no difference.
//!
//! The first byte of an input says whether they meet a session that waits for its handshake, or one
//! with requests and watches; the next ones how long the pieces are; the rest is what the server
//! sends. Whole, a byte at a time, and in these pieces, the frames are the same, and so is all that
//! the session tells.

use std::time::Duration;

use bytes::{BufMut, Bytes};
use zk_proto::wire::{Inbox, Outbox, put_frame};
use zk_proto::{
    Action, AddWatch, Admission, Chroot, Config, ConnectResponse, Event, Exists, Fault,
    GetChildren, GetData, Host, Instant, Limits, Reason, Record, Scope, Session, Stats, WatchMode,
    WatchRequest,
};

/// How many bytes of an input say how long the pieces are.
const PLAN: usize = 4;
/// The longest frame, so that some are too long.
const LIMIT: usize = 4_096;

/// Lets the bytes arrive in three ways, and compares.
pub fn run(data: &[u8]) {
    let Some((&start, rest)) = data.split_first() else { return };
    let Some((plan, stream)) = rest.split_first_chunk::<PLAN>() else { return };
    let whole = frames(&[usize::MAX], stream);
    let told = trace(start, &[usize::MAX], stream);
    for pieces in [[1; PLAN], plan.map(|len| 1 + usize::from(len))] {
        assert_eq!(frames(&pieces, stream), whole, "in pieces of {pieces:?}");
        assert_eq!(trace(start, &pieces, stream), told, "in pieces of {pieces:?}");
    }
}

/// What an inbox makes of the bytes, up to the first length that is impossible.
fn frames(pieces: &[usize], stream: &[u8]) -> (Vec<Bytes>, Option<Fault>) {
    let (mut inbox, mut frames) = (Inbox::default(), Vec::new());
    for (number, piece) in cut(pieces, stream).enumerate() {
        // There are two ways to read; a reader may even go back and forth between them.
        if number % 2 == 0 {
            read(&mut inbox, piece)
        } else {
            append(&mut inbox, piece)
        }
        loop {
            match inbox.take_frame(LIMIT) {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(fault) => return (frames, Some(fault)),
            }
        }
    }
    (frames, None)
}

/// The bytes in pieces of these lengths, over and over.
pub(crate) fn cut<'a>(pieces: &'a [usize], stream: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = stream;
    pieces.iter().cycle().map_while(move |len| {
        let (piece, later) = rest.split_at(rest.len().min(*len));
        rest = later;
        (!piece.is_empty()).then_some(piece)
    })
}

fn read(inbox: &mut Inbox, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let space = inbox.space();
        let (now, later) = bytes.split_at(bytes.len().min(space.len()));
        assert!(!now.is_empty(), "there is always room to read into");
        space[..now.len()].copy_from_slice(now);
        inbox.commit(now.len());
        bytes = later;
    }
}

fn append(inbox: &mut Inbox, bytes: &[u8]) {
    inbox.spare().put_slice(bytes);
    inbox.commit_spare();
}

/// What a session tells.
#[derive(Debug, PartialEq)]
struct Trace {
    actions: Vec<Action>,
    events: Vec<Event<u32, u32>>,
    stats: Stats,
    timeout: Option<(Instant, Reason)>,
    /// What it sends in the end.
    sent: Vec<u8>,
}

/// What a session makes of the bytes. It sends nothing in between: that would be another story.
fn trace(start: u8, pieces: &[usize], stream: &[u8]) -> Trace {
    let mut session = greeting();
    if start % 2 == 1 {
        expect_much(&mut session);
    }
    let (mut actions, mut events) = (Vec::new(), Vec::new());
    let mut inbox = Inbox::default();
    for piece in cut(pieces, stream) {
        read(&mut inbox, piece);
        session.handle_input(NOW, &mut inbox);
        actions.extend(std::iter::from_fn(|| session.poll_action()));
        events.extend(std::iter::from_fn(|| session.poll_event()));
    }
    let (stats, timeout) = (session.stats(), session.poll_timeout());
    let mut outbox = Outbox::default();
    let _ = session.poll_transmit(NOW, &mut outbox);
    Trace { actions, events, stats, timeout, sent: outbox.pending().into() }
}

const NOW: Instant = Instant::since_origin(Duration::from_secs(1));

/// A session that has sent its handshake.
fn greeting() -> Session<u32, u32> {
    let limits = Limits { frame_in: LIMIT, ..Limits::default() };
    let hosts = vec![Host::new("10.0.0.1", 2181), Host::new("10.0.0.2", 2181)];
    let mut session = Session::new(Config { limits, ..Config::new(hosts) });
    session.handle_timeout(NOW);
    assert!(matches!(session.poll_action(), Some(Action::Connect(_))));
    session.handle_connected(NOW);
    send(&mut session);
    session
}

/// Connects a session that has watches then, and requests which are not answered.
fn expect_much(session: &mut Session<u32, u32>) {
    let mut granted = Vec::new();
    put_frame(&mut granted, |out| {
        ConnectResponse {
            protocol_version: 0,
            timeout: 6_000,
            session_id: 0x5e55,
            password: vec![9; 16],
            read_only: Some(false),
        }
        .encode(out);
    });
    session.handle_input(NOW, &mut Inbox::from(&*granted));
    let watches = [WatchMode::Persistent, WatchMode::Recursive];
    for (number, mode) in (1..).zip(watches) {
        watch(session, &AddWatch::new("/n", mode), number);
    }
    watch(session, &GetData::new("/n"), 3);
    watch(session, &Exists::new("/n"), 4);
    watch(session, &GetChildren::new("/n"), 5);
    for number in 6..10 {
        let request = GetData::new("/n");
        session.submit(&request, SCOPE, number).expect("there is room");
    }
    send(session);
    while session.poll_event().is_some() {}
}

const SCOPE: Scope<'_> =
    Scope { chroot: &Chroot::ALL, deadline: None, admission: Admission::IfRoom };

fn watch(session: &mut Session<u32, u32>, request: &impl WatchRequest, number: u32) {
    session.submit_watch(request, SCOPE, number, number).expect("there is room");
}

fn send(session: &mut Session<u32, u32>) {
    assert!(session.poll_transmit(NOW, &mut Outbox::default()), "there is something to send");
}
