//! What cannot be seen, or not be brought about, from outside.

use alloc::vec::Vec;
use core::time::Duration;

use super::{Config, Event, Limits, RequestId, Scope, Session, State, WatchKind};
use crate::wire::{Inbox, Outbox, Reader, put_frame};
use crate::{
    AddWatch, Chroot, ConnectResponse, GetData, Host, Instant, Record, ReplyHeader, RequestHeader,
    SetData, WatchMode,
};

fn session() -> Session<u32, u32> {
    Session::new(Config::new(alloc::vec![Host::new("10.0.0.1", 2181)]))
}

/// A server that answers all that it is sent with success; says under which numbers that was.
fn serve(session: &mut Session<u32, u32>, now: Instant) -> Vec<i32> {
    let (mut outbox, mut replies, mut xids) = (Outbox::default(), Vec::new(), Vec::new());
    while session.poll_transmit(now, &mut outbox) {
        let mut requests = Inbox::from(outbox.pending());
        outbox.clear();
        while let Ok(Some(request)) = requests.take_frame(usize::MAX) {
            let header = RequestHeader::decode(&mut Reader::new(&request)).unwrap();
            xids.push(header.xid);
            let reply = ReplyHeader { xid: header.xid, zxid: 7, err: 0 };
            put_frame(&mut replies, |out| reply.encode(out));
        }
    }
    session.handle_input(now, &mut Inbox::from(&*replies));
    xids
}

fn connected() -> Session<u32, u32> {
    let mut session = session();
    connect(&mut session, Instant::ORIGIN);
    session
}

/// An attempt that is due is made, and succeeds.
fn connect(session: &mut Session<u32, u32>, now: Instant) {
    let mut outbox = Outbox::default();
    session.handle_timeout(now);
    session.handle_connected(now);
    assert!(session.poll_transmit(now, &mut outbox));
    let granted = ConnectResponse {
        protocol_version: 0,
        timeout: 10_000,
        session_id: 1,
        password: [1; 16].into(),
        read_only: None,
    };
    let mut bytes = Vec::new();
    put_frame(&mut bytes, |out| granted.encode(out));
    session.handle_input(now, &mut Inbox::from(&*bytes));
    assert_eq!(session.state(), State::Connected);
}

fn submit(session: &mut Session<u32, u32>, token: u32) -> RequestId {
    let (chroot, data) = (Chroot::root(), [0; 1_000]);
    let scope = Scope { chroot: &chroot, ..Scope::default() };
    session.submit(&SetData::new("/a", &data), scope, token).unwrap()
}

fn answers(session: &mut Session<u32, u32>) -> Vec<u32> {
    let events = core::iter::from_fn(|| session.poll_event());
    events
        .filter_map(|event| if let Event::Reply(token, Ok(_)) = event { Some(token) } else { None })
        .collect()
}

/// Numbers below 1 are those of events, pings and identities: a session that met them would be
/// dead after months.
#[test]
fn s12_numbers_of_requests_begin_again_at_one() {
    let mut session = connected();
    session.last_xid = i32::MAX - 3;
    for token in 0..6 {
        submit(&mut session, token);
    }
    let xids = serve(&mut session, Instant::ORIGIN);
    assert_eq!(xids, [i32::MAX - 2, i32::MAX - 1, i32::MAX, 1, 2, 3]);
    assert_eq!(answers(&mut session), [0, 1, 2, 3, 4, 5]);
    assert_eq!(session.state(), State::Connected);
}

/// The numbers of what the session asks for by itself come from the same row.
#[test]
fn s12_watches_are_set_again_across_the_last_number() {
    let mut session = connected();
    let chroot = Chroot::root();
    let scope = Scope { chroot: &chroot, ..Scope::default() };
    session.submit_watch(&GetData::new("/a"), scope, 0, 0).unwrap();
    serve(&mut session, Instant::ORIGIN);
    session.handle_disconnected(Instant::ORIGIN, "reset");
    session.last_xid = i32::MAX;
    let later = Instant::ORIGIN + Duration::from_secs(1);
    connect(&mut session, later);
    submit(&mut session, 1);
    assert_eq!(serve(&mut session, later), [1, 2]);
    assert_eq!(session.state(), State::Connected);
}

