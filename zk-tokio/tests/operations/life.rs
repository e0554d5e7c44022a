//! How sessions begin, go on elsewhere, and end.

use std::time::Duration;

use tokio::runtime::Builder as RuntimeBuilder;
use zk_tokio::{
    ChangeKind, Client, Create, Ended, ErrorCode, ErrorKind, Outcome, State, Ticket, WatchMode,
};

use crate::support::{LONG_SESSION, Life, change, is_refused, next, story};
use crate::{connect, connect_below, server};

#[test]
fn a_session_says_where_it_stands_from_its_beginning_to_its_end() {
    story(async {
        let zk = Client::builder().open(&server().connect_string()).unwrap();
        assert_eq!((zk.state(), zk.session_id(), zk.server()), (State::Connecting, 0, None));
        assert!(zk.ticket().is_none());
        let mut life = Life::of(&zk, State::Connecting).await;
        life.becomes(State::Connected).await;
        assert_eq!(zk.state(), State::Connected);
        assert_ne!(zk.session_id(), 0);
        assert_eq!(zk.server().unwrap().address, server().address());
        zk.close().await.unwrap();
        life.becomes(State::Closed).await;
        life.ends().await;
    });
}

#[test]
fn the_server_has_the_last_word_about_the_timeout() {
    story(async {
        let granted = async |wish| {
            let builder = Client::builder().session_timeout(wish);
            let builder = builder.connect_timeout(LONG_SESSION).attempt_timeout(LONG_SESSION);
            builder.connect(&server().connect_string()).await.unwrap().session_timeout()
        };
        assert_eq!(granted(Duration::from_millis(1)).await, Duration::from_millis(400));
        assert_eq!(granted(Duration::from_secs(7)).await, Duration::from_secs(7));
        assert_eq!(granted(Duration::from_secs(3600)).await, Duration::from_secs(40));
    });
}

#[test]
fn requests_wait_until_the_session_is_connected() {
    story(async {
        let zk = Client::builder().open(&server().connect_string()).unwrap();
        let reply = zk.exists("/zookeeper");
        assert_eq!(zk.state(), State::Connecting);
        assert!(reply.await.unwrap().is_some());
    });
}

#[test]
fn what_was_asked_before_a_close_is_answered_and_nothing_after_it() {
    story(async {
        let zk = connect_below("close").await;
        let watcher = connect().await.chroot("/close");
        let replies: Vec<_> = (0..100).map(|n| zk.create(&format!("/n-{n}"), "")).collect();
        zk.call(Create::new("/ephemeral", "").ephemeral()).detach();
        let other = zk.clone();
        zk.close().await.unwrap();
        for reply in replies {
            reply.await.unwrap();
        }
        watcher.sync("/").await.unwrap();
        assert_eq!(watcher.exists("/ephemeral").await.unwrap(), None);
        let error = other.get("/").await.unwrap_err();
        assert_eq!(error.to_string(), "getData /: session closed, not applied");
        assert!(other.ready().await.unwrap_err().is_session_over());
        assert_eq!(*other.create_all("/a/b", "").await.unwrap_err().kind(), closed());
        assert_eq!(*other.add_auth("digest", "a:b").await.unwrap_err().kind(), closed());
        other.close().await.unwrap();
    });
}

fn closed() -> ErrorKind {
    ErrorKind::Closed(Outcome::NotApplied)
}

#[test]
fn a_session_ends_with_its_last_handle() {
    story(async {
        let observer = connect_below("last-handle").await;
        let zk = connect().await.chroot("/last-handle");
        zk.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
        let (_, mut ephemeral) = observer.get_and_watch("/ephemeral").await.unwrap();
        let clone = zk.clone();
        let mut states = zk.states();
        drop(zk);
        clone.get("/ephemeral").await.unwrap();
        drop(clone);
        assert_eq!(next(&mut ephemeral).await, change(ChangeKind::Deleted, "/ephemeral"));
        assert_eq!(states.next().await, Some(State::Connected));
        assert_eq!(states.next().await, Some(State::Closed));
        assert_eq!(states.next().await, None);
    });
}

#[test]
fn a_watch_keeps_its_session_open() {
    story(async {
        let observer = connect_below("open-watch").await;
        let zk = connect().await.chroot("/open-watch");
        zk.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
        let (_, mut ephemeral) = observer.get_and_watch("/ephemeral").await.unwrap();
        let mut watch = zk.watch("/node", WatchMode::Persistent).await.unwrap();
        drop(zk);
        observer.create("/node", "").await.unwrap();
        assert_eq!(next(&mut watch).await, change(ChangeKind::Created, "/node"));
        observer.sync("/").await.unwrap();
        assert!(ephemeral.try_next().is_none());
        drop(watch);
        assert_eq!(next(&mut ephemeral).await, change(ChangeKind::Deleted, "/ephemeral"));
    });
}

