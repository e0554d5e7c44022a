//! Answers that end too early, or that lie about how long they are.

use zk_tokio::Client;

use super::client::{assert_malformed, connects, is_served_by_connection, soon};
use super::operations::{Operation, operations_with_an_answer, operations_without_an_answer};
use super::server::Server;

/// What no length and no count in a short message can be. -1 is not among them: it means null.
const IMPOSSIBLE: [i32; 5] = [i32::MAX, i32::MIN, -2, -7, 1 << 20];

/// A server that answers one call after the other with these bodies.
fn answers_in_turn(bodies: Vec<Vec<u8>>) -> Server {
    Server::once(move |line| {
        line.welcomes()?;
        for body in bodies {
            let call = line.hears_a_call()?;
            line.answers(&call, &body)?;
        }
        line.answers_all_honestly()
    })
}

/// Each of these bodies, and what is wrong with it, must be told from a good answer. That is a
/// matter of one answer: the connection serves on.
async fn refuses_each(operation: &Operation, bodies: Vec<(String, Vec<u8>)>) {
    let name = operation.name;
    let server = answers_in_turn(bodies.iter().map(|(_, body)| body.clone()).collect());
    let zk = connects(&server).await;
    for (what, _) in &bodies {
        assert_malformed(soon(operation.ask(&zk)).await, &format!("{name}, {what}"));
    }
    is_served_by_connection(1, &zk, &server, name).await;
    assert_eq!(zk.stats().watches, 0, "{name}: a watch is left of an answer that is none");
}

#[tokio::test]
async fn a_whole_answer_is_an_answer() {
    for operation in operations_with_an_answer().iter().chain(&operations_without_an_answer()) {
        let server = answers_in_turn(vec![operation.answer.bytes.clone()]);
        let zk = connects(&server).await;
        let answer = soon(operation.ask(&zk)).await;
        assert!(answer.is_ok(), "{}: {answer:?}", operation.name);
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_short_anywhere_is_refused() {
    for operation in operations_with_an_answer() {
        let whole = &operation.answer.bytes;
        let cut = |at: usize| (format!("cut after {at} bytes"), whole[..at].to_vec());
        refuses_each(&operation, (0..whole.len()).map(cut).collect()).await;
    }
}

#[tokio::test]
async fn a_length_that_cannot_be_is_refused() {
    for operation in operations_with_an_answer() {
        let answer = &operation.answer;
        let mut bodies = Vec::new();
        for &at in &answer.lengths {
            let field = at..at + 4;
            let truth = i32::from_be_bytes(answer.bytes[field.clone()].try_into().unwrap());
            for lie in IMPOSSIBLE.into_iter().chain([truth + 1]) {
                let mut body = answer.bytes.clone();
                body[field.clone()].copy_from_slice(&lie.to_be_bytes());
                bodies.push((format!("{truth} at byte {at} becomes {lie}"), body));
            }
        }
        refuses_each(&operation, bodies).await;
    }
}

#[tokio::test]
async fn a_path_or_name_that_is_not_utf_8_is_refused() {
    for operation in operations_with_an_answer() {
        let answer = &operation.answer;
        let spoilt = answer.texts.iter().map(|&at| {
            let mut body = answer.bytes.clone();
            body[at] = 0xff;
            (format!("the text at byte {at} is spoilt"), body)
        });
        refuses_each(&operation, spoilt.collect()).await;
    }
}

#[tokio::test]
async fn a_null_is_nothing_where_that_is_possible_and_refused_where_not() {
    let null = (-1_i32).to_be_bytes();
    let server = answers_in_turn(vec![null.to_vec(); 5]);
    let zk = connects(&server).await;
    assert!(soon(zk.children("/a")).await.unwrap().is_empty());
    assert!(soon(zk.ephemerals("/")).await.unwrap().is_empty());
    assert!(soon(zk.who_am_i()).await.unwrap().is_empty());
    assert_malformed(soon(zk.create("/a", "")).await, "a null path");
    assert_malformed(soon(zk.sync("/a")).await, "a null path");
    is_served_by_connection(1, &zk, &server, "nulls").await;
}

#[tokio::test]
async fn a_child_without_a_name_is_refused() {
    for name in [0_i32, -1] {
        let body = [1_i32.to_be_bytes(), name.to_be_bytes()].concat();
        let server = answers_in_turn(vec![body]);
        let zk = connects(&server).await;
        assert_malformed(soon(zk.children("/a")).await, "a child without a name");
        is_served_by_connection(1, &zk, &server, "a child without a name").await;
    }
}

#[tokio::test]
async fn what_follows_an_error_is_no_answer() {
    let server = Server::once(|line| {
        line.welcomes()?;
        for operation in operations_with_an_answer() {
            let call = line.hears_a_call()?;
            line.says(&super::words::reply(call.xid, -5, &operation.answer.bytes))?;
        }
        line.answers_all_honestly()
    });
    let zk: Client = connects(&server).await;
    for operation in operations_with_an_answer() {
        let error = soon(operation.ask(&zk)).await.unwrap_err();
        assert_eq!(error.code(), Some(zk_tokio::ErrorCode::MarshallingError), "{}", operation.name);
    }
    is_served_by_connection(1, &zk, &server, "bodies behind errors").await;
}
