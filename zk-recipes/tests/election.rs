//! An election, at its awkward moments.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use zk_client::{Async, Client, Config, ErrorCode, ErrorKind};
use zk_recipes::{Candidate, LatchStatus, LeaderLatch, LeaderSelector, Loss};
use zk_sim::{Cut, Fault, Way, World};

const PATH: &str = "/leader";

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn join(world: &mut World, zk: &Client<Async>, id: &str) -> Candidate<Async> {
    world.run_until(LeaderLatch::new(zk, PATH).id(id).join()).unwrap()
}

fn ids(world: &mut World, zk: &Client<Async>) -> Vec<String> {
    let candidates = world.run_until(LeaderLatch::new(zk, PATH).candidates()).unwrap();
    let text = |data: &[u8]| String::from_utf8_lossy(data).into_owned();
    candidates.iter().map(|candidate| text(&candidate.node.data)).collect()
}

#[test]
fn who_joined_first_leads_and_the_next_one_follows() {
    let mut world = World::new(1);
    let clients: Vec<_> = (0..3).map(|_| world.client()).collect();
    let election = LeaderLatch::new(&clients[0], PATH);
    assert_eq!(world.run_until(election.leader()).unwrap(), None, "there is not even the node");

    let one = join(&mut world, &clients[0], "one");
    let two = join(&mut world, &clients[1], "two");
    let three = join(&mut world, &clients[2], "three");
    let term = world.run_until(one.wait_leader()).unwrap();
    assert_eq!(one.status(), LatchStatus::Leader(term.clone()));
    assert!(one.is_leader() && !two.is_leader() && !three.is_leader());
    assert_eq!(ids(&mut world, &clients[2]), ["one", "two", "three"]);
    let leader = world.run_until(election.leader()).unwrap().unwrap();
    assert_eq!((leader.path, leader.node.stat.czxid), (term.node.clone(), term.token));

    drop(two); // who leaves before its turn changes nothing
    world.run_for(seconds(1));
    assert!(one.is_leader() && !three.is_leader());
    let next = three.wait_leader();
    world.run_until(one.close()).unwrap();
    assert!(world.run_until(next).unwrap().token > term.token);
    assert!(three.is_leader());
    world.run_until(three.close()).unwrap();
    assert_eq!(ids(&mut world, &clients[0]), [""; 0]);
    assert!(clients.iter().all(|zk| zk.stats().watches == 0));
}

#[test]
fn who_is_deleted_is_told_and_joins_again_as_the_last() {
    let mut world = World::new(2);
    let clients = [world.client(), world.client()];
    let one = join(&mut world, &clients[0], "one");
    let mut statuses = one.statuses();
    let two = join(&mut world, &clients[1], "two");
    let first = world.run_until(one.wait_leader()).unwrap();
    world.run_until(clients[1].delete(&first.node)).unwrap();
    world.run_until(two.wait_leader()).unwrap();
    world.run_for(seconds(1));
    assert!(two.is_leader() && !one.is_leader());
    assert_eq!(ids(&mut world, &clients[0]), ["two", "one"]);

    let error = world.run_until(clients[0].call(first.fence().create("/late", ""))).unwrap_err();
    assert_eq!((error.failed_operation(), error.code()), (Some(0), Some(ErrorCode::NoNode)));

    drop(two);
    let second = world.run_until(one.wait_leader()).unwrap();
    assert!(second.token > first.token);
    world.run_until(one.close()).unwrap();
    let mut told = Vec::new();
    while let Some(status) = world.run_until(statuses.next()) {
        told.push(status);
    }
    let waiting = LatchStatus::Waiting;
    let (first, second) = (LatchStatus::Leader(first), LatchStatus::Leader(second));
    let all = [waiting.clone(), first, waiting.clone(), second];
    assert_eq!(told[..4], all);
    assert!(told[4..].iter().all(|status| *status == waiting), "{told:?}");
}

