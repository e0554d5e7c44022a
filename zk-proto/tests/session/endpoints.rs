//! Which server is tried, when, and what is said of those that cannot be reached.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use zk_proto::{Action, Config, Fault, Host, Instant, Lookup, Reason, State};

use crate::support::{INSTANTLY, World, millis, seconds, server, three_servers};

fn named(names: &[&str], seed: u64) -> Config {
    Config { seed, ..Config::new(names.iter().map(|name| server(name)).collect()) }
}

fn address(last: u8) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, last], 2181))
}

/// The name that the session wants to know the addresses of.
fn lookup(world: &mut World) -> Lookup {
    let actions = world.actions();
    let [.., Action::Resolve(lookup)] = &actions[..] else { panic!("no look-up in {actions:?}") };
    lookup.clone()
}

fn resolve(world: &mut World, lookup: &Lookup, addresses: Result<Vec<SocketAddr>, &str>) {
    world.session.handle_resolved(world.now, lookup.id, addresses);
    world.tick();
}

#[test]
fn r13_each_server_is_tried_once_before_a_pause() {
    for seed in 0..50 {
        let mut world = World::with(Config { seed, ..three_servers() });
        for _round in 0..5 {
            let mut tried = BTreeSet::new();
            for _ in 0..3 {
                tried.insert(world.wait_for_attempt().address);
                world.attempt_fails("refused");
            }
            assert_eq!(tried.len(), 3);
            assert_eq!(world.next_deadline().1, Reason::Reconnect);
        }
    }
}

#[test]
fn clients_begin_at_different_servers() {
    let mut firsts = [0; 3];
    for seed in 0..3_000 {
        let mut world = World::with(Config { seed, ..three_servers() });
        world.tick();
        let SocketAddr::V4(first) = world.wait_for_attempt().address else { panic!("not v4") };
        firsts[usize::from(first.ip().octets()[3]) - 1] += 1;
    }
    assert!(firsts.iter().all(|count| (900..1_100).contains(count)), "{firsts:?}");
}

#[test]
fn defect_6_each_address_of_a_name_is_an_attempt_of_its_own() {
    let mut world = World::with(named(&["zk"], 7));
    world.tick();
    let zk = lookup(&mut world);
    assert_eq!(zk.host, server("zk"));
    resolve(&mut world, &zk, Ok((1..=4).map(address).collect()));
    let mut tried = BTreeSet::new();
    for _ in 0..4 {
        let target = world.wait_for_attempt();
        assert_eq!(target.host, server("zk"), "the name that TLS checks");
        assert_eq!(world.next_deadline(), (fraction_of_the_timeout(), Reason::ConnectTimeout));
        tried.insert(target.address);
        world.attempt_fails("refused");
    }
    assert_eq!(tried, (1..=4).map(address).collect());
    assert_eq!(world.next_deadline().1, Reason::Reconnect);
}

fn fraction_of_the_timeout() -> Duration {
    Config::new(Vec::new()).session_timeout / 3
}

#[test]
fn r13_names_are_looked_up_anew_in_each_round() {
    let mut world = World::with(named(&["zk"], 7));
    world.tick();
    for round in 1..10 {
        let zk = lookup(&mut world);
        resolve(&mut world, &zk, Ok(vec![address(round)]));
        assert_eq!(world.wait_for_attempt().address, address(round));
        world.attempt_fails("refused");
        world.wait_until_next_deadline();
    }
}

#[test]
fn failures_name_each_server_and_why() {
    let mut world = World::with(named(&["zk1", "zk2", "zk3", "10.0.0.9"], 1));
    world.tick();
    let mut names = 0;
    for _ in 0..4 {
        let actions = world.actions();
        match &actions[..] {
            [.., Action::Resolve(lookup)] => {
                names += 1;
                let answers = [Ok(vec![address(1)]), Ok(Vec::new()), Err("no such\u{7} host\n")];
                resolve(&mut world, lookup, answers[names - 1].clone());
                if names == 1 {
                    assert_eq!(world.wait_for_attempt().address, address(1));
                    world.attempt_fails("refused");
                }
            }
            _ => world.attempt_fails("unreachable"),
        }
    }
    let told: Vec<_> = world.session.failures().iter().map(ToString::to_string).collect();
    let whys: BTreeSet<_> = told.iter().filter_map(|line| line.split(": ").nth(1)).collect();
    let expected = ["refused", "the name has no address", "no such host", "unreachable"];
    assert_eq!(whys, expected.into_iter().collect());
    assert!(told.contains(&"10.0.0.9:2181: unreachable".into()), "{told:?}");
    assert!(told.iter().any(|line| line.contains(":2181 (10.0.0.1:2181): refused")), "{told:?}");
}

