//! How long it takes from a release until the next one has it, in journeys of a network.

use std::time::Duration;

use zk_recipes::Lock;
use zk_sim::{Conditions, Direction, Peer, Setup, World};

const JOURNEY: Duration = Duration::from_millis(10);

/// A world in which nothing takes time but the way from one end of the network to the other.
fn world() -> World {
    let network = Conditions { latency: JOURNEY..JOURNEY, ..Conditions::default() };
    let scheduling = Duration::ZERO..Duration::ZERO;
    World::with(Setup { network, scheduling, records: true, ..Setup::new(1) })
}

/// The node is deleted, which the server tells who waits; and that one lists the line. A round trip
/// is two journeys, so it may take six.
#[test]
fn a_lock_is_handed_over_in_two_round_trips() {
    let mut world = world();
    let (one, other) = (world.client(), world.client());
    let guard = world.run_until(Lock::new(&one, "/lock").acquire()).unwrap();
    let waiting = Lock::new(&other, "/lock").acquire();
    world.run_for(Duration::from_secs(1));
    world.take_frames();

    let released_at = world.now();
    drop(guard);
    let next = world.run_until(waiting).unwrap();
    assert_eq!(world.now().saturating_since(released_at), JOURNEY * 4);
    assert!(next.is_held());

    let frames = world.take_frames();
    let seen_by = |client, direction| {
        let of_it = |frame: &&zk_sim::Frame| frame.client == client && frame.end == Peer::Client;
        frames.iter().filter(of_it).filter(|frame| frame.direction == direction).count()
    };
    assert_eq!(seen_by(0, Direction::Up), 1, "the node is deleted");
    assert_eq!(seen_by(1, Direction::Down), 2, "the other one is told, and hears the line");
    assert_eq!(seen_by(1, Direction::Up), 1, "for which it asks");
}