#[test]
fn l3_a_leader_stops_believing_before_anybody_else_can_lead() {
    let mut world = World::new(3);
    let timed = |config: Config| Config { session_timeout: seconds(4), ..config };
    let config = timed(world.config());
    let zk = world.client_with(config);
    let config = timed(world.config());
    let other = world.client_with(config);
    let one = join(&mut world, &zk, "one");
    let two = join(&mut world, &other, "two");
    world.run_until(one.wait_leader()).unwrap();
    let mut statuses = one.statuses();
    assert!(matches!(world.run_until(statuses.next()), Some(LatchStatus::Leader(_))));

    world.begin(&Fault::Partition { client: Some(0), member: None, way: Way::Both });
    assert_eq!(world.run_until(statuses.next()), Some(LatchStatus::Suspended));
    assert!(!one.is_leader());
    assert!(!two.is_leader(), "its session lives still");
    world.run_until(two.wait_leader()).unwrap();
    assert!(!one.is_leader());

    world.heal();
    let lost = world.run_until(statuses.next()).unwrap();
    assert!(matches!(lost, LatchStatus::Lost(Loss::SessionOver(_))), "{lost:?}");
    assert_eq!(world.run_until(statuses.next()), None, "sessions are final");
    let error = world.run_until(one.wait_leader()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::SessionExpired(_)), "{error}");
}

#[test]
fn who_was_away_for_a_moment_leads_on() {
    let mut world = World::new(4);
    let zk = world.client();
    let one = join(&mut world, &zk, "one");
    let term = world.run_until(one.wait_leader()).unwrap();
    let mut statuses = one.statuses();
    assert!(matches!(world.run_until(statuses.next()), Some(LatchStatus::Leader(_))));
    world.begin(&Fault::Cut { client: 0, how: Cut::Reset });
    assert_eq!(world.run_until(statuses.next()), Some(LatchStatus::Suspended));
    let mut awaited = one.wait_leader();
    assert_eq!(world.run_until(&mut awaited).unwrap(), term);
    assert!(one.is_leader());
}

#[test]
fn who_waits_is_told_if_it_is_in_vain() {
    let mut world = World::new(5);
    let (zk, other) = (world.client(), world.client());
    let leader = join(&mut world, &zk, "leader");
    world.run_until(leader.wait_leader()).unwrap();
    let election = LeaderLatch::new(&other, PATH);
    let hasty = world.run_until(election.within(seconds(2)).join()).unwrap();
    let error = world.run_until(hasty.wait_leader()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::DeadlineExceeded(_)), "{error}");
    assert_eq!(hasty.status(), LatchStatus::Waiting, "it is a candidate all the same");

    let patient = world.run_until(election.join()).unwrap();
    let (waiting, closing) = (patient.wait_leader(), hasty.close());
    world.run_until(closing).unwrap();
    world.with_ensemble(|engine, now| engine.expire_session(now, other.session_id()));
    let error = world.run_until(waiting).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::SessionExpired(_)), "{error}");
    drop(leader);
    let mut nobody = join(&mut world, &zk, "another").wait_leader();
    let error = world.run_until(&mut nobody).unwrap_err(); // its candidate was dropped
    assert!(matches!(error.kind(), ErrorKind::Cancelled(_)), "{error}");
}

#[test]
fn with_a_selector_candidates_take_turns() {
    let mut world = World::new(6);
    let clients = [world.client(), world.client()];
    let [one, two] = ["one", "two"];
    let one = LeaderSelector::new(&clients[0], PATH).id(one);
    let two = LeaderSelector::new(&clients[1], PATH).id(two);
    let mut last = 0;
    let mut leads = world.run_until(one.lead()).unwrap();
    for next in [&two, &one, &two] {
        assert!(leads.is_held() && leads.fencing_token() > last);
        last = leads.fencing_token();
        let leading = next.lead();
        world.run_for(seconds(1));
        assert_eq!(world.run_until(one.candidates()).unwrap().len(), 2);
        world.run_until(leads.release()).unwrap();
        leads = world.run_until(leading).unwrap();
    }
    drop(leads);
}
