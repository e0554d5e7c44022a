//! Several servers that elect a leader.
#![cfg(unix)]

use std::time::Duration;

use zk_server::apache::{Ensemble, Error, Mode, Options, Role};

#[test]
fn goes_on_when_its_leader_dies_or_freezes() {
    let ensemble = Ensemble::start(3, &Options::new()).unwrap();
    let first = ensemble.wait_for_leader().unwrap();
    assert_eq!(ensemble.leader(), Some(first));
    assert_eq!(ensemble.followers().len(), 2);
    assert_eq!(ensemble.connect_string().split(',').count(), 3);

    ensemble.member(first).kill();
    let second = ensemble.wait_for_leader().unwrap();
    assert_ne!(second, first);
    ensemble.member(first).restart().unwrap();
    assert_eq!(ensemble.wait_for_leader().unwrap(), second);

    ensemble.member(second).freeze().unwrap();
    let third = ensemble.wait_for_leader().unwrap();
    assert_ne!(third, second);
    ensemble.member(second).thaw().unwrap();
    assert_eq!(ensemble.wait_for_leader().unwrap(), third);
    assert_eq!(ensemble.member(second).mode().unwrap(), Mode::Follower);
}

#[test]
fn serves_readers_without_a_leader_in_read_only_mode() {
    let ensemble = Ensemble::start(3, &Options::new().read_only_mode(true)).unwrap();
    let leader = ensemble.wait_for_leader().unwrap();
    ensemble.members().for_each(|member| member.kill());
    let survivor = ensemble.member(leader);
    survivor.restart().unwrap();
    assert_eq!(survivor.mode().unwrap(), Mode::ReadOnly);
    assert_eq!(ensemble.leader(), None);
}

#[test]
fn takes_members_that_are_not_in_its_configuration() {
    let mut ensemble = Ensemble::start(1, &Options::new()).unwrap();
    let participant = ensemble.add_member(Role::Participant).unwrap();
    let observer = ensemble.add_member(Role::Observer).unwrap();
    assert_eq!(ensemble.size(), 3);
    assert_eq!(participant, ensemble.configuration_line(1));
    assert!(participant.starts_with("server.2=127.0.0.1:"), "{participant}");
    assert!(participant.contains(":participant;127.0.0.1:"), "{participant}");
    assert!(observer.contains(":observer;"), "{observer}");
    assert_eq!(ensemble.leader(), Some(0));
    for joiner in ensemble.members().skip(1) {
        assert_eq!(joiner.mode().unwrap(), Mode::Observer);
    }
}

#[test]
fn says_when_there_is_no_leader_in_time() {
    let options = Options::new().start_limit(Duration::from_millis(1));
    let error = Ensemble::start(2, &options).unwrap_err();
    assert!(matches!(error, Error::Late { .. }), "{error:?}");
}
