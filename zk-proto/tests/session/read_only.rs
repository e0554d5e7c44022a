//! Connected to a server that can only read, on the way to one that can write.

use std::net::SocketAddr;
use std::time::Duration;

use zk_proto::{
    Action, AddWatch, Config, ConnectResponse, Fault, News, OpCode, Probe, Reason, State, WatchMode,
};

use crate::support::{
    PASSWORD, SESSION, World, get, granted, millis, seconds, server, three_servers,
};

const PROVISIONAL: i64 = 0x2_0000_0bad;

/// Whoever has the session tells when it is heard of: nothing else wakes it in these tests.
fn quiet() -> ConnectResponse {
    let (session_id, password) = (PROVISIONAL, vec![9; 16]);
    ConnectResponse { session_id, password, timeout: i32::MAX, read_only: Some(true), ..granted() }
}

fn read_only_with(config: Config) -> World {
    let mut world = World::with(Config { read_only: true, ..config });
    world.transport_comes_up();
    assert_eq!(world.server_responds(&quiet()).read_only, Some(true));
    assert_eq!(world.states(), [State::ConnectedReadOnly]);
    world
}

fn read_only() -> World {
    read_only_with(three_servers())
}

/// Waits until the session asks a server whether it can write.
fn probe(world: &mut World) -> Probe {
    loop {
        if let Some(Action::Probe(probe)) = world.actions().pop() {
            return probe;
        }
        assert_eq!(world.wait_until_next_deadline(), Reason::Search);
    }
}

fn probe_ends(world: &mut World, probe: &Probe, answer: &[u8]) {
    world.session.handle_probed(world.now, probe.id, answer);
    world.tick();
}

#[test]
fn the_search_asks_others_ever_more_seldom() {
    let mut world = read_only();
    let here = world.session.server().expect("a server").host.clone();
    let mut delays = Vec::new();
    for _ in 0..14 {
        let begin = world.now;
        let probe = probe(&mut world);
        assert_ne!(probe.target.host, here);
        assert_eq!(probe.timeout, seconds(1));
        delays.push(world.now.saturating_since(begin));
        probe_ends(&mut world, &probe, b"ro");
    }
    let expected = (0..14).map(|doubled| millis(100 << doubled).min(seconds(60)));
    assert_eq!(delays, expected.collect::<Vec<_>>());
}

#[test]
fn the_search_asks_names_as_seldom_as_addresses() {
    let hosts = ["zk1", "zk2"].map(server).into();
    let mut world = World::with(Config { read_only: true, ..Config::new(hosts) });
    world.tick();
    resolve(&mut world, 1);
    world.transport_comes_up();
    world.server_responds(&quiet());
    let mut delays = Vec::new();
    for _ in 0..5 {
        let begin = world.now;
        assert_eq!(world.wait_until_next_deadline(), Reason::Search);
        delays.push(world.now.saturating_since(begin));
        resolve(&mut world, 2);
        let probe = probe(&mut world);
        probe_ends(&mut world, &probe, b"null");
    }
    assert_eq!(delays, [100, 200, 400, 800, 1_600].map(millis));
}

/// Answers the look-up that is wanted with an address of that number.
fn resolve(world: &mut World, last: u8) {
    let Some(Action::Resolve(lookup)) = world.actions().pop() else { panic!("no look-up") };
    let address = SocketAddr::from(([10, 0, 0, last], 2181));
    world.session.handle_resolved(world.now, lookup.id, Ok(vec![address]));
    world.tick();
}

#[test]
fn a_server_that_does_not_answer_in_a_second_is_not_waited_for() {
    let mut world = read_only();
    let first = probe(&mut world);
    assert_eq!(world.next_deadline(), (seconds(1), Reason::Search));
    world.pass(seconds(1));
    probe_ends(&mut world, &first, b"rw"); // too late
    assert_eq!(world.session.state(), State::ConnectedReadOnly);
    assert_ne!(probe(&mut world).id, first.id);
}

#[test]
fn a_probe_of_a_short_session_is_given_a_sixth_of_its_timeout() {
    let mut world = World::with(Config { read_only: true, ..three_servers() });
    world.transport_comes_up();
    world.server_responds(&ConnectResponse { timeout: 3_000, ..quiet() });
    assert_eq!(probe(&mut world).timeout, millis(500));
    assert_eq!(world.next_deadline(), (millis(500), Reason::Search));
}

#[test]
fn a_name_that_cannot_be_looked_up_is_not_waited_for() {
    let hosts = ["10.0.0.1", "zk2"].map(server).into();
    let config = Config { seed: 1, ..Config::new(hosts) };
    let mut world = read_only_with(config);
    let mut lookups = 0;
    for _ in 0..20 {
        world.wait_until_next_deadline();
        for action in world.actions() {
            if let Action::Resolve(lookup) = action {
                lookups += 1;
                if lookups % 2 == 0 {
                    world.session.handle_resolved(world.now, lookup.id, Err("no such host"));
                }
            }
        }
    }
    assert!(lookups > 4, "{lookups} look-ups");
    assert_eq!(world.session.state(), State::ConnectedReadOnly);
}

#[test]
fn only_the_answer_rw_is_one() {
    for answer in [&b""[..], b"ro", b"null", b"rwx", b"imok", &[0xff; 16]] {
        let mut world = read_only();
        let probe = probe(&mut world);
        probe_ends(&mut world, &probe, answer);
        assert_eq!(world.session.state(), State::ConnectedReadOnly, "{answer:?}");
    }
}