#[test]
fn failures_are_those_since_a_connection_was_of_use() {
    let mut world = World::new();
    world.wait_for_attempt();
    world.attempt_fails("refused");
    world.connect();
    world.pass(millis(999));
    world.line_breaks(); // too soon to have been of use
    let whys: Vec<_> = world.session.failures().iter().map(|failure| &*failure.why).collect();
    assert_eq!(whys, ["refused", "reset by peer"]);
    world.connect();
    world.pass(seconds(1));
    world.line_breaks();
    assert!(world.session.failures().is_empty());
}

#[test]
fn no_more_failures_are_kept_than_people_read_and_those_are_the_latest() {
    let mut world = World::with(named(&["zk"], 7));
    world.tick();
    for last in 0..100 {
        let zk = lookup(&mut world);
        resolve(&mut world, &zk, Ok(vec![address(last)]));
        world.wait_for_attempt();
        world.attempt_fails(&"why? ".repeat(1_000));
        world.wait_until_next_deadline();
    }
    let failures = world.session.failures();
    assert!(failures.len() <= 64 && failures.iter().all(|failure| failure.why.len() <= 200));
    assert_eq!(failures.last().and_then(|failure| failure.address), Some(address(99)));
}

#[test]
fn one_deadline_spans_look_up_transport_and_handshake() {
    let mut world = World::with(Config { connect_timeout: Some(seconds(3)), ..named(&["zk"], 7) });
    world.tick();
    world.pass(seconds(1));
    let zk = lookup(&mut world);
    resolve(&mut world, &zk, Ok(vec![address(1), address(2)]));
    world.pass(seconds(1));
    world.transport_comes_up();
    assert_eq!(world.next_deadline(), (seconds(1), Reason::ConnectTimeout));
    world.wait_until_next_deadline();
    assert_eq!(world.faults(), [Fault::ConnectTimeout]);
    // The second address has not been waited for yet.
    assert_eq!(world.next_deadline(), (seconds(3), Reason::ConnectTimeout));
}

/// A resolver that hangs must not take the time of the servers that need none, whichever of them
/// comes first.
#[test]
fn a_look_up_that_takes_too_long_leaves_its_time_to_nobody() {
    for seed in 0..8 {
        let mut world = World::with(named(&["zk", "10.0.0.9"], seed));
        world.tick();
        let mut attempts = 0;
        for _ in 0..20 {
            for action in world.actions() {
                if let Action::Connect(target) = action {
                    assert_eq!(target.host, server("10.0.0.9"));
                    let whole = (fraction_of_the_timeout(), Reason::ConnectTimeout);
                    assert_eq!(world.next_deadline(), whole);
                    attempts += 1;
                }
            }
            world.wait_until_next_deadline();
        }
        assert!(attempts >= 5, "{attempts} attempts");
        let late = "zk:2181: the look-up of the name took too long";
        assert!(world.session.failures().iter().any(|failure| failure.to_string() == late));
    }
}

#[test]
fn an_answer_to_an_earlier_look_up_is_ignored() {
    let mut world = World::with(named(&["zk1", "zk2"], 7));
    world.tick();
    let first = lookup(&mut world);
    world.wait_until_next_deadline();
    let second = lookup(&mut world);
    resolve(&mut world, &first, Ok(vec![address(1)]));
    assert!(world.actions().is_empty());
    resolve(&mut world, &second, Ok(vec![address(2)]));
    assert_eq!(world.wait_for_attempt().address, address(2));
    resolve(&mut world, &second, Ok(vec![address(3)]));
    assert!(world.actions().is_empty());
}

