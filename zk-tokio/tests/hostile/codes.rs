//! Error codes that mean something for the session, and those that mean nothing to anybody.

use zk_proto::ReplyHeader;
use zk_tokio::{ErrorCode, Multi, Outcome, State};

use super::client::{
    PATIENT, a_client, assert_malformed, becomes, complaint, connects, is_back_after,
    is_served_by_connection, soon,
};
use super::server::Server;
use super::words::{Body, reply};

/// A server that refuses the first call with this code, and says nothing more to this client.
fn refuses_with(code: i32) -> Server {
    Server::once(move |line| {
        line.welcomes()?;
        let call = line.hears_a_call()?;
        line.refuses(&call, code)?;
        line.answers_all_honestly()
    })
}

#[tokio::test]
async fn an_unknown_code_is_handed_on_as_it_is() {
    for code in [-999, -126, -9_999_999, 1, 42, i32::MIN, i32::MAX] {
        let case = format!("code {code}");
        let server = refuses_with(code);
        let zk = connects(&server).await;
        let error = soon(zk.set("/a", "x")).await.unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::Unknown(code)), "{case}");
        assert_eq!(error.outcome(), Outcome::Unknown, "{case}");
        assert_eq!(error.path(), Some("/a"), "{case}");
        is_served_by_connection(1, &zk, &server, &case).await;
    }
}

/// Also those that no server sends, or none to a request.
#[tokio::test]
async fn a_known_code_is_about_the_request_alone() {
    let of_the_session = [
        ErrorCode::SessionExpired,
        ErrorCode::SessionMoved,
        ErrorCode::SessionClosedRequireSaslAuth,
    ];
    for code in ErrorCode::NAMED.iter().filter(|code| !of_the_session.contains(code)) {
        let case = format!("{code:?}");
        let server = refuses_with(code.code());
        let zk = connects(&server).await;
        let error = soon(zk.set("/a", "x")).await.unwrap_err();
        assert_eq!(error.code(), Some(*code), "{case}");
        is_served_by_connection(1, &zk, &server, &case).await;
    }
}

#[tokio::test]
async fn a_code_of_a_watched_read_leaves_no_watch() {
    for code in [-101, -102, -999, 7] {
        let server = refuses_with(code);
        let zk = connects(&server).await;
        let refused = soon(zk.get_and_watch("/a")).await.map(drop).unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::from_code(code)));
        assert_eq!(zk.stats().watches, 0, "code {code}");
        is_served_by_connection(1, &zk, &server, "a refused watch").await;
    }
}

#[tokio::test]
async fn a_code_that_ends_the_session_ends_it() {
    let cases = [
        (ErrorCode::SessionExpired, State::Expired),
        (ErrorCode::SessionClosedRequireSaslAuth, State::AuthFailed),
    ];
    for (code, end) in cases {
        let server = refuses_with(code.code());
        let zk = connects(&server).await;
        let (first, second) = (zk.get("/a"), zk.get("/b"));
        assert_eq!(soon(first).await.unwrap_err().code(), Some(code));
        assert!(soon(second).await.unwrap_err().is_session_over(), "{code:?}: a call behind it");
        assert_eq!(zk.state(), end, "{code:?}");
        assert!(soon(zk.get("/c")).await.unwrap_err().is_session_over(), "{code:?}: a later call");
        assert_eq!(server.connections(), 1, "{code:?}: nothing is tried any more");
    }
}

#[tokio::test]
async fn a_session_that_has_moved_is_looked_for() {
    let server = refuses_with(ErrorCode::SessionMoved.code());
    let zk = connects(&server).await;
    let (first, second) = (zk.get("/a"), zk.get("/b"));
    assert_eq!(soon(first).await.unwrap_err().code(), Some(ErrorCode::SessionMoved));
    let lost = complaint(soon(second).await, "a call behind it");
    assert_eq!(lost, "connection lost (session moved), outcome unknown");
    is_served_by_connection(2, &zk, &server, "a session that has moved").await;
}

/// Whatever was asked last: servers tell it to a ping as well.
#[tokio::test]
async fn a_pong_can_tell_of_the_session() {
    let pong_with = |code: ErrorCode| {
        Server::once(move |line| {
            line.welcomes()?;
            line.says(&reply(ReplyHeader::PING, code.code(), &[]))?;
            line.is_left()
        })
    };
    let opens = |server: &Server| a_client(PATIENT).open(&server.address()).unwrap();
    let server = pong_with(ErrorCode::SessionExpired);
    becomes(&opens(&server), State::Expired).await;
    let server = pong_with(ErrorCode::SessionClosedRequireSaslAuth);
    becomes(&opens(&server), State::AuthFailed).await;
    let server = pong_with(ErrorCode::SessionMoved);
    is_back_after(&opens(&server), &server, 2, "a pong of a session that moved").await;
}

/// A transaction that failed says so in each of its results; one that contradicts itself has not
/// succeeded either.
#[tokio::test]
async fn a_transaction_that_is_half_an_error_is_no_success() {
    let error = |code: i32| Body::nothing().result(-1).int(code);
    let cases = [
        ("an error of code 0", error(0).end_of_results()),
        (
            "a success and an error of code 0",
            Body::nothing().result(2).result(-1).int(0).end_of_results(),
        ),
        ("an unknown result", Body::nothing().result(99).end_of_results()),
        ("a read", Body::nothing().result(4).buffer(b"x").stat().end_of_results()),
    ];
    for (case, body) in cases {
        let server = Server::once(move |line| {
            line.welcomes()?;
            let call = line.hears_a_call()?;
            line.answers(&call, &body.bytes)?;
            line.answers_all_honestly()
        });
        let zk = connects(&server).await;
        let transaction = Multi::new().delete("/a").delete("/b");
        assert_malformed(soon(zk.call(transaction)).await, case);
        is_served_by_connection(1, &zk, &server, case).await;
    }
}