#[test]
fn another_client_can_go_on_with_a_session() {
    story(async {
        let observer = connect_below("resume").await;
        let first = connect().await.chroot("/resume");
        first.call(Create::new("/ephemeral", "").ephemeral()).await.unwrap();
        let (_, mut watch) = first.exists_and_watch("/node").await.unwrap();
        let (other, id) = (first.clone(), first.session_id());
        let ticket = first.detach().unwrap();
        assert_eq!(ticket.session_id, id);
        assert_eq!(watch.next().await, None);
        assert_eq!(watch.ended(), Some(Ended::SessionOver(State::Closed)));
        assert_eq!(*other.get("/").await.unwrap_err().kind(), closed());

        let ticket = Ticket::from_secret(&ticket.secret()).unwrap();
        let builder = Client::builder().session_timeout(LONG_SESSION).resume(ticket);
        let second = builder.connect(&server().connect_string()).await.unwrap();
        assert_eq!(second.session_id(), id);
        let stat = observer.exists("/ephemeral").await.unwrap().unwrap();
        assert_eq!(stat.ephemeral_owner, id);
        assert_eq!(second.ephemerals("/").await.unwrap(), ["/resume/ephemeral"]);
        second.close().await.unwrap();
        observer.sync("/").await.unwrap();
        assert_eq!(observer.exists("/ephemeral").await.unwrap(), None);
    });
}

#[test]
fn a_session_that_is_over_cannot_be_resumed() {
    story(async {
        let zk = connect().await;
        let ticket = zk.ticket().unwrap();
        zk.close().await.unwrap();
        let forged = Ticket { password: [7; 16].into(), ..connect().await.ticket().unwrap() };
        for ticket in [ticket, forged] {
            let builder = Client::builder().resume(ticket);
            let error = builder.connect(&server().connect_string()).await.unwrap_err();
            assert_eq!(*error.kind(), ErrorKind::SessionExpired(Outcome::NotApplied));
        }
    });
}

#[test]
fn a_session_counts_what_it_does() {
    story(async {
        let zk = connect_below("stats").await;
        let before = zk.stats();
        assert_eq!((before.requests, before.replies, before.connections), (1, 1, 1));
        let (_, mut watch) = zk.get_and_watch("/").await.unwrap();
        assert_eq!(zk.stats().watches, 1);
        let replies = [zk.set("/", "x"), zk.set("/", "y")];
        assert_eq!((zk.stats().queued, zk.stats().in_flight), (2, 0));
        for reply in replies {
            reply.await.unwrap();
        }
        next(&mut watch).await;
        let after = zk.stats();
        assert_eq!((after.requests, after.replies, after.notifications), (4, 4, 1));
        assert_eq!((after.queued, after.in_flight, after.watches), (0, 0, 0));
        assert!(after.last_zxid > before.last_zxid);
        assert!(after.bytes_sent > before.bytes_sent);
        assert!(after.bytes_received > before.bytes_received);
    });
}

#[test]
fn a_session_ends_with_the_runtime_that_it_runs_on() {
    let servers = server().connect_string();
    let short_lived = RuntimeBuilder::new_multi_thread().worker_threads(1).enable_all().build();
    let short_lived = short_lived.unwrap();
    let zk = short_lived.block_on(crate::support::connect(&servers));
    let waiting = zk.exists("/");
    short_lived.shutdown_background();
    story(async {
        // Whichever came first, an answer comes.
        let _ = waiting.await;
        while !zk.state().is_over() {
            tokio::task::yield_now().await;
        }
        assert_eq!(*zk.exists("/").await.unwrap_err().kind(), closed());
        zk.close().await.unwrap();
    });
    let error = Client::builder().open(&servers).unwrap_err();
    let text = "no server could be reached: cannot start: there is no reactor running, must be \
                called from the context of a Tokio 1.x runtime";
    assert_eq!(error.to_string(), text);
}

#[test]
fn an_ephemeral_node_belongs_to_one_session() {
    story(async {
        let zk = connect_below("owner").await;
        zk.call(Create::new("/mine", "").ephemeral()).await.unwrap();
        let other = connect().await.chroot("/owner");
        let text = "create /mine: node exists already";
        let reply = other.call(Create::new("/mine", "").ephemeral());
        is_refused(reply, ErrorCode::NodeExists, text).await;
        other.close().await.unwrap();
        zk.sync("/").await.unwrap();
        assert!(zk.exists("/mine").await.unwrap().is_some());
    });
}
