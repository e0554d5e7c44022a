//! Whoever wants too much, or takes too long.

use std::time::Duration;

use zk_proto::{CreateMode, ErrorCode, GetData, OpCode, SetData};
use zk_server::{Clock, Config, Effect, Limits, Rule, Server};
use zk_tokio::{Create, WatchMode};

use crate::raw::{Raw, frame};
use crate::{LIMIT, connect, story};

fn server(limits: Limits) -> Server {
    Server::builder().config(Config { limits, ..Config::default() }).start().unwrap()
}

fn server_by(clock: &Clock) -> Server {
    Server::builder().clock(clock).start().unwrap()
}

#[test]
fn a_request_that_is_too_long_ends_its_connection() {
    let server = server(Limits { frame: 1000, ..Limits::default() });
    let mut fits = Raw::open(&server);
    fits.say(&frame(&SetData::new("/nowhere", &[0; 900])));
    assert_eq!(fits.hear_header().err, ErrorCode::NoNode.code());
    for length in [1001, u32::MAX, 0x8000_0000] {
        let mut raw = Raw::open(&server);
        raw.say(&length.to_be_bytes());
        raw.ends();
    }
}

#[test]
fn a_client_that_does_not_say_what_it_wants_is_not_waited_for() {
    let clock = Clock::manual();
    let server = server_by(&clock);
    let (mut silent, mut slow) = (Raw::connect(&server), Raw::connect(&server));
    slow.say(&[0, 0, 0, 45, 0]);
    assert!(server.wait_until(LIMIT, |engine| engine.connections() == 2));
    clock.advance(Limits::default().handshake - Duration::from_millis(1));
    assert_eq!(server.connections(), 2);
    clock.advance(Duration::from_millis(1));
    assert_eq!(server.connections(), 0);
    silent.ends();
    slow.ends();
}

#[test]
fn a_request_that_does_not_come_to_its_end_is_not_waited_for() {
    let clock = Clock::manual();
    let server = server_by(&clock);
    let (mut slow, mut idle) = (Raw::open(&server), Raw::open(&server));
    let request = frame(&GetData::new("/"));
    let before = server.inspect(zk_server::Engine::poll_timeout);
    slow.say(&request[..5]);
    // The server has seen the beginning once it has a new deadline.
    assert!(server.wait_until(LIMIT, |engine| engine.poll_timeout() < before));
    clock.advance(Limits::default().transfer);
    slow.ends();
    idle.say(&request);
    assert_eq!(idle.hear_header().err, 0);
}

#[test]
fn hundreds_that_dawdle_are_in_nobodys_way() {
    story(async {
        let clock = Clock::manual();
        let server = server_by(&clock);
        let mut slow: Vec<_> = (0..300).map(|_| Raw::connect(&server)).collect();
        slow.iter_mut().for_each(|raw| raw.say(&[0, 0, 0]));
        let zk = connect(&server.connect_string()).await;
        assert!(server.wait_until(LIMIT, |engine| engine.connections() == 301));
        zk.create("/a", "").await.unwrap();
        clock.advance(Limits::default().handshake);
        slow.iter_mut().for_each(Raw::ends);
        zk.set("/a", "x").await.unwrap();
        assert_eq!(server.connections(), 1);
    });
}

#[test]
fn connections_are_counted() {
    for limits in [
        Limits { connections: 2, ..Limits::default() },
        Limits { connections_per_address: 2, ..Limits::default() },
    ] {
        let server = server(limits);
        let (first, _second) = (Raw::open(&server), Raw::open(&server));
        Raw::connect(&server).ends();
        drop(first);
        assert!(server.wait_until(LIMIT, |engine| engine.connections() == 1));
        Raw::open(&server);
    }
}

#[test]
fn who_does_not_wait_for_answers_is_not_read_any_more() {
    let server = server(Limits { outstanding: 10, ..Limits::default() });
    let hold = server.add_rule(Rule::new(Effect::Hold, |op, _| op == OpCode::SetData));
    let mut raw = Raw::open(&server);
    let taken = raw.say_until_nobody_listens(&frame(&SetData::new("/", &[0; 10_000])));
    assert!(taken < 64 << 20, "{taken} bytes, with what the system's buffers hold");
    assert_eq!(server.inspect(|engine| engine.rule_hits(hold)), 1);
}

#[test]
fn who_does_not_read_answers_is_not_read_any_more_and_closed() {
    let clock = Clock::manual();
    let server = server_by(&clock);
    let mut raw = Raw::open(&server);
    raw.say(&frame(&SetData::new("/", &[7; 1_000_000])));
    assert_eq!(raw.hear_header().err, 0);
    let many: Vec<u8> = frame(&GetData::new("/")).repeat(1000);
    let taken = raw.say_until_nobody_listens(&many);
    assert!(taken < 64 << 20, "{taken} bytes, with what the system's buffers hold");
    assert_eq!(server.connections(), 1);
    clock.advance(Limits::default().transfer);
    assert_eq!(server.connections(), 0);
    raw.ends();
}

#[test]
fn watches_are_counted() {
    story(async {
        let server = server(Limits { watches: 2, ..Limits::default() });
        let zk = connect(&server.connect_string()).await;
        let _first = zk.watch("/a", WatchMode::Persistent).await.unwrap();
        let _second = zk.watch("/b", WatchMode::Recursive).await.unwrap();
        let refused = zk.watch("/c", WatchMode::Persistent).await.unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::SystemError));
    });
}

#[test]
fn nodes_and_bytes_are_counted() {
    story(async {
        // With those of the ensemble: /, /zookeeper and two below it.
        for limits in
            [Limits { nodes: 5, ..Limits::default() }, Limits { size: 100, ..Limits::default() }]
        {
            let server = server(limits);
            let zk = connect(&server.connect_string()).await;
            zk.create("/a", "").await.unwrap();
            let large = Create::new("/b", &[0; 200]).mode(CreateMode::Persistent);
            let refused = zk.call(large).await.unwrap_err();
            assert_eq!(refused.code(), Some(ErrorCode::SystemError));
            zk.delete("/a").await.unwrap();
            zk.create("/b", "").await.unwrap();
        }
    });
}
