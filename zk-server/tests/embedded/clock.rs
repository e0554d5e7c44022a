//! Time that the test holds.

use std::time::Duration;

use tokio::time::timeout;
use zk_server::{Clock, Config, Effect, OpCode, Rule, Server};
use zk_tokio::{Client, Create, State};

use crate::{LIMIT, QUIET, becomes, connect, story};

#[test]
fn a_session_expires_when_the_test_says_so() {
    story(async {
        let clock = Clock::manual();
        let server = Server::builder().clock(&clock).start().unwrap();
        let zk = connect(&server.connect_string()).await;
        zk.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
        let mut states = zk.states();
        clock.advance(zk.session_timeout() - Duration::from_millis(1));
        assert_eq!(server.sessions().len(), 1);
        // Expiry is looked at once in a tick.
        clock.advance(Config::default().tick + Duration::from_millis(1));
        assert!(server.sessions().is_empty());
        assert!(server.inspect(|engine| engine.tree().node("/ephemeral").is_none()));
        becomes(&mut states, State::Expired).await;
    });
}

#[test]
fn days_pass_in_no_time_for_several_servers() {
    story(async {
        let clock = Clock::manual();
        let start = || Server::builder().clock(&clock).start().unwrap();
        let (first, second) = (start(), start());
        let zk = connect(&first.connect_string()).await;
        let other = connect(&second.connect_string()).await;
        let (day, mut states) = (Duration::from_secs(24 * 3600), other.states());
        clock.advance(day);
        assert_eq!(clock.elapsed(), day);
        assert!(first.sessions().is_empty() && second.sessions().is_empty());
        becomes(&mut states, State::Expired).await;
        drop(zk);
    });
}

#[test]
fn the_time_of_day_moves_with_it() {
    story(async {
        let clock = Clock::manual();
        let config = Config { epoch: Duration::from_secs(1_000_000_000), ..Config::default() };
        let server = Server::builder().config(config).clock(&clock).start().unwrap();
        let zk = connect(&server.connect_string()).await;
        zk.create("/a", "").await.unwrap();
        clock.advance(Duration::from_millis(1500));
        let stat = zk.set("/a", "x").await.unwrap();
        assert_eq!((stat.ctime, stat.mtime), (1_000_000_000_000, 1_000_000_001_500));
    });
}

/// A write that waits for its second is made in that second, however far the clock is moved.
#[test]
fn what_falls_due_on_the_way_happens_at_its_own_time() {
    story(async {
        let clock = Clock::manual();
        let config = Config { epoch: Duration::from_secs(1000), ..Config::default() };
        let server = Server::builder().config(config).clock(&clock).start().unwrap();
        let zk = connect(&server.connect_string()).await;
        let second = Duration::from_secs(1);
        let rule = server.add_rule(Rule::new(Effect::Delay(second), |op, _| op == OpCode::SetData));
        let mut reply = zk.set("/", "x");
        assert!(timeout(QUIET, &mut reply).await.is_err());
        assert!(server.wait_until(LIMIT, |engine| engine.rule_hits(rule) == 1));
        clock.advance(second * 10);
        assert_eq!(reply.await.unwrap().mtime, 1_001_000);
    });
}

#[test]
fn an_empty_container_goes_when_it_is_looked_after() {
    story(async {
        let clock = Clock::manual();
        let server = Server::builder().clock(&clock).start().unwrap();
        let builder = Client::builder().session_timeout(Duration::from_secs(40));
        let zk = builder.connect(&server.connect_string()).await.unwrap();
        zk.call(Create::new("/container", "").container()).await.unwrap();
        zk.create("/container/child", "").await.unwrap();
        zk.delete("/container/child").await.unwrap();
        clock.advance(Config::default().container_check * 2);
        let gone = server.wait_until(LIMIT, |engine| engine.tree().node("/container").is_none());
        assert!(gone);
    });
}
