//! Servers that are not silent, and of no use either.

use std::time::Duration;

use tokio::task::JoinSet;
use zk_proto::OpCode;
use zk_tokio::{ErrorKind, Outcome, State};

use super::client::{
    BRISK, a_client, complaint, connects, connects_briskly, is_back_after, is_served_by_connection,
    soon,
};
use super::line::{Line, Played};
use super::server::Server;
use super::words::{Body, Grant, frame_of_length, pong, reply};

/// Often enough to pass for alive, and too seldom to come to an end.
const PACE: Duration = Duration::from_millis(40);

/// Says one byte after the other, until the client has had enough.
fn dribbles(line: &mut Line, bytes: &[u8]) -> Played {
    for byte in bytes.chunks(1) {
        line.says(byte)?;
        std::thread::sleep(PACE);
    }
    line.is_left()
}

#[tokio::test]
async fn a_reply_that_dribbles_is_not_waited_for() {
    let mut cases = JoinSet::new();
    for length in [100, 1_000_000] {
        cases.spawn(async move {
            let server = Server::once(move |line| {
                line.welcomes()?;
                line.hears_a_call()?;
                dribbles(line, &frame_of_length(length, &[0; 96]))
            });
            let zk = connects_briskly(&server).await;
            let lost = complaint(soon(zk.get("/a")).await, "a dribbled reply");
            assert_eq!(lost, "connection lost (unfinished frame), outcome unknown");
            is_served_by_connection(2, &zk, &server, "a dribbled reply").await;
        });
    }
    cases.join_all().await;
}

/// Nobody has asked for anything, and the frame never ends.
#[tokio::test]
async fn an_event_that_dribbles_is_not_waited_for() {
    let server = Server::once(move |line| {
        line.welcomes()?;
        dribbles(line, &frame_of_length(1_000, &[0xff; 999]))
    });
    let zk = connects_briskly(&server).await;
    is_back_after(&zk, &server, 2, "a dribbled event").await;
}

#[tokio::test]
async fn a_handshake_that_dribbles_is_not_waited_for() {
    let server = Server::once(move |line| {
        line.is_greeted()?;
        dribbles(line, &Grant::honest().frame())
    });
    let zk = connects_briskly(&server).await;
    is_served_by_connection(2, &zk, &server, "a dribbled handshake").await;
}

/// What is slow and arrives in time is good.
#[tokio::test]
async fn a_reply_that_comes_in_two_parts_is_good() {
    let server = Server::once(move |line| {
        line.welcomes()?;
        let call = line.hears_a_call()?;
        let body = Body::nothing().buffer(&[7; 10_000]).stat().bytes;
        let reply = reply(call.xid, 0, &body);
        let (first, second) = reply.split_at(3);
        line.says(first)?;
        std::thread::sleep(PACE);
        line.says(second)?;
        line.answers_all_honestly()
    });
    let zk = connects_briskly(&server).await;
    assert_eq!(soon(zk.get("/a")).await.unwrap().data, [7; 10_000].as_slice());
    is_served_by_connection(1, &zk, &server, "a reply in two parts").await;
}

/// Who could not wait for it has gone; who asks next gets an answer of their own.
#[tokio::test]
async fn a_late_answer_is_given_to_nobody_else() {
    let server = Server::once(move |line| {
        line.welcomes()?;
        let (late, next) = (line.hears_a_call()?, line.hears_a_call()?);
        line.answers(&late, &Body::nothing().buffer(b"late").stat().bytes)?;
        line.answers_honestly(&next)?;
        line.answers_all_honestly()
    });
    let zk = connects(&server).await;
    let error = soon(zk.within(PACE).get("/a")).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::DeadlineExceeded(Outcome::Unknown));
    assert_eq!(zk.state(), State::Connected);
    assert_eq!(soon(zk.get("/b")).await.unwrap().data, "some data");
    is_served_by_connection(1, &zk, &server, "a late answer").await;
}

/// It takes what the sockets' buffers take, and never an answer comes.
#[tokio::test]
async fn a_server_that_stops_reading_is_left() {
    let server = Server::once(|line| {
        line.welcomes()?;
        line.falls_silent()
    });
    let client = a_client(3 * BRISK); // to write all this takes its time
    let zk = soon(client.connect(&server.address())).await.unwrap();
    let data = vec![7; 900_000];
    let mut writes: Vec<_> = (0..40).map(|_| zk.set("/a", &data)).collect();
    let last = complaint(soon(writes.pop().unwrap()).await, "the last write");
    assert_eq!(last, "connection lost (no answer), not applied");
    let first = complaint(soon(writes.swap_remove(0)).await, "the first write");
    assert_eq!(first, "connection lost (no answer), outcome unknown");
    is_served_by_connection(2, &zk, &server, "a server that stops reading").await;
}

/// Closing ends, whatever the server does about it.
#[tokio::test]
async fn a_session_can_be_closed_against_any_server() {
    type Farewell = fn(&mut Line) -> Played;
    let farewells: [(&str, Farewell); 5] = [
        ("silence", Line::falls_silent),
        ("a closed connection", Line::hangs_up),
        ("a reset", Line::resets),
        ("a reply to somebody else", |line| {
            line.says(&reply(77, 0, &[]))?;
            line.is_left()
        }),
        ("pongs without end", |line| {
            loop {
                line.says(&pong())?;
                std::thread::sleep(PACE);
            }
        }),
    ];
    let mut cases = JoinSet::new();
    for (case, farewell) in farewells {
        cases.spawn(async move {
            let server = Server::once(move |line| {
                line.welcomes()?;
                assert_eq!(line.hears()?.op, OpCode::CloseSession);
                farewell(line)
            });
            let zk = connects_briskly(&server).await;
            let witness = zk.clone();
            assert!(soon(zk.close()).await.is_ok(), "{case}");
            assert_eq!(witness.state(), State::Closed, "{case}");
            assert_eq!(server.connections(), 1, "{case}");
        });
    }
    cases.join_all().await;
}
