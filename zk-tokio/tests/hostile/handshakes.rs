//! Answers to the handshake that grant no session.

use tokio::task::JoinSet;
use zk_tokio::{ErrorKind, State};

use super::client::{
    BRISK, PATIENT, a_client, becomes, complaint, connects, is_served_by_connection, soon,
};
use super::line::{Line, Played};
use super::server::Server;
use super::words::{Body, Grant, event, frame, frame_of_length, reply};

/// What is wrong with the handshake, the server's bytes, and what the client says about it.
type Case = (&'static str, Vec<u8>, &'static str);

fn handshakes_that_grant_nothing() -> Vec<Case> {
    let grant = Grant::honest;
    let no_session = "a session that is none";
    vec![
        ("no bytes", frame(&[]), "protocol version"),
        ("three bytes", frame(&[0; 3]), "protocol version"),
        ("a version and nothing else", frame(&[0; 4]), "timeout"),
        ("all but the password", frame(&[1; 15]), "session id"),
        ("the header of a read-only server", reply(0, -119, &[]), "not serving"),
        ("no leader", Grant { version: 42, ..grant() }.frame(), "not serving"),
        ("read-only, unasked", Grant { rest: vec![1], ..grant() }.frame(), "not serving"),
        ("timeout 0", Grant { timeout: 0, ..grant() }.frame(), no_session),
        ("timeout -1", Grant { timeout: -1, ..grant() }.frame(), no_session),
        ("the least timeout", Grant { timeout: i32::MIN, ..grant() }.frame(), no_session),
        ("session 0", Grant { session: 0, ..grant() }.frame(), no_session),
        ("a huge password", with_password(i32::MAX, b"password"), "password"),
        ("a password of length -2", with_password(-2, b"password"), "password"),
        ("half a password", with_password(16, b"password"), "password"),
        ("a long password", with_password(300, &[7; 300]), no_session),
        ("an event", event(1, "/a"), no_session),
        ("a frame of length -1", frame_of_length(-1, &[]), "frame too long"),
        ("a frame of length 0x7fffffff", frame_of_length(i32::MAX, &[]), "frame too long"),
        ("HTTP", b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), "frame too long"),
        ("SSH", b"SSH-2.0-OpenSSH_9.6\r\n".to_vec(), "frame too long"),
        (
            "a TLS alert",
            vec![0x15, 3, 3, 0, 2, 2, 0x28],
            "the server speaks TLS on this port, and the client does not",
        ),
        ("a server that is down", b"This ZooKeeper instance is not".to_vec(), "frame too long"),
    ]
}

fn with_password(length: i32, bytes: &[u8]) -> Vec<u8> {
    let password = Body::nothing().int(length).raw(bytes).bytes;
    Grant { password, rest: Vec::new(), ..Grant::honest() }.frame()
}

fn says_instead_of_a_grant(bytes: Vec<u8>) -> impl Fn(&mut Line) -> Played {
    move |line| {
        line.is_greeted()?;
        line.says(&bytes)?;
        line.is_left()
    }
}

#[tokio::test]
async fn a_handshake_that_grants_nothing_is_tried_again() {
    for (case, bytes, _) in handshakes_that_grant_nothing() {
        let server = Server::once(says_instead_of_a_grant(bytes));
        let zk = soon(a_client(PATIENT).connect(&server.address())).await;
        let zk = zk.unwrap_or_else(|error| panic!("{case}: {error}"));
        is_served_by_connection(2, &zk, &server, case).await;
    }
}

#[tokio::test]
async fn who_never_gets_a_session_is_told_why() {
    let give_up = |(case, bytes, expected): Case| async move {
        let server = Server::always(says_instead_of_a_grant(bytes));
        let connecting = a_client(PATIENT).connect_timeout(BRISK).connect(&server.address());
        let error = soon(connecting).await.map(drop).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unreachable(_)), "{case}: {error:?}");
        assert!(error.to_string().ends_with(expected), "{case}: {error}");
    };
    let cases: JoinSet<()> = handshakes_that_grant_nothing().into_iter().map(give_up).collect();
    cases.join_all().await;
}

