//! An ensemble: members that are killed, restarted, frozen, and that lag.

use std::io::ErrorKind;
use std::net::TcpStream;
use std::time::Duration;

use tokio::time::timeout;
use zk_server::{Config, Ensemble, Lag};
use zk_tokio::{Client, State};

use crate::{QUIET, becomes, connect, story};

#[test]
fn all_members_serve_one_tree() {
    story(async {
        let ensemble = Ensemble::start(3).unwrap();
        assert_eq!(ensemble.connect_string().split(',').count(), 3);
        connect(&ensemble.member(0).connect_string()).await.create("/a", "x").await.unwrap();
        for member in ensemble.members() {
            let zk = connect(&member.connect_string()).await;
            assert_eq!(zk.get("/a").await.unwrap().data, "x");
        }
    });
}

#[test]
fn a_session_survives_the_death_of_the_leader() {
    story(async {
        let ensemble = Ensemble::start(3).unwrap();
        let zk = connect(&ensemble.connect_string()).await;
        let (mut states, session) = (zk.states(), zk.session_id());
        let leader = ensemble.leader().unwrap();
        ensemble.member(leader).kill();
        becomes(&mut states, State::Suspended).await;
        becomes(&mut states, State::Connected).await;
        assert_eq!(zk.session_id(), session);
        zk.create("/a", "").await.unwrap();
        let successor = ensemble.leader().unwrap();
        assert_ne!(successor, leader);
        ensemble.member(leader).restart().unwrap();
        assert_eq!(ensemble.leader(), Some(successor));
    });
}

#[test]
fn a_killed_member_refuses_connections_until_it_is_restarted() {
    story(async {
        let ensemble = Ensemble::start(3).unwrap();
        let member = ensemble.member(2);
        let address = member.address();
        member.kill();
        assert!(!member.is_up());
        assert_eq!(TcpStream::connect(address).unwrap_err().kind(), ErrorKind::ConnectionRefused);
        member.restart().unwrap();
        assert!(member.is_up());
        assert_eq!(member.address(), address);
        connect(&member.connect_string()).await.create("/a", "").await.unwrap();
    });
}

#[test]
fn without_a_majority_nobody_is_served() {
    story(async {
        let ensemble = Ensemble::start(3).unwrap();
        let zk = connect(&ensemble.connect_string()).await;
        let mut states = zk.states();
        ensemble.member(0).kill();
        ensemble.member(1).kill();
        assert_eq!(ensemble.leader(), None);
        becomes(&mut states, State::Suspended).await;
        assert!(timeout(QUIET, zk.get("/")).await.is_err());
        ensemble.member(1).restart().unwrap();
        assert!(ensemble.leader().is_some());
        becomes(&mut states, State::Connected).await;
        zk.get("/").await.unwrap();
    });
}

#[test]
fn without_a_majority_a_member_can_serve_reads() {
    story(async {
        let config = Config { read_only: true, ..Config::default() };
        let ensemble = Ensemble::builder().config(config).start_ensemble(3).unwrap();
        connect(&ensemble.connect_string()).await.create("/a", "x").await.unwrap();
        ensemble.member(0).kill();
        ensemble.member(1).kill();
        let builder = Client::builder().read_only(true);
        let zk = builder.connect(&ensemble.member(2).connect_string()).await.unwrap();
        assert_eq!(zk.state(), State::ConnectedReadOnly);
        assert_eq!(zk.get("/a").await.unwrap().data, "x");
    });
}

#[test]
fn a_frozen_member_leaves_the_others_alone() {
    story(async {
        let ensemble = Ensemble::start(3).unwrap();
        let frozen = connect(&ensemble.member(2).connect_string()).await;
        let zk = connect(&ensemble.member(1).connect_string()).await;
        ensemble.member(2).freeze();
        let mut reply = frozen.get("/");
        assert!(timeout(QUIET, &mut reply).await.is_err());
        zk.create("/a", "").await.unwrap();
        ensemble.member(2).thaw();
        reply.await.unwrap();
    });
}

#[test]
fn a_member_that_lags_shows_old_data_until_it_is_asked_to_sync() {
    story(async {
        let ensemble = Ensemble::start(3).unwrap();
        let writer = connect(&ensemble.member(0).connect_string()).await;
        let reader = connect(&ensemble.member(2).connect_string()).await;
        writer.create("/a", "old").await.unwrap();
        reader.sync("/").await.unwrap();
        ensemble.member(2).lag(Lag::Held);
        writer.set("/a", "new").await.unwrap();
        assert_eq!(reader.get("/a").await.unwrap().data, "old");
        let mut sync = reader.sync("/");
        assert!(timeout(QUIET, &mut sync).await.is_err());
        ensemble.member(2).lag(Lag::None);
        sync.await.unwrap();
        assert_eq!(reader.get("/a").await.unwrap().data, "new");
    });
}

#[test]
fn connections_of_one_member_can_be_dropped() {
    story(async {
        let ensemble = Ensemble::start(2).unwrap();
        let (first, second) = (ensemble.member(0), ensemble.member(1));
        let dropped = connect(&first.connect_string()).await;
        let kept = connect(&second.connect_string()).await;
        let (mut of_dropped, mut of_kept) = (dropped.states(), kept.states());
        assert_eq!(of_kept.next().await, Some(State::Connected));
        first.drop_connections();
        becomes(&mut of_dropped, State::Suspended).await;
        becomes(&mut of_dropped, State::Connected).await;
        assert_eq!(of_kept.try_next(), None);
    });
}

#[test]
fn an_election_takes_as_long_as_it_is_told_to() {
    story(async {
        let clock = zk_server::Clock::manual();
        let config = Config { election: Duration::from_millis(200), ..Config::default() };
        let builder = Ensemble::builder().config(config).clock(&clock);
        let ensemble = builder.start_ensemble(3).unwrap();
        let leader = ensemble.leader().unwrap();
        ensemble.member(leader).kill();
        assert_eq!(ensemble.leader(), None);
        clock.advance(Duration::from_millis(199));
        assert_eq!(ensemble.leader(), None);
        clock.advance(Duration::from_millis(1));
        assert!(ensemble.leader().is_some_and(|successor| successor != leader));
    });
}
