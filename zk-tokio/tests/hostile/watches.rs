//! Watches that cannot be set again after a reconnect.

use zk_proto::OpCode;
use zk_tokio::{ChangeKind, WatchMode};

use super::client::{connects, connects_briskly, is_served_by_connection, soon};
use super::server::{Script, Server};
use super::words::{DATA_CHANGED, event};

/// A connection that breaks once a watch is set.
fn accepts_a_watch() -> Script {
    Box::new(|line| {
        line.welcomes()?;
        let watch = line.hears_a_call()?;
        line.answers_honestly(&watch)?;
        line.hangs_up()
    })
}

/// A connection on which the watch is set again, and sees something.
fn sets_watches_again() -> Script {
    Box::new(|line| {
        line.welcomes()?;
        let again = line.hears_only(OpCode::SetWatches2)?;
        line.answers_honestly(&again)?;
        line.says(&event(DATA_CHANGED, "/a"))?;
        line.answers_all_honestly()
    })
}

/// Without its watches a session would be deaf: it looks for a server that sets them.
#[tokio::test]
async fn watches_that_cannot_be_set_again_break_the_connection() {
    for code in [-5, -6, -101, -999] {
        let case = format!("watches refused with {code}");
        let server = Server::plays([
            accepts_a_watch(),
            Box::new(move |line| {
                line.welcomes()?;
                let again = line.hears_only(OpCode::SetWatches2)?;
                line.refuses(&again, code)?;
                line.is_left()
            }),
            sets_watches_again(),
        ]);
        let zk = connects(&server).await;
        let mut watch = soon(zk.watch("/a", WatchMode::Persistent)).await.unwrap();
        for kind in [ChangeKind::Resync, ChangeKind::Resync, ChangeKind::DataChanged] {
            assert_eq!(soon(watch.next()).await.unwrap().kind, kind, "{case}");
        }
        is_served_by_connection(3, &zk, &server, &case).await;
    }
}

#[tokio::test]
async fn watches_that_are_never_set_again_break_the_connection() {
    let server = Server::plays([
        accepts_a_watch(),
        Box::new(|line| {
            line.welcomes()?;
            line.hears_only(OpCode::SetWatches2)?;
            line.falls_silent()
        }),
        sets_watches_again(),
    ]);
    let zk = connects_briskly(&server).await;
    let mut watch = soon(zk.watch("/a", WatchMode::Persistent)).await.unwrap();
    for kind in [ChangeKind::Resync, ChangeKind::Resync, ChangeKind::DataChanged] {
        assert_eq!(soon(watch.next()).await.unwrap().kind, kind);
    }
    is_served_by_connection(3, &zk, &server, "watches without an answer").await;
}