#[tokio::test]
async fn a_handshake_that_is_odd_but_grants_a_session_is_good() {
    let grant = Grant::honest;
    let null = Body::nothing().int(-1).bytes;
    let cases = [
        ("without the read-only byte", Grant { rest: vec![], ..grant() }.frame()),
        ("with more behind it", Grant { rest: vec![0; 100], ..grant() }.frame()),
        ("with a null password", Grant { password: null, ..grant() }.frame()),
        ("of another version", Grant { version: 1, ..grant() }.frame()),
        ("with the longest timeout", Grant { timeout: i32::MAX, ..grant() }.frame()),
        ("of a negative session", Grant { session: i64::MIN, ..grant() }.frame()),
    ];
    for (case, bytes) in cases {
        let server = Server::once(move |line| {
            line.is_greeted()?;
            line.says(&bytes)?;
            line.answers_all_honestly()
        });
        let zk = connects(&server).await;
        is_served_by_connection(1, &zk, &server, case).await;
    }
}

/// After a handshake, all bets are off: whatever is wrong with the session, it is over.
#[tokio::test]
async fn a_reconnect_that_does_not_grant_the_same_session_ends_it() {
    let cases = [
        ("timeout 0", Grant { timeout: 0, ..Grant::honest() }),
        ("timeout -1", Grant { timeout: -1, ..Grant::honest() }),
        ("no session", Grant { timeout: 0, session: 0, ..Grant::honest() }),
        ("another session", Grant { session: 0xbad, ..Grant::honest() }),
    ];
    for (case, grant) in cases {
        let server = Server::plays([
            Box::new(|line| {
                line.welcomes()?;
                line.hears_a_call()?;
                line.hangs_up()
            }),
            Box::new(move |line| {
                let greeting = line.is_greeted()?;
                assert_eq!(greeting.session_id, Grant::SESSION, "the session to resume");
                line.says(&grant.frame())?;
                line.is_left()
            }),
        ]);
        let zk = connects(&server).await;
        let lost = complaint(soon(zk.get("/a")).await, case);
        assert_eq!(lost, "connection lost (closed), outcome unknown", "{case}");
        becomes(&zk, State::Expired).await;
        let late = soon(zk.get("/a")).await.unwrap_err();
        assert!(late.is_session_over(), "{case}: {late}");
        assert_eq!(server.connections(), 2, "{case}: nothing is tried any more");
    }
}

/// What breaks a reconnect without saying that the session is gone leaves it its chance.
#[tokio::test]
async fn a_reconnect_that_is_answered_with_nonsense_is_tried_again() {
    let nonsense: [(&str, Vec<u8>); 4] = [
        ("three bytes", frame(&[0; 3])),
        ("the header of a read-only server", reply(0, -119, &[])),
        ("a huge password", with_password(i32::MAX, b"password")),
        ("a frame of length -1", frame_of_length(-1, &[])),
    ];
    for (case, bytes) in nonsense {
        let server = Server::plays([
            Box::new(|line| {
                line.welcomes()?;
                line.hears_a_call()?;
                line.hangs_up()
            }),
            Box::new(says_instead_of_a_grant(bytes)),
        ]);
        let zk = connects(&server).await;
        assert!(soon(zk.get("/a")).await.is_err(), "{case}");
        is_served_by_connection(3, &zk, &server, case).await;
    }
}

/// A timeout so short that no ping can be in time: the session is over at once, without a storm of
/// connections.
#[tokio::test]
async fn a_session_of_a_millisecond_ends() {
    let server = Server::always(|line| {
        line.is_greeted()?;
        line.says(&Grant { timeout: 1, ..Grant::honest() }.frame())?;
        line.falls_silent()
    });
    let zk = soon(a_client(PATIENT).connect(&server.address())).await.unwrap();
    becomes(&zk, State::Expired).await;
    assert!(server.connections() < 10, "{} connections", server.connections());
}
