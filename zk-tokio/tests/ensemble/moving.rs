//! Sessions that move from server to server.

use zk_tokio::ChangeKind::{DataChanged, Deleted, Resync};
use zk_tokio::{Client, Create, ErrorKind, Fault, State, WatchMode};

use crate::support::verdicts::{Verdicts, create_many};
use crate::support::{LONG_SESSION, Life, change, connect, next};
use crate::{connect_to, story};

#[test]
fn each_request_in_flight_has_one_honest_answer_when_the_leader_dies() {
    story(async |ensemble| {
        let leader = ensemble.wait_for_leader().unwrap();
        let zk = connect_to(ensemble, leader, "leader-dies").await;
        let id = zk.session_id();
        zk.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
        let mut life = Life::of(&zk, State::Connected).await;
        let mut replies = create_many(&zk, 1_000);
        let (_, hundredth) = replies.remove(100);
        hundredth.await.unwrap();
        ensemble.member(leader).kill();
        let verdicts = Verdicts::of(replies).await;
        assert!(verdicts.applied.len() >= 100, "{}", verdicts.applied.len());
        life.becomes(State::Suspended).await;
        life.reaches(State::Connected).await;
        assert_eq!(zk.session_id(), id);
        assert_ne!(zk.server().unwrap().address, ensemble.member(leader).address());

        let observer = connect(&format!("{}/leader-dies", ensemble.connect_string())).await;
        verdicts.are_honest(&observer).await;
        assert!(observer.exists("/ephemeral").await.unwrap().is_some());
    });
}

#[test]
fn a_session_moves_on_with_its_nodes_and_watches() {
    story(async |ensemble| {
        let follower = ensemble.followers()[0];
        let zk = connect_to(ensemble, follower, "moves-on").await;
        let id = zk.session_id();
        zk.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
        let (_, mut watch) = zk.get_and_watch("/ephemeral").await.unwrap();
        let mut life = Life::of(&zk, State::Connected).await;
        ensemble.member(follower).kill();
        life.becomes(State::Suspended).await;
        life.becomes(State::Connected).await;
        assert_eq!(zk.session_id(), id);
        let observer = connect(&format!("{}/moves-on", ensemble.connect_string())).await;
        observer.sync("/").await.unwrap();
        observer.set("/ephemeral", "written by another").await.unwrap();
        assert_eq!(next(&mut watch).await, change(DataChanged, "/ephemeral"));
        let (_, mut gone) = observer.get_and_watch("/ephemeral").await.unwrap();
        drop((zk, watch));
        assert_eq!(next(&mut gone).await, change(Deleted, "/ephemeral"));
    });
}

#[test]
fn a_session_goes_where_its_list_of_servers_says() {
    story(async |ensemble| {
        let [first, second, third] = [0, 1, 2].map(|member| ensemble.member(member));
        let zk = connect(&first.connect_string()).await;
        let id = zk.session_id();
        let mut watch = zk.watch("/list", WatchMode::Persistent).await.unwrap();
        let mut life = Life::of(&zk, State::Connected).await;
        for server in [second, third, first] {
            let in_flight = zk.sync("/");
            zk.replace_servers(&server.connect_string()).unwrap();
            let error = in_flight.await.unwrap_err();
            let is_moving =
                matches!(error.kind(), ErrorKind::ConnectionLost { fault: Fault::Moving, .. });
            assert!(is_moving, "{error:?}");
            life.becomes(State::Suspended).await;
            life.becomes(State::Connected).await;
            assert_eq!(zk.server().unwrap().address, server.address());
            assert_eq!(zk.session_id(), id);
            assert_eq!(next(&mut watch).await.0, Resync);
        }
        // With its own server among them, and no more than before, it stays.
        zk.replace_servers(&first.connect_string()).unwrap();
        zk.get("/").await.unwrap();
        assert!(life.is_still(&zk, State::Connected));
    });
}

/// Of a server of one and then of three, two thirds of the clients belong on the new ones.
#[test]
fn clients_spread_over_a_list_that_grows() {
    const CLIENTS: u64 = 60;
    story(async |ensemble| {
        let one = ensemble.member(0).connect_string();
        let mut clients = Vec::new();
        for seed in 0..CLIENTS {
            let builder = Client::builder().session_timeout(LONG_SESSION).seed(seed);
            clients.push(builder.connect(&one).await.unwrap());
        }
        let mut moved = 0;
        for zk in &clients {
            zk.replace_servers(&ensemble.connect_string()).unwrap();
            moved += u64::from(!zk.state().is_connected());
        }
        assert!((CLIENTS / 2..CLIENTS * 5 / 6).contains(&moved), "{moved}");
        let mut on_first = 0;
        for zk in &clients {
            zk.get("/").await.unwrap();
            on_first += u64::from(zk.server().unwrap().address == ensemble.member(0).address());
        }
        assert_eq!(on_first, CLIENTS - moved);
    });
}
