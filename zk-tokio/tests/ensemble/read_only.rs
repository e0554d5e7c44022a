//! Servers without a leader, which only read.

use std::time::Duration;

use zk_server::apache::Ensemble;
use zk_tokio::{Client, Create, ErrorCode, ErrorKind, Multi, State};

use crate::options;
use crate::support::{LONG_SESSION, Life, connect, is_refused, story};

#[test]
fn a_session_reads_while_it_cannot_write_and_finds_its_way_back() {
    story(async {
        // Without a leader there can only be sessions that are local to a server.
        let options = options().read_only_mode(true).local_sessions(true);
        let ensemble = Ensemble::start(3, &options).unwrap();
        let servers = ensemble.connect_string();
        let before = connect(&servers).await;
        before.create_all("/read-only/node", "data").await.unwrap();
        before.close().await.unwrap();
        let leader = ensemble.wait_for_leader().unwrap();
        let follower = ensemble.followers()[0];
        ensemble.member(leader).kill();
        ensemble.member(follower).kill();
        // It believes in its leader until it hears that the connection is gone.
        let last = ensemble.member(3 - leader - follower);
        while last.four_letter_word("isro").ok().as_deref().map(str::trim) != Some("ro") {
            tokio::task::yield_now().await;
        }

        let builder = Client::builder().session_timeout(LONG_SESSION).read_only(true);
        let zk = builder.open(&format!("{servers}/read-only")).unwrap();
        let mut life = Life::of(&zk, State::Connecting).await;
        life.becomes(State::ConnectedReadOnly).await;
        let provisional = zk.session_id();
        assert_eq!(zk.get("/node").await.unwrap().data, "data");
        assert!(zk.ticket().is_none(), "there is nothing to resume elsewhere");
        let code = ErrorCode::NotReadOnly;
        let text = "setData /node: not allowed on a read-only server";
        is_refused(zk.set("/node", ""), code, text).await;
        let text = "create /new: not allowed on a read-only server";
        is_refused(zk.create("/new", ""), code, text).await;
        let text = "sync /: not allowed on a read-only server";
        is_refused(zk.sync("/"), code, text).await;
        let error = zk.call(Multi::new().delete("/node")).await.unwrap_err();
        assert_eq!(error.code(), Some(code));

        let demanding = Client::builder().connect_timeout(Duration::from_secs(1));
        let error = demanding.connect(&servers).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unreachable(_)), "{error}");

        ensemble.member(leader).relaunch().unwrap();
        ensemble.member(follower).relaunch().unwrap();
        life.reaches(State::Connected).await;
        assert_ne!(zk.session_id(), provisional);
        zk.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
        assert_eq!(zk.set("/node", "written").await.unwrap().version, 1);
    });
}
