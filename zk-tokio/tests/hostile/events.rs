//! Events that make no sense, and events for nobody.

use zk_tokio::{Change, ChangeKind, Ended, State, Watch, WatchMode};

use super::client::{
    PATIENT, a_client, becomes, connects, is_back_after, is_served_by_connection, soon,
};
use super::server::Server;
use super::words::{Body, CREATED, DATA_CHANGED, event, event_of};

/// A server that, before anything else, sends these bytes, then is honest.
fn sends(bytes: Vec<u8>) -> Server {
    Server::once(move |line| {
        line.welcomes()?;
        line.says(&bytes)?;
        line.answers_all_honestly()
    })
}

/// The connection breaks, and that is all: also in a session that watches everything.
async fn breaks_the_connection(case: &str, bytes: Vec<u8>) {
    let server = sends(bytes.clone());
    is_back_after(&connects(&server).await, &server, 2, case).await;

    let server = tells_a_watcher(bytes);
    let zk = connects(&server).await;
    let mut changes = soon(zk.watch("/", WatchMode::Recursive)).await.unwrap();
    let resync = soon(changes.next()).await.map(|change| change.kind);
    assert_eq!(resync, Some(ChangeKind::Resync), "{case}: what the watch tells");
    is_served_by_connection(2, &zk, &server, case).await;
}

/// A server that sends these bytes to a client that has asked for a watch.
fn tells_a_watcher(bytes: Vec<u8>) -> Server {
    Server::once(move |line| {
        line.welcomes()?;
        let call = line.hears_a_call()?;
        line.answers_honestly(&call)?;
        line.says(&bytes)?;
        line.answers_all_honestly()
    })
}

#[tokio::test]
async fn an_unknown_type_breaks_the_connection() {
    for kind in [0, 5, 6, 7, 99, -2, i32::MIN, i32::MAX] {
        breaks_the_connection(&format!("an event of type {kind}"), event(kind, "/a")).await;
    }
}

#[tokio::test]
async fn a_path_that_is_no_text_breaks_the_connection() {
    let about = |path: Body| event_of(Body::nothing().int(CREATED).int(3).raw(&path.bytes));
    let bad_utf8 = Body::nothing().buffer(b"/\xff\xfe");
    breaks_the_connection("a path that is not UTF-8", about(bad_utf8)).await;
    breaks_the_connection("a null path", about(Body::nothing().int(-1))).await;
    breaks_the_connection("a path of length -2", about(Body::nothing().int(-2))).await;
    let too_long = Body::nothing().int(i32::MAX).raw(b"/a");
    breaks_the_connection("a path of length 0x7fffffff", about(too_long)).await;
}

#[tokio::test]
async fn an_event_that_nobody_waits_for_is_ignored() {
    let nodes = [CREATED, 2, DATA_CHANGED, 4].map(|kind| event(kind, "/nobody/watches/this"));
    let odd_paths = ["", "a", "//", "/a/", "/a//b", "/../a", "\0"].map(|path| event(CREATED, path));
    let states = [0, 1, 3, 4, 5, 6, 7, -112, 99]
        .map(|state| event_of(Body::nothing().int(-1).int(state).text("")));
    for events in [nodes.concat(), odd_paths.concat(), states.concat()] {
        let server = sends(events);
        let zk = connects(&server).await;
        is_served_by_connection(1, &zk, &server, "events for nobody").await;
    }
}

/// Whatever state an event claims, the connection is what it is.
#[tokio::test]
async fn the_state_in_an_event_is_not_believed() {
    let expired = event_of(Body::nothing().int(DATA_CHANGED).int(-112).text("/a"));
    let server = tells_a_watcher(expired);
    let zk = connects(&server).await;
    let mut changes = soon(zk.watch("/a", WatchMode::Persistent)).await.unwrap();
    assert_eq!(soon(changes.next()).await.unwrap().kind, ChangeKind::DataChanged);
    assert_eq!(zk.state(), State::Connected);
    is_served_by_connection(1, &zk, &server, "an event that says expired").await;
}

#[tokio::test]
async fn a_watch_that_has_fired_does_not_fire_again() {
    let server = tells_a_watcher(event(DATA_CHANGED, "/a").repeat(1_000));
    let zk = connects(&server).await;
    let (_, mut watch) = soon(zk.get_and_watch("/a")).await.unwrap();
    assert_eq!(soon(watch.next()).await.unwrap().kind, ChangeKind::DataChanged);
    assert_eq!(soon(watch.next()).await, None);
    assert_eq!(watch.ended(), Some(Ended::Fired));
    is_served_by_connection(1, &zk, &server, "an event a thousand times").await;
}

/// The event comes before the answer that would set the watch: it is of another watch, and no reason
/// to break.
#[tokio::test]
async fn an_event_before_its_watch_is_ignored() {
    let server = Server::once(|line| {
        line.welcomes()?;
        let call = line.hears_a_call()?;
        line.says(&event(DATA_CHANGED, "/a"))?;
        line.answers_honestly(&call)?;
        line.answers_all_honestly()
    });
    let zk = connects(&server).await;
    let (_, mut watch) = soon(zk.get_and_watch("/a")).await.unwrap();
    is_served_by_connection(1, &zk, &server, "an event before its watch").await;
    assert_eq!((watch.try_next(), watch.ended()), (None, None));
}

/// A view of `/app` is told of what is at `/app` and below, and of nothing beside it.
#[tokio::test]
async fn a_view_sees_no_event_from_outside() {
    let outside = ["/", "/app2", "/app2/x", "/ap", "/other/app/x", "app/x", ""];
    let events = outside.map(|path| event(CREATED, path)).concat();
    let server = tells_a_watcher([events, event(CREATED, "/app/x"), event(4, "/app")].concat());
    let address = format!("{}/app", server.address());
    let zk = soon(a_client(PATIENT).connect(&address)).await.unwrap();
    let mut changes = soon(zk.watch("/", WatchMode::Recursive)).await.unwrap();
    let first = soon(changes.next()).await.unwrap();
    assert_eq!((first.kind, &*first.path), (ChangeKind::Created, "/x"));
    is_served_by_connection(1, &zk, &server, "events from outside").await;
    assert_eq!(rest_of(&mut changes), [], "nothing else is for this view");
}

fn rest_of(changes: &mut Watch) -> Vec<Change> {
    std::iter::from_fn(|| changes.try_next()).collect()
}

/// Everything that waits is told that the session is over, watches last.
#[tokio::test]
async fn a_watch_ends_with_its_session() {
    let server = Server::once(|line| {
        line.welcomes()?;
        let call = line.hears_a_call()?;
        line.answers_honestly(&call)?;
        let call = line.hears_a_call()?;
        line.refuses(&call, -112)?;
        line.is_left()
    });
    let zk = connects(&server).await;
    let mut changes = soon(zk.watch("/a", WatchMode::Persistent)).await.unwrap();
    assert!(soon(zk.get("/a")).await.is_err());
    becomes(&zk, State::Expired).await;
    assert_eq!(soon(changes.next()).await, None);
    assert_eq!(changes.ended(), Some(Ended::SessionOver(State::Expired)));
}
