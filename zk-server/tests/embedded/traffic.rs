//! Much of everything at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tokio::task::JoinSet;
use zk_proto::{Create, GetData, SetData};
use zk_server::{Clock, Config, Effect, Ensemble, Lag, Limits, Rule, Server};
use zk_tokio::{ErrorCode, Multi};

use crate::raw::{Raw, frame};
use crate::{LIMIT, QUIET, connect, story};

#[test]
fn who_has_said_all_is_still_answered() {
    let server = Server::start().unwrap();
    let mut raw = Raw::connect(&server);
    raw.say(b"ruok");
    raw.fall_silent();
    assert_eq!(raw.hear_all(), b"imok");
    let mut raw = Raw::open(&server);
    raw.say(&frame(&GetData::new("/")));
    raw.fall_silent();
    assert_eq!(raw.hear_header().err, 0);
    raw.ends();
}

#[test]
fn what_is_said_behind_a_last_word_takes_nothing_back() {
    let server = Server::start().unwrap();
    for _ in 0..100 {
        let mut raw = Raw::connect(&server);
        let mut words = b"ruok".to_vec();
        words.resize(100_000, 0);
        raw.say(&words);
        assert_eq!(raw.hear_all(), b"imok");
    }
}

/// Answers go out in pieces, as fast as each client reads, and none goes to another one.
#[test]
fn large_answers_reach_slow_readers_whole() {
    story(async {
        const SIZE: usize = 900_000;
        let server = Server::start().unwrap();
        let mut readers = JoinSet::new();
        for byte in 0..8_u8 {
            let path = format!("/node-{byte}");
            server.create(&Create::new(&path, &vec![byte; SIZE])).unwrap();
            let zk = connect(&server.connect_string()).await;
            readers.spawn(async move {
                let replies: Vec<_> = (0..20).map(|_| zk.get(&path)).collect();
                for reply in replies {
                    let node = reply.await.unwrap();
                    assert!(node.data.len() == SIZE && node.data.iter().all(|one| *one == byte));
                }
            });
        }
        while let Some(read) = readers.join_next().await {
            read.unwrap();
        }
    });
}

#[test]
fn requests_that_come_byte_by_byte_or_all_at_once_are_the_same() {
    let server = Server::start().unwrap();
    let (mut slow, mut fast) = (Raw::open(&server), Raw::open(&server));
    let request = frame(&GetData::new("/"));
    fast.say(&request.repeat(3000)); // more than is read at once
    for byte in &request {
        slow.say(&[*byte]);
    }
    assert_eq!(slow.hear_header().err, 0);
    for _ in 0..3000 {
        assert_eq!(fast.hear_header().err, 0);
    }
}

/// More than the server wants to know at once stays where it is, and is not forgotten there.
#[test]
fn requests_beyond_the_limit_wait_until_they_are_wanted() {
    const REQUESTS: usize = 120; // more than is read at once, less than the system holds
    let clock = Clock::manual();
    let limits = Limits { outstanding: 10, ..Limits::default() };
    let config = Config { limits, ..Config::default() };
    let server = Server::builder().config(config).clock(&clock).start().unwrap();
    let second = Duration::from_secs(1);
    let rule = server.add_rule(Rule::new(Effect::Delay(second), |_, _| true).times(1));
    let mut raw = Raw::open(&server);
    // All of it is there before any of it is read: no news will come of what is left.
    server.inspect(|_| raw.say(&frame(&SetData::new("/", &[7; 1000])).repeat(REQUESTS)));
    assert!(server.wait_until(LIMIT, |engine| engine.rule_hits(rule) == 1));
    clock.advance(second);
    for _ in 0..REQUESTS {
        assert_eq!(raw.hear_header().err, 0);
    }
}

/// All of them are there before any of them is accepted, where the system lets as many wait.
#[cfg(target_os = "linux")]
#[test]
fn hundreds_that_come_at_once_are_all_let_in() {
    const GUESTS: usize = 300;
    let server = Server::start().unwrap();
    let address = server.address();
    let connect = |_| std::net::TcpStream::connect(address).unwrap();
    let guests: Vec<_> = server.inspect(|_| (0..GUESTS).map(connect).collect());
    assert!(server.wait_until(LIMIT, |engine| engine.connections() == GUESTS));
    drop(guests);
    assert!(server.wait_until(LIMIT, |engine| engine.connections() == 0));
}

/// Threads that steer, and sessions that work: no call waits for ever, no session is lost, and
/// what each did is there in the end.
#[test]
fn an_ensemble_that_is_steered_from_many_threads_goes_on() {
    const WRITES: usize = 200;
    let ensemble = Ensemble::start(3).unwrap();
    let (servers, is_over) = (ensemble.connect_string(), AtomicBool::new(false));
    thread::scope(|scope| {
        for steer in [stand_still_and_go_on, fall_behind_and_drop, ask_and_make_rules] {
            let (ensemble, is_over) = (&ensemble, &is_over);
            scope.spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    steer(ensemble);
                }
            });
        }
        story(async {
            let mut sessions = JoinSet::new();
            for session in 0..4 {
                let zk = connect(&servers).await;
                sessions.spawn(async move {
                    let id = zk.session_id();
                    for number in 0..WRITES {
                        write(&zk, &format!("/{session}-{number}")).await;
                    }
                    assert_eq!(zk.session_id(), id);
                });
            }
            while let Some(done) = sessions.join_next().await {
                done.unwrap();
            }
            is_over.store(true, Ordering::Relaxed);
        });
    });
    // With those of every ensemble.
    assert_eq!(ensemble.inspect(|engine| engine.tree().len()), 4 + 4 * WRITES);
}

fn stand_still_and_go_on(ensemble: &Ensemble) {
    ensemble.member(2).freeze();
    ensemble.member(2).thaw();
}

fn fall_behind_and_drop(ensemble: &Ensemble) {
    let member = ensemble.member(1);
    member.lag(Lag::By(Duration::from_millis(1)));
    member.lag(Lag::None);
    let after = ensemble.last_zxid() + 50;
    if ensemble.wait_until(QUIET, |engine| engine.last_zxid() > after) {
        ensemble.drop_connections();
    }
}

fn ask_and_make_rules(ensemble: &Ensemble) {
    let rule = ensemble.add_rule(Rule::new(Effect::Delay(Duration::ZERO), |_, _| true));
    assert!(ensemble.sessions().len() <= 4 && ensemble.leader().is_some());
    assert!(!ensemble.expire_session(1) && ensemble.remove_rule(rule));
}

/// Until it is there: an answer can be lost with its connection.
async fn write(zk: &zk_tokio::Client, path: &str) {
    loop {
        match zk.call(Multi::new().create(path, "")).await {
            Ok(_) => return,
            Err(error) if error.code() == Some(ErrorCode::NodeExists) => return,
            Err(error) => assert!(error.is_retryable() || error.code().is_none(), "{error}"),
        }
    }
}

/// Whoever moves the clock and whoever asks the server wait for one another, never both.
#[test]
fn a_clock_can_be_moved_from_many_threads() {
    let clock = Clock::manual();
    let servers: Vec<_> =
        (0..3).map(|_| Server::builder().clock(&clock).start().unwrap()).collect();
    thread::scope(|scope| {
        for server in &servers {
            scope.spawn(|| (0..100).for_each(|_| clock.advance(Duration::from_millis(10))));
            scope.spawn(|| (0..100).for_each(|_| drop(Raw::open(server))));
        }
    });
    assert_eq!(clock.elapsed(), Duration::from_secs(3));
}