/// S3 and H4: how often a session knocks at servers that are not there, or that hang up.
#[test]
fn s3_a_session_never_spins() {
    let refuse: fn(&mut World) = |world| world.attempt_fails("refused");
    let hang_up: fn(&mut World) = |world| {
        world.session.handle_connected(world.now);
        world.line_breaks();
    };
    let grant_and_hang_up: fn(&mut World) = |world| {
        world.session.handle_connected(world.now);
        world.tick();
        world.server_grants();
        world.line_breaks();
    };
    // Three attempts in a round. A pause is 5 s in the mean, once it has grown to that; with a
    // session to lose, 1 s.
    for (server, expected) in
        [(refuse, 300..600), (hang_up, 300..600), (grant_and_hang_up, 1_400..2_000)]
    {
        let mut world = World::new();
        let mut attempts = 0;
        while world.now < Instant::since_origin(seconds(600)) && attempts <= expected.end {
            world.wait_for_attempt();
            attempts += 1;
            server(&mut world);
        }
        assert!(expected.contains(&attempts), "{attempts} attempts in ten minutes");
    }
}

/// R14: clients that lost one server at one moment come back at different ones.
#[test]
fn r14_the_first_pause_is_spread_over_its_window() {
    let window = millis(100);
    let pauses = || (0..1_000).map(|seed| pauses_of(seed).0);
    let (least, most) = (pauses().min().unwrap(), pauses().max().unwrap());
    assert!(most <= window && least >= window / 10, "{least:?} to {most:?}");
    assert!(most - least >= window * 8 / 10, "{least:?} to {most:?}");
    let distinct: BTreeSet<_> = pauses().collect();
    assert!(distinct.len() > 950, "{} pauses for 1,000 clients", distinct.len());
}

#[test]
fn pauses_grow_and_stay_below_ten_seconds() {
    let longest = (0..200).map(|seed| pauses_of(seed).1).max().unwrap();
    assert!((seconds(9)..=seconds(10)).contains(&longest), "{longest:?}");
}

#[test]
fn no_session_expires_during_a_pause() {
    for seed in 0..200 {
        let mut world = World::connected_with(Config { seed, ..three_servers() });
        for _ in 0..100 {
            world.line_breaks();
            world.connect(); // which fails if it expires before
        }
        assert_eq!(world.session.state(), State::Connected);
    }
}

/// The first, and the longest of the first thirty.
fn pauses_of(seed: u64) -> (Duration, Duration) {
    let mut world = World::with(Config { seed, ..three_servers() });
    let mut pauses = Vec::new();
    for attempt in 1..=90 {
        world.wait_for_attempt();
        world.attempt_fails("refused");
        if attempt % 3 == 0 {
            pauses.push(world.next_deadline().0);
        }
    }
    (pauses[0], pauses.into_iter().max().unwrap())
}

#[test]
fn after_a_connection_that_was_of_use_the_next_attempt_comes_at_once() {
    let mut world = World::new();
    let first = world.connect().address;
    world.pass(seconds(1));
    world.line_breaks();
    assert_eq!(world.session.state(), State::Suspended);
    // And it is a whole round, at the end of which the server that was lost is tried again.
    for attempt in 1..=3 {
        assert_eq!(world.next_deadline(), (seconds(2), Reason::ConnectTimeout));
        assert_eq!(world.wait_for_attempt().address == first, attempt == 3);
        world.attempt_fails("refused");
    }
    assert_eq!(world.next_deadline().1, Reason::Reconnect);
}

#[test]
fn without_servers_there_is_nothing_to_try_and_nothing_to_spin_for() {
    let mut world = World::with(Config::new(Vec::new()));
    world.pass(seconds(60));
    assert!(world.actions().is_empty());
    world.replace_hosts(vec![server("10.0.0.1")]);
    world.connect();
    assert!(world.next_deadline().0 > INSTANTLY);
    let none: Vec<Host> = Vec::new();
    world.replace_hosts(none); // is no list
    assert_eq!(world.session.state(), State::Connected);
}
