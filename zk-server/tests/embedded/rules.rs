//! What goes wrong on purpose.

use std::time::{Duration, Instant};

use tokio::time::timeout;
use zk_proto::OpCode;
use zk_server::{Clock, Effect, Rule, RuleId, Server};
use zk_tokio::{Client, ErrorCode, Outcome, State};

use crate::{LIMIT, QUIET, becomes, connect, story};

/// To the next write of `/a`, once.
fn to_the_next_write(server: &Server, effect: Effect) -> RuleId {
    let rule = Rule::new(effect, |op, path| op == OpCode::SetData && path == "/a");
    server.add_rule(rule.times(1))
}

async fn with_node(server: &Server) -> Client {
    let zk = connect(&server.connect_string()).await;
    zk.create("/a", "old").await.unwrap();
    zk
}

async fn data(zk: &Client) -> Vec<u8> {
    zk.get("/a").await.unwrap().data.to_vec()
}

#[test]
fn a_failure_is_answered_and_changes_nothing() {
    story(async {
        let server = Server::start().unwrap();
        let zk = with_node(&server).await;
        let rule = to_the_next_write(&server, Effect::Fail(ErrorCode::NoAuth));
        let error = zk.set("/a", "new").await.unwrap_err();
        assert_eq!((error.code(), error.outcome()), (Some(ErrorCode::NoAuth), Outcome::NotApplied));
        assert_eq!(data(&zk).await, b"old");
        assert_eq!(server.inspect(|engine| engine.rule_hits(rule)), 1);
        zk.set("/a", "new").await.unwrap();
    });
}

#[test]
fn a_rule_ends_when_it_is_removed() {
    story(async {
        let server = Server::start().unwrap();
        let zk = with_node(&server).await;
        let rule =
            server.add_rule(Rule::new(Effect::Fail(ErrorCode::NoAuth), |_, path| path == "/a"));
        assert!(zk.get("/a").await.is_err());
        assert!(zk.get("/a").await.is_err());
        server.remove_rule(rule);
        zk.get("/a").await.unwrap();
    });
}

#[test]
fn a_dropped_request_was_not_carried_out() {
    story(async {
        let server = Server::start().unwrap();
        let zk = with_node(&server).await;
        to_the_next_write(&server, Effect::Drop);
        assert_eq!(zk.set("/a", "new").await.unwrap_err().outcome(), Outcome::Unknown);
        assert_eq!(data(&zk).await, b"old");
    });
}

#[test]
fn a_lost_answer_is_of_a_request_that_was_carried_out() {
    story(async {
        let server = Server::start().unwrap();
        let zk = with_node(&server).await;
        to_the_next_write(&server, Effect::Lose);
        assert_eq!(zk.set("/a", "new").await.unwrap_err().outcome(), Outcome::Unknown);
        assert_eq!(data(&zk).await, b"new");
    });
}

#[test]
fn an_answer_can_be_cut_anywhere() {
    story(async {
        let server = Server::start().unwrap();
        let zk = with_node(&server).await;
        for (version, bytes) in [0, 1, 3, 4, 19, 20, 50].into_iter().enumerate() {
            to_the_next_write(&server, Effect::Cut(bytes));
            assert_eq!(zk.set("/a", "new").await.unwrap_err().outcome(), Outcome::Unknown);
            let written = zk.get("/a").await.unwrap().stat.version;
            assert_eq!(usize::try_from(written), Ok(version + 1));
        }
    });
}

#[test]
fn a_request_on_hold_is_never_answered() {
    story(async {
        let server = Server::start().unwrap();
        let zk = with_node(&server).await;
        let mut states = zk.states();
        let rule = to_the_next_write(&server, Effect::Hold);
        let mut reply = zk.set("/a", "new");
        // Polled, so that it is sent.
        assert!(timeout(QUIET, &mut reply).await.is_err());
        assert!(server.wait_until(LIMIT, |engine| engine.rule_hits(rule) == 1));
        assert!(timeout(QUIET, &mut reply).await.is_err());
        server.drop_connections();
        assert_eq!(reply.await.unwrap_err().outcome(), Outcome::Unknown);
        becomes(&mut states, State::Suspended).await;
        assert_eq!(data(&zk).await, b"old");
    });
}

#[test]
fn a_delay_is_of_the_servers_time() {
    story(async {
        let clock = Clock::manual();
        let server = Server::builder().clock(&clock).start().unwrap();
        let zk = with_node(&server).await;
        let rule = to_the_next_write(&server, Effect::Delay(Duration::from_millis(500)));
        let mut reply = zk.set("/a", "new");
        assert!(timeout(QUIET, &mut reply).await.is_err());
        assert!(server.wait_until(LIMIT, |engine| engine.rule_hits(rule) == 1));
        clock.advance(Duration::from_millis(499));
        assert!(timeout(QUIET, &mut reply).await.is_err());
        clock.advance(Duration::from_millis(1));
        reply.await.unwrap();
        assert_eq!(data(&zk).await, b"new");
    });
}

/// Nothing else happens meanwhile that would wake the server.
#[test]
fn a_delay_passes_by_itself_on_the_systems_clock() {
    story(async {
        let server = Server::start().unwrap();
        let zk = with_node(&server).await;
        to_the_next_write(&server, Effect::Delay(QUIET));
        let start = Instant::now();
        zk.set("/a", "new").await.unwrap();
        assert!((QUIET..zk.session_timeout() / 3).contains(&start.elapsed()));
    });
}
