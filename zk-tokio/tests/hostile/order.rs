//! Replies to nobody, to somebody else, or twice.

use zk_proto::ReplyHeader;
use zk_tokio::State;

use super::client::{complaint, connects, is_served_by_connection, soon};
use super::line::{Line, Played};
use super::server::Server;
use super::words::{Body, pong, reply};

const OUT_OF_ORDER: &str = "connection lost (reply out of order), outcome unknown";

fn node(data: &[u8]) -> Vec<u8> {
    Body::nothing().buffer(data).stat().bytes
}

#[tokio::test]
async fn a_reply_to_another_request_is_no_answer() {
    for off in [1, -1, 2, 100, i32::MIN, i32::MAX - 1] {
        let case = format!("an xid that is {off} off");
        let server = Server::once(move |line| {
            line.welcomes()?;
            let call = line.hears_a_call()?;
            line.says(&reply(call.xid.wrapping_add(off), 0, &node(b"wrong")))?;
            line.is_left()
        });
        let zk = connects(&server).await;
        assert_eq!(complaint(soon(zk.get("/a")).await, &case), OUT_OF_ORDER, "{case}");
        is_served_by_connection(2, &zk, &server, &case).await;
    }
}

/// Among the special numbers only those of pings and notifications mean something unasked.
#[tokio::test]
async fn a_reply_under_a_special_number_is_no_answer() {
    for xid in [ReplyHeader::AUTH, -8, -3, 0] {
        let case = format!("xid {xid}");
        let server = Server::once(move |line| {
            line.welcomes()?;
            line.hears_a_call()?;
            line.says(&reply(xid, 0, &node(b"wrong")))?;
            line.is_left()
        });
        let zk = connects(&server).await;
        assert_eq!(complaint(soon(zk.get("/a")).await, &case), OUT_OF_ORDER, "{case}");
        is_served_by_connection(2, &zk, &server, &case).await;
    }
}

#[tokio::test]
async fn a_reply_before_any_request_breaks_the_connection() {
    let server = Server::once(|line| {
        line.welcomes()?;
        line.says(&reply(1, 0, &node(b"unasked")))?;
        line.is_left()
    });
    let zk = connects(&server).await;
    super::client::is_back_after(&zk, &server, 2, "a reply to nothing").await;
}

#[tokio::test]
async fn replies_in_another_order_answer_nobody() {
    let server = Server::once(|line| {
        line.welcomes()?;
        let (first, second) = (line.hears_a_call()?, line.hears_a_call()?);
        let swapped =
            [reply(second.xid, 0, &node(b"second")), reply(first.xid, 0, &node(b"first"))];
        line.says(&swapped.concat())?;
        line.is_left()
    });
    let zk = connects(&server).await;
    let (first, second) = (zk.get("/first"), zk.get("/second"));
    assert_eq!(complaint(soon(first).await, "the first"), OUT_OF_ORDER);
    assert_eq!(complaint(soon(second).await, "the second"), OUT_OF_ORDER);
    is_served_by_connection(2, &zk, &server, "swapped replies").await;
}

#[tokio::test]
async fn a_reply_that_comes_twice_answers_once() {
    let server = Server::once(|line| {
        line.welcomes()?;
        let (first, _) = (line.hears_a_call()?, line.hears_a_call()?);
        let answer = reply(first.xid, 0, &node(b"first"));
        line.says(&[&*answer, &*answer].concat())?;
        line.is_left()
    });
    let zk = connects(&server).await;
    let (first, second) = (zk.get("/first"), zk.get("/second"));
    assert_eq!(soon(first).await.unwrap().data, "first");
    assert_eq!(complaint(soon(second).await, "the second"), OUT_OF_ORDER);
    is_served_by_connection(2, &zk, &server, "a reply twice").await;
}

/// What was answered before the server went wrong stays answered.
#[tokio::test]
async fn a_reply_that_is_left_out_costs_those_behind_it() {
    let server = Server::once(|line| {
        line.welcomes()?;
        let calls: Vec<_> = (0..4).map(|_| line.hears_a_call()).collect::<Result<_, _>>()?;
        for call in [&calls[0], &calls[2], &calls[3]] {
            line.answers(call, &node(b"data"))?;
        }
        line.is_left()
    });
    let zk = connects(&server).await;
    let mut replies = ["/1", "/2", "/3", "/4"].map(|path| zk.get(path)).into_iter();
    assert!(soon(replies.next().unwrap()).await.is_ok());
    for reply in replies {
        assert_eq!(complaint(soon(reply).await, "behind the gap"), OUT_OF_ORDER);
    }
    is_served_by_connection(2, &zk, &server, "a gap").await;
}

/// They say nothing that is wrong.
#[tokio::test]
async fn pongs_that_nobody_asked_for_do_no_harm() {
    let server = Server::once(|line| {
        line.welcomes()?;
        line.says(&pong().repeat(1_000))?;
        line.says(&reply(ReplyHeader::PING, -999, &[]))?;
        line.answers_all_honestly()
    });
    let zk = connects(&server).await;
    is_served_by_connection(1, &zk, &server, "pongs").await;
}

const CALLS: usize = 1_000;

/// What `CALLS` calls are answered by a server that sends all its replies in this way.
async fn answers_sent_by(send: fn(&mut Line, &[u8]) -> Played) -> Vec<Vec<u8>> {
    let server = Server::once(move |line| {
        line.welcomes()?;
        let mut replies = Vec::new();
        for number in 0..CALLS {
            let call = line.hears_a_call()?;
            replies.extend(reply(call.xid, 0, &node(format!("node {number}").as_bytes())));
        }
        send(line, &replies)?;
        line.answers_all_honestly()
    });
    let zk = connects(&server).await;
    let replies: Vec<_> = (0..CALLS).map(|_| zk.get("/a")).collect();
    let mut answers = Vec::new();
    for reply in replies {
        answers.push(soon(reply).await.unwrap().data.to_vec());
    }
    assert_eq!((zk.state(), server.connections()), (State::Connected, 1));
    answers
}

#[tokio::test]
async fn a_thousand_replies_are_the_same_at_once_and_byte_by_byte() {
    let at_once = answers_sent_by(|line, bytes| line.says(bytes)).await;
    let expected: Vec<_> = (0..CALLS).map(|number| format!("node {number}").into_bytes()).collect();
    assert!(at_once == expected, "replies in one segment");
    let by_bytes =
        answers_sent_by(|line, bytes| bytes.chunks(1).try_for_each(|byte| line.says(byte)));
    assert!(by_bytes.await == expected, "replies byte by byte");
    let in_odd_pieces =
        answers_sent_by(|line, bytes| bytes.chunks(13).try_for_each(|piece| line.says(piece)));
    assert!(in_odd_pieces.await == expected, "replies in pieces of 13 bytes");
}
