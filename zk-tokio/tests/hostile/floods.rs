//! More than anybody asked for.

use std::time::Duration;

use zk_tokio::{ChangeKind, ErrorKind, Outcome, State, WatchMode};

use super::client::{
    BRISK, complaint, connects, connects_briskly, in_the_end, is_served_by_connection, soon,
};
use super::server::Server;
use super::words::{CREATED, DATA_CHANGED, event, pong};

/// How many events go into one write.
const BATCH: usize = 1_000;

fn a_thousand_events(path: &str) -> Vec<u8> {
    event(DATA_CHANGED, path).repeat(BATCH)
}

#[tokio::test]
async fn a_call_is_answered_behind_a_flood_of_events() {
    let server = Server::once(|line| {
        line.welcomes()?;
        let call = line.hears_a_call()?;
        for _ in 0..300 {
            line.says(&a_thousand_events("/nobody/watches/this"))?;
        }
        line.answers_honestly(&call)?;
        line.answers_all_honestly()
    });
    let zk = connects(&server).await;
    assert_eq!(in_the_end(zk.get("/a")).await.unwrap().data, "some data");
    assert_eq!(zk.stats().notifications, 300_000);
    is_served_by_connection(1, &zk, &server, "events for nobody").await;
}

#[tokio::test]
async fn many_calls_are_answered_in_between_events() {
    let server = Server::once(|line| {
        line.welcomes()?;
        let watch = line.hears_a_call()?;
        line.answers_honestly(&watch)?;
        for _ in 0..200 {
            let call = line.hears_a_call()?;
            line.says(&a_thousand_events("/a/b"))?;
            line.answers_honestly(&call)?;
        }
        line.answers_all_honestly()
    });
    let zk = connects(&server).await;
    let mut changes = soon(zk.watch("/a", WatchMode::Recursive)).await.unwrap();
    let replies: Vec<_> = (0..200).map(|_| zk.get("/a")).collect();
    for reply in replies {
        assert_eq!(soon(reply).await.unwrap().data, "some data");
    }
    assert_eq!(zk.stats().notifications, 200_000);
    let kept: Vec<_> = std::iter::from_fn(|| changes.try_next()).collect();
    assert_eq!(kept[0].kind, ChangeKind::Resync, "what a slow reader missed");
    assert!(kept.len() <= 256, "{} changes are kept", kept.len());
    is_served_by_connection(1, &zk, &server, "events in between").await;
}

/// The flood goes on until the server has heard three times that the client is alive.
#[tokio::test]
async fn pings_flow_against_a_flood() {
    let server = Server::once(|line| {
        line.welcomes()?;
        for _ in ["/a", "/end"] {
            let watch = line.hears_a_call()?;
            line.answers_honestly(&watch)?;
        }
        let mut pings = 0;
        while pings < 3 {
            line.says(&a_thousand_events("/a"))?;
            pings += line.answers_pings()?;
        }
        line.says(&event(CREATED, "/end"))?;
        line.answers_all_honestly()
    });
    let zk = connects_briskly(&server).await;
    let mut changes = soon(zk.watch("/a", WatchMode::Persistent)).await.unwrap();
    let (_, mut end) = soon(zk.exists_and_watch("/end")).await.unwrap();
    assert!(in_the_end(end.next()).await.is_some());
    is_served_by_connection(1, &zk, &server, "a flood of events").await;
    assert_eq!(changes.try_next().unwrap().kind, ChangeKind::Resync);
}

/// A server that talks without end, but not of what it was asked.
fn talks_without_end(words: Vec<u8>) -> Server {
    Server::once(move |line| {
        line.welcomes()?;
        line.hears()?;
        loop {
            line.says(&words)?;
        }
    })
}

/// What says nothing to the point, over and over.
fn idle_talk() -> [Vec<u8>; 2] {
    [a_thousand_events("/a"), pong().repeat(BATCH)]
}

#[tokio::test]
async fn a_server_that_talks_of_other_things_is_as_good_as_silent() {
    for words in idle_talk() {
        let server = talks_without_end(words);
        let zk = connects_briskly(&server).await;
        let lost = complaint(soon(zk.get("/a")).await, "idle talk");
        assert_eq!(lost, "connection lost (no answer), outcome unknown");
        is_served_by_connection(2, &zk, &server, "idle talk").await;
    }
}

#[tokio::test]
async fn deadlines_hold_against_a_flood() {
    for words in idle_talk() {
        let server = talks_without_end(words);
        let zk = connects(&server).await;
        let error = soon(zk.within(BRISK / 3).get("/a")).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::DeadlineExceeded(Outcome::Unknown));
        assert_eq!(zk.state(), State::Connected);
    }
}

#[tokio::test]
async fn a_session_can_be_closed_in_a_flood() {
    for words in idle_talk() {
        let server = talks_without_end(words);
        let zk = connects_briskly(&server).await;
        soon(zk.close()).await.unwrap();
        assert_eq!(server.connections(), 1);
    }
}

/// Nor is anybody else starved who lives on the same thread: a timer has its turn after one or two
/// of the session's, of which each has at most a mebibyte.
#[tokio::test]
async fn other_tasks_have_their_turn_in_a_flood() {
    const A_TURN: u64 = (1 << 20) / 38;
    let server = Server::once(|line| {
        line.welcomes()?;
        let more_than_can_be_read = a_thousand_events("/a").repeat(100);
        loop {
            line.says(&more_than_can_be_read)?;
        }
    });
    let zk = connects_briskly(&server).await;
    let naps = async {
        for _ in 0..10 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let before = zk.stats().notifications;
    in_the_end(naps).await;
    let meanwhile = zk.stats().notifications - before;
    assert!(meanwhile < 10 * 4 * A_TURN, "{meanwhile} events in ten naps of a millisecond");
    assert_eq!(zk.state(), State::Connected);
}
