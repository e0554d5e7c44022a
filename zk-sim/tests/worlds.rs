//! What a user does with a world.

use std::time::Duration;

use zk_client::{ChangeKind, Create, ErrorKind, State, WatchMode};
use zk_sim::{Answer, Cut, Fault, Mishap, Setup, Strike, Way, World};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn clients_of_one_world_see_what_the_others_write() {
    let mut world = World::new(1);
    let (one, other) = (world.client(), world.client());
    world.run_until(one.create("/a", "x")).unwrap();
    let mut watch = world.run_until(other.watch("/a", WatchMode::Persistent)).unwrap();
    world.run_until(one.set("/a", "y")).unwrap();
    let change = world.run_until(watch.next()).unwrap();
    assert_eq!(change.kind, ChangeKind::DataChanged);
}

#[test]
fn an_hour_takes_no_time() {
    let mut world = World::new(2);
    let zk = world.client();
    world.run_for(seconds(3_600));
    assert_eq!(zk.state(), State::Connected);
    assert!(world.now().to_string().starts_with("3600."));
}

#[test]
fn a_client_moves_on_when_its_member_is_killed() {
    let mut world = World::with(Setup::new(3).members(3));
    let zk = world.client();
    world.run_until(zk.create("/a", "x")).unwrap();
    for _ in 0..3 {
        let server = zk.server().unwrap().host.name;
        let member = server.trim_start_matches("zk").parse().unwrap();
        world.kill(member);
        world.run_for(seconds(5));
        assert_eq!(&*world.run_until(zk.get("/a")).unwrap().data, b"x");
        world.restart(member);
    }
}

#[test]
fn a_session_that_is_cut_off_expires_on_both_sides() {
    let mut world = World::new(4);
    let zk = world.client();
    world.run_until(zk.call(Create::new("/e", "").ephemeral())).unwrap();
    world.partition(0);
    world.run_for(seconds(60));
    assert_eq!(zk.state(), State::Expired);
    assert!(world.ensemble().tree().node("/e").is_none());
    world.heal();
    let next = world.client();
    assert_eq!(world.run_until(next.exists("/e")).unwrap(), None);
}

#[test]
fn a_fault_comes_and_goes_in_its_time() {
    let mut world = World::new(5);
    let zk = world.client();
    world.run_until(zk.create("/a", "")).unwrap();
    let fault = Fault::Stall { client: Some(0), member: None, way: Way::Down };
    world.schedule(Strike { after: seconds(1), fault, lasts: seconds(1) });
    world.run_for(Duration::from_millis(1_500));
    let before = world.now();
    world.run_until(zk.get("/a")).unwrap();
    let waited = world.now().saturating_since(before);
    assert!(
        (Duration::from_millis(400)..Duration::from_millis(600)).contains(&waited),
        "{waited:?}"
    );
}

#[test]
fn a_reply_can_be_lost_although_the_write_is_done() {
    let mut world = World::new(6);
    let zk = world.client();
    world.run_until(zk.exists("/a")).unwrap();
    world.begin(&Fault::Mishap { what: Mishap::ReplyLost, times: 1 });
    let error = world.run_until(zk.create("/a", "x")).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ConnectionLost { .. }), "{error}");
    assert!(world.run_until(zk.exists("/a")).unwrap().is_some());
}

#[test]
fn a_line_breaks_in_the_middle_of_a_frame() {
    let mut world = World::new(7);
    let zk = world.client();
    world.run_until(zk.create("/a", "x")).unwrap();
    let how = Cut::After(zk_sim::Direction::Down, 10);
    world.begin(&Fault::Cut { client: 0, how });
    assert!(world.run_until(zk.get("/a")).is_err());
    assert_eq!(world.tally().of("connection cut in the middle"), 1);
    assert_eq!(&*world.run_until(zk.get("/a")).unwrap().data, b"x");
}

#[test]
fn names_resolve_as_the_script_says() {
    let mut world = World::new(8);
    world.begin(&Fault::Resolve { member: 0, answer: Answer::Unknown });
    let zk = world.client();
    world.run_for(seconds(5));
    assert_eq!(zk.state(), State::Connecting);
    let answer = Answer::Members(vec![0], seconds(1));
    world.begin(&Fault::Resolve { member: 0, answer });
    world.run_until(zk.exists("/")).unwrap();
}

#[test]
fn tasks_go_on_beside_each_other() {
    let mut world = World::new(9);
    let (zk, time) = (world.client(), world.time());
    let writer = world.client();
    let clock = time.clone();
    time.spawn(async move {
        for number in 0..10 {
            clock.sleep(seconds(60)).await;
            writer.create(&format!("/{number}"), "").await.unwrap();
        }
    });
    world.run_for(seconds(330));
    let children = world.run_until(zk.children("/")).unwrap();
    assert_eq!(children.len(), 6, "five of them, and /zookeeper: {children:?}");
}

#[test]
fn the_same_seed_makes_the_same_world() {
    let trace = |seed| {
        let mut world = World::with(Setup::new(seed).members(3));
        let zk = world.client();
        world.begin(&Fault::KillLeader);
        let _ = world.run_until(zk.create("/a", "x"));
        world.run_for(seconds(60));
        world.trace()
    };
    assert_eq!(trace(10), trace(10));
    assert_ne!(trace(10), trace(11));
}