#[test]
fn requests_that_were_cancelled_keep_no_memory() {
    let mut session = session();
    let kept: Vec<_> = (0..100).map(|token| submit(&mut session, token)).collect();
    for round in 0..10_000 {
        let id = submit(&mut session, round);
        assert!(session.cancel(id).is_some());
        let held = session.queue.buffer().capacity();
        assert!(held < 1 << 20, "{held} bytes for a hundred requests of 1 kB");
    }
    assert_eq!(kept.into_iter().filter(|id| session.cancel(*id).is_some()).count(), 100);
}

/// A few large ones among many small ones are more of the bytes than of the requests.
#[test]
fn large_requests_that_were_cancelled_keep_no_memory() {
    let mut session = session();
    let chroot = Chroot::root();
    let scope = Scope { chroot: &chroot, ..Scope::default() };
    for token in 0..1_000 {
        session.submit(&GetData::new("/a"), scope, token).unwrap();
    }
    let data = alloc::vec![0; 1_000_000];
    for token in 0..400 {
        let id = session.submit(&SetData::new("/a", &data), scope, token).unwrap();
        session.cancel(id).unwrap();
        let held = session.queue.buffer().capacity();
        assert!(held < 4 << 20, "{held} bytes for a thousand requests of 19 bytes");
    }
}

#[test]
fn a_session_that_is_idle_gives_memory_back() {
    let mut session = connected();
    session.limits = Limits { window_bytes: 16 << 20, window_requests: 10_000, ..session.limits };
    for token in 0..5_000 {
        submit(&mut session, token);
    }
    serve(&mut session, Instant::ORIGIN);
    assert_eq!(answers(&mut session).len(), 5_000);
    let now = Instant::ORIGIN + Duration::from_secs(4);
    session.handle_timeout(now);
    assert_eq!(session.queue.buffer().capacity(), 0);
    assert_eq!(session.events.capacity(), 0);
    assert!(session.raw.capacity() < 100, "a ping");
    serve(&mut session, now);
    assert_eq!(session.state(), State::Connected);
}

/// The table has places for paths at which nobody watches yet: they must go as well.
#[test]
fn w10_requests_that_leave_no_watch_leave_no_place_for_one() {
    let mut session = connected();
    let chroot = Chroot::root();
    let scope = Scope { chroot: &chroot, ..Scope::default() };
    let id = session.submit_watch(&GetData::new("/cancelled"), scope, 0, 0).unwrap();
    assert!(!session.watches.is_free("/cancelled"));
    session.cancel(id).unwrap();
    session.submit_watch(&GetData::new("/lost"), scope, 1, 1).unwrap();
    let recursive = AddWatch::new("/lost", WatchMode::Recursive);
    session.submit_watch(&recursive, scope, 2, 2).unwrap();
    let id = session.submit_watch(&GetData::new("/gone"), scope, 3, 3).unwrap();
    assert!(session.poll_transmit(Instant::ORIGIN, &mut Outbox::default()));
    session.cancel(id).unwrap();
    assert!(!session.watches.is_free("/gone"), "the server may set it");
    session.handle_disconnected(Instant::ORIGIN, "reset");
    for path in ["/cancelled", "/lost", "/gone"] {
        assert!(session.watches.is_free(path), "{path}");
    }
}

#[test]
fn w10_nothing_stays_in_doubt() {
    let mut session = connected();
    let chroot = Chroot::root();
    let scope = Scope { chroot: &chroot, ..Scope::default() };
    let watch = AddWatch::new("/n", WatchMode::Persistent);
    for round in 0..100 {
        let old = session.submit_watch(&watch, scope, 0, round).unwrap();
        serve(&mut session, Instant::ORIGIN);
        let new = session.submit_watch(&GetData::new("/n"), scope, 0, round).unwrap();
        session.unwatch("/n", old).unwrap();
        serve(&mut session, Instant::ORIGIN);
        session.unwatch("/n", new).unwrap();
        serve(&mut session, Instant::ORIGIN);
    }
    assert!(session.watches.is_free("/n"));
    for kind in [WatchKind::Data, WatchKind::Persistent] {
        assert!(session.watches.take_useless("/n").is_empty(), "{kind:?}");
    }
}
