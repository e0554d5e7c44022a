//! Transports that come up and are of no use, and servers that want another one.

use zk_proto::wire::Outbox;
use zk_proto::{
    Action, Config, ConnectString, ErrorKind, Fault, Instant, Outcome, Session, State, Target,
    Ticket,
};

use crate::support::{World, get, seconds};

/// What the session wants of its connection, and what it reports. Returns where it goes next.
fn is_given_up(world: &mut World, why: &str) -> Target {
    let mut actions = world.actions();
    assert_eq!(actions[0], Action::Disconnect(Fault::Transport));
    let reported: Vec<_> = world.session.failures().iter().map(|failure| &*failure.why).collect();
    assert_eq!(reported, [why]);
    let Some(Action::Connect(next)) = actions.pop() else { panic!("no other attempt") };
    world.attempt_succeeds();
    next
}

#[test]
fn a_transport_may_fail_before_it_is_of_use() {
    let mut world = World::new();
    let first = world.wait_for_attempt();
    world.actions();
    world.transport_fails("expired certificate");
    assert_ne!(is_given_up(&mut world, "expired certificate"), first);
    assert_eq!(world.session.failures()[0].address, Some(first.address));
    world.server_grants();
}

/// As when a server of TLS 1.3 refuses a certificate: it says so after the client is done.
#[test]
fn a_transport_may_fail_while_the_handshake_is_on_its_way() {
    let mut world = World::new();
    world.transport_comes_up();
    world.actions();
    world.transport_fails("certificate required");
    is_given_up(&mut world, "certificate required");
    assert_eq!(world.session.state(), State::Connecting);
    world.server_grants();
}

#[test]
fn a_transport_that_fails_is_a_lost_connection() {
    let mut world = World::connected();
    let sent = world.submit(&get("/a"));
    world.is_stalled = true;
    let unsent = world.submit(&get("/b"));
    world.actions();
    world.transport_fails("bad record");
    world.is_stalled = false;
    is_given_up(&mut world, "bad record");
    let lost = |outcome| ErrorKind::ConnectionLost { fault: Fault::Transport, outcome };
    assert_eq!(world.error_of(sent).kind(), &lost(Outcome::Unknown));
    assert_eq!(world.error_of(unsent).kind(), &lost(Outcome::NotApplied));
    assert_eq!(world.states().last(), Some(&State::Suspended));
    world.server_grants();
}

#[test]
fn a_transport_that_fails_while_the_session_closes_ends_it() {
    let mut world = World::connected();
    world.close();
    world.transport_fails("bad record");
    assert_eq!(world.session.state(), State::Closed);
}

#[test]
fn without_a_transport_none_fails() {
    let mut world = World::connected();
    world.line_breaks();
    world.wait_for_attempt();
    world.attempt_fails("refused");
    while world.is_connecting() {
        world.attempt_fails("refused");
    }
    world.actions();
    world.transport_fails("late");
    assert_eq!(world.actions(), []);
    world.close();
    world.pass(seconds(2));
    world.actions();
    world.transport_fails("too late");
    assert_eq!(world.actions(), []);
}

/// An alert in clear: what the server of a port for TLS answers to what is not TLS.
const ALERT: [u8; 7] = [21, 3, 1, 0, 2, 2, 40];

#[test]
fn a_server_that_answers_with_tls_is_recognised() {
    for bytes in [&ALERT[..], &[22, 3, 3, 0, 80, 2], &[21, 3, 4, 0]] {
        let mut world = World::new();
        world.transport_comes_up();
        world.actions();
        world.server_sends(bytes);
        assert_eq!(world.actions()[0], Action::Disconnect(Fault::TlsPort));
        let why = "the server speaks TLS on this port, and the client does not";
        assert_eq!(&*world.session.failures()[0].why, why);
    }
}

#[test]
fn what_looks_like_tls_later_or_by_half_is_no_tls() {
    let mut world = World::connected();
    world.actions();
    world.server_sends(&ALERT);
    assert_eq!(world.actions()[0], Action::Disconnect(Fault::FrameTooLong));
    for bytes in [[21, 2, 0, 0], [24, 3, 1, 0], [21, 3, 5, 0]] {
        let mut world = World::new();
        world.transport_comes_up();
        world.actions();
        world.server_sends(&bytes);
        assert_eq!(world.actions()[0], Action::Disconnect(Fault::FrameTooLong));
    }
}

/// The identity outlives the transport.
#[test]
fn a_session_is_resumed_over_another_transport() {
    let mut world = World::connected();
    let id = world.session.ticket().map(|Ticket { session_id, .. }| session_id);
    world.transport_fails("bad record");
    world.transport_comes_up();
    assert_eq!(Some(world.server_grants().session_id), id);
}

/// As in an adapter whose threads do not know yet that the attempt was given up.
#[test]
fn what_comes_late_of_an_attempt_is_not_taken_for_the_next_one() {
    type Late = fn(&mut Session<u64, u64>, Instant);
    let connected: Late = |session, now| session.handle_connected(now);
    let failed: Late = |session, now| session.handle_connect_failed(now, "late");
    let disconnected: Late = |session, now| session.handle_disconnected(now, "late");
    let unusable: Late = |session, now| session.handle_transport_failed(now, "late");
    for late in [connected, failed, disconnected, unusable] {
        let servers: ConnectString = "127.0.0.1:1,127.0.0.2:1".parse().unwrap();
        let mut session = Session::new(Config::new(servers.hosts));
        waits_until_its_deadline(&mut session);
        let Some(Action::Connect(first)) = session.poll_action() else { panic!("no attempt") };
        let now = waits_until_its_deadline(&mut session);
        late(&mut session, now);
        assert!(!session.poll_transmit(now, &mut Outbox::default()));
        let why: Vec<_> = session.failures().iter().map(|failure| &*failure.why).collect();
        assert_eq!(why, ["connect timeout"]);
        assert!(matches!(session.poll_action(), Some(Action::Disconnect(_))));
        let Some(Action::Connect(second)) = session.poll_action() else { panic!("no other") };
        assert_ne!(first, second);
        session.handle_connected(now);
        assert!(session.poll_transmit(now, &mut Outbox::default()));
    }
}

fn waits_until_its_deadline(session: &mut Session<u64, u64>) -> Instant {
    let (at, _) = session.poll_timeout().expect("a deadline");
    session.handle_timeout(at);
    at
}