#[test]
fn s9_the_server_that_can_write_is_the_next_one_and_gives_a_new_session() {
    let mut world = read_only();
    assert_eq!((world.session.id(), world.session.ticket()), (PROVISIONAL, None));
    let watch = AddWatch::new("/a", WatchMode::Persistent);
    world.watch(&watch, "cache");
    world.watch(&get("/b"), "once");
    world.server_answers_all();
    let asked = world.submit(&get("/c"));
    let found = probe(&mut world);
    world.requests();
    probe_ends(&mut world, &found, b"rw\n");
    assert_eq!(world.faults(), [Fault::Moving]);
    assert!(world.is_answered(asked));

    assert_eq!(world.transport_comes_up(), found.target);
    let greeting = world.server_grants();
    assert_eq!((greeting.session_id, &*greeting.password), (0, &[0; 16][..]));
    assert_eq!(world.states(), [State::Suspended, State::Connected]);
    assert_eq!(world.session.id(), SESSION);
    assert!(world.session.ticket().is_some());
    assert_eq!(world.news_of("cache"), [News::Resync]);
    assert_eq!(world.ops(), [OpCode::SetWatches2]);
}

/// What TLS checks is the name, and the list of servers has names as well.
#[test]
fn s9_the_server_that_was_found_keeps_its_name() {
    let hosts: Vec<_> = ["zk1", "zk2"].map(server).into();
    let mut world = World::with(Config { read_only: true, ..Config::new(hosts.clone()) });
    world.tick();
    resolve(&mut world, 1);
    world.transport_comes_up();
    world.server_responds(&quiet());
    let here = world.session.server().expect("a server").host.clone();
    world.wait_until_next_deadline();
    resolve(&mut world, 2);
    let found = probe(&mut world);
    assert!(hosts.contains(&found.target.host) && found.target.host != here);
    probe_ends(&mut world, &found, b"rw");
    assert_eq!(world.connect(), found.target);
    world.replace_hosts(hosts);
    assert_eq!(world.session.state(), State::Connected, "the list is the same");
}

/// Behind one name can be a whole ensemble.
#[test]
fn of_the_addresses_of_a_name_another_one_is_asked() {
    let all = [1, 2, 3].map(|last| SocketAddr::from(([10, 0, 0, last], 2181)));
    let config = Config { read_only: true, ..Config::new(vec![server("zk")]) };
    let mut world = World::with(config);
    world.tick();
    let mut asked = std::collections::BTreeSet::new();
    let Some(Action::Resolve(lookup)) = world.actions().pop() else { panic!("no look-up") };
    world.session.handle_resolved(world.now, lookup.id, Ok(all.into()));
    world.tick();
    let here = world.transport_comes_up().address;
    world.server_responds(&quiet());
    for _ in 0..20 {
        world.wait_until_next_deadline();
        let Some(Action::Resolve(lookup)) = world.actions().pop() else { panic!("no look-up") };
        world.session.handle_resolved(world.now, lookup.id, Ok(all.into()));
        world.tick();
        let probe = probe(&mut world);
        asked.insert(probe.target.address);
        probe_ends(&mut world, &probe, b"ro");
    }
    assert_eq!(asked, all.into_iter().filter(|address| *address != here).collect());
}

#[test]
fn a_provisional_session_is_forgotten_with_its_connection() {
    let mut world = read_only();
    world.line_breaks();
    world.pass(Duration::from_secs(3_600)); // and cannot expire
    assert_eq!(world.session.state(), State::Suspended);
    world.actions();
    world.wait_until_next_deadline();
    world.transport_comes_up();
    assert_eq!(world.server_responds(&quiet()).session_id, 0);
    assert_eq!(world.session.state(), State::ConnectedReadOnly);
}

#[test]
fn s9_a_session_is_never_taken_over_by_a_provisional_one() {
    let mut world = World::connected_with(Config { read_only: true, ..three_servers() });
    world.line_breaks();
    world.transport_comes_up();
    let read_only = ConnectResponse { read_only: Some(true), ..granted() };
    world.server_responds(&read_only); // a server may keep it, and only read
    assert_eq!(world.session.state(), State::ConnectedReadOnly);
    world.line_breaks();
    world.transport_comes_up();
    let greeting = world.server_responds(&quiet());
    assert_eq!((greeting.session_id, &*greeting.password), (SESSION, &PASSWORD[..]));
    assert_eq!(world.session.state(), State::Expired, "ours it is not");
}

#[test]
fn a_session_that_closes_looks_for_nobody() {
    let mut world = read_only();
    let found = probe(&mut world);
    world.close();
    probe_ends(&mut world, &found, b"rw");
    assert_eq!(world.session.state(), State::ConnectedReadOnly);
    let close = world.next_is(OpCode::CloseSession);
    world.server_answers(&close);
    assert_eq!(world.session.state(), State::Closed);
}

#[test]
fn a_server_that_claims_to_write_but_does_not_answer_is_no_reason_to_spin() {
    let mut world = read_only();
    let begin = world.now;
    let mut moves = 0;
    while world.now.saturating_since(begin) < seconds(600) && moves < 600 {
        let found = probe(&mut world);
        probe_ends(&mut world, &found, b"rw");
        moves += 1;
        world.wait_for_attempt();
        world.attempt_fails("refused");
        world.transport_comes_up();
        world.server_responds(&quiet());
    }
    assert!(moves < 600, "{moves} moves in ten minutes");
}
