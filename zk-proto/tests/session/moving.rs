//! New lists of servers: who moves (ZOOKEEPER-1355), and what becomes of what was under way.

use std::collections::BTreeMap;

use zk_proto::{Action, Config, ErrorKind, Fault, Host, Outcome, Reason, State};

use crate::support::{World, get, seconds, server, set, three_servers};

const CLIENTS: u64 = 2_000;

fn servers(numbers: &[u8]) -> Vec<Host> {
    numbers.iter().map(|number| server(&format!("10.0.0.{number}"))).collect()
}

/// How many clients are at which server, after the list has changed, and how many moved.
fn spread(before: &[u8], after: &[u8]) -> (BTreeMap<Box<str>, u64>, u64) {
    let (mut at, mut moved) = (BTreeMap::new(), 0);
    for seed in 0..CLIENTS {
        let mut world = World::connected_with(Config { seed, ..Config::new(servers(before)) });
        world.replace_hosts(servers(after));
        if world.session.state() == State::Suspended {
            moved += 1;
            world.connect();
        }
        let host = &world.session.server().expect("a server").host;
        *at.entry(host.name.clone()).or_default() += 1;
    }
    (at, moved)
}

fn is_about(count: u64, expected: u64) -> bool {
    count.abs_diff(expected) < CLIENTS / 25
}

#[test]
fn two_servers_beside_three_take_over_two_clients_in_five() {
    let (at, moved) = spread(&[1, 2, 3], &[1, 2, 3, 4, 5]);
    assert!(is_about(moved, CLIENTS * 2 / 5), "{moved} moved");
    assert_eq!(at.len(), 5);
    assert!(at.values().all(|count| is_about(*count, CLIENTS / 5)), "{at:?}");
}

#[test]
fn the_clients_of_a_server_that_goes_spread_over_the_others() {
    let (at, moved) = spread(&[1, 2, 3, 4], &[1, 2, 3]);
    assert!(is_about(moved, CLIENTS / 4), "{moved} moved");
    assert!(at.values().all(|count| is_about(*count, CLIENTS / 3)), "{at:?}");
}

#[test]
fn servers_that_take_the_place_of_others_get_their_clients() {
    let (at, moved) = spread(&[1, 2, 3, 4], &[1, 2, 5, 6]);
    assert!(is_about(moved, CLIENTS / 2), "{moved} moved");
    assert!(at.values().all(|count| is_about(*count, CLIENTS / 4)), "{at:?}");
}

/// Fewer servers, some of them new: `updateServerList` has a formula for that alone.
#[test]
fn clients_of_lost_servers_prefer_the_new_one_as_far_as_that_evens_the_load() {
    let (at, moved) = spread(&[1, 2, 3, 4, 5, 6], &[1, 2, 3, 7]);
    assert!(is_about(moved, CLIENTS / 2), "{moved} moved");
    assert!(at.values().all(|count| is_about(*count, CLIENTS / 4)), "{at:?}");
}

#[test]
fn an_entirely_new_list_moves_everybody() {
    let (at, moved) = spread(&[1, 2], &[3, 4]);
    assert_eq!(moved, CLIENTS);
    assert!(at.values().all(|count| is_about(*count, CLIENTS / 2)), "{at:?}");
}

#[test]
fn the_same_list_in_another_order_moves_nobody() {
    assert_eq!(spread(&[1, 2, 3], &[3, 1, 2]).1, 0);
}

#[test]
fn a_move_answers_everything_honestly() {
    let mut world = World::connected_with(Config::new(servers(&[1])));
    let sent = world.submit(&set("/a"));
    world.is_stalled = true;
    let unsent = world.submit(&set("/b"));
    world.is_stalled = false;
    world.session.replace_hosts(world.now, servers(&[2]));
    world.tick();
    for (call, outcome) in [(sent, Outcome::Unknown), (unsent, Outcome::NotApplied)] {
        let moving = ErrorKind::ConnectionLost { fault: Fault::Moving, outcome };
        assert_eq!(world.error_of(call).kind(), &moving);
    }
    assert!(matches!(
        world.actions()[..],
        [Action::Connect(_), Action::Disconnect(Fault::Moving), Action::Connect(_)]
            | [Action::Disconnect(Fault::Moving), Action::Connect(_)]
    ));
}

/// It could have connected; it is not a failure to be told of.
#[test]
fn a_server_that_was_left_is_no_failure() {
    let mut world = World::connected_with(Config::new(servers(&[1])));
    world.replace_hosts(servers(&[2]));
    assert!(world.session.failures().is_empty());
}

#[test]
fn an_attempt_at_a_server_that_is_not_in_the_list_any_more_is_given_up() {
    let mut world = World::with(Config::new(servers(&[1])));
    world.wait_for_attempt();
    world.replace_hosts(servers(&[2]));
    assert_eq!(world.faults(), [Fault::Moving]);
    assert_eq!(world.connect().host, server("10.0.0.2"));
}

#[test]
fn a_look_up_of_a_name_that_is_not_in_the_list_any_more_is_given_up() {
    let mut world = World::with(Config::new(vec![server("zk1")]));
    world.tick();
    assert!(matches!(&world.actions()[..], [Action::Resolve(l)] if l.host == server("zk1")));
    world.replace_hosts(vec![server("zk2")]);
    assert!(matches!(&world.actions()[..], [Action::Resolve(l)] if l.host == server("zk2")));
    world.session.handle_resolved(world.now, 1, Ok(vec!["10.0.0.1:2181".parse().unwrap()]));
    world.tick();
    assert!(world.actions().is_empty(), "zk1 is not asked for any more");
}

#[test]
fn a_look_up_of_a_name_that_stays_goes_on() {
    let mut world = World::with(Config::new(vec![server("zk1")]));
    world.tick();
    world.actions();
    world.replace_hosts(vec![server("zk2"), server("zk1")]);
    assert!(world.actions().is_empty());
    world.session.handle_resolved(world.now, 1, Ok(vec!["10.0.0.1:2181".parse().unwrap()]));
    world.tick();
    assert_eq!(world.connect().host, server("zk1"));
}

#[test]
fn the_new_list_is_the_one_for_the_attempts_to_come() {
    let mut world = World::connected_with(three_servers());
    world.submit(&get("/a"));
    world.server_answers_all();
    world.replace_hosts(servers(&[4, 5]));
    for _ in 0..4 {
        let host = world.wait_for_attempt().host;
        assert!(servers(&[4, 5]).contains(&host), "{host}");
        world.attempt_fails("refused");
    }
    assert_eq!(world.next_deadline().1, Reason::Reconnect);
    assert!(world.next_deadline().0 < seconds(1));
}
