//! Identities that are refused, and watches that cannot be set again.

use zk_proto::OpCode;
use zk_tokio::{ChangeKind, Client, ErrorKind, Host, Mechanism, SaslStep, State, WatchMode};

use super::client::{
    BRISK, PATIENT, a_client, becomes, complaint, connection, connects, is_back_after,
    is_served_by_connection, soon,
};
use super::line::{Call, Line, Played};
use super::server::{Script, Server};
use super::words::reply;

const AUTH_FAILED: i32 = -115;

async fn connects_as_somebody(server: &Server) -> Result<Client, zk_tokio::Error> {
    let client = a_client(PATIENT).auth("digest", "me:secret");
    soon(client.connect(&server.address())).await
}

/// A connection that takes an identity, answers one call, and breaks.
fn accepts_an_identity() -> Script {
    Box::new(|line| {
        line.welcomes()?;
        let auth = line.hears_only(OpCode::Auth)?;
        line.answers_honestly(&auth)?;
        let call = line.hears_a_call()?;
        line.answers_honestly(&call)?;
        line.hears_a_call()?;
        line.hangs_up()
    })
}

fn refuses_an_identity(code: i32) -> Script {
    Box::new(move |line| {
        line.welcomes()?;
        let auth = line.hears_only(OpCode::Auth)?;
        line.refuses(&auth, code)?;
        line.is_left()
    })
}

#[tokio::test]
async fn an_identity_that_is_refused_at_first_ends_the_session() {
    for code in [AUTH_FAILED, -124, -5, -999, 1] {
        let server = Server::plays([refuses_an_identity(code)]);
        // Connected it was, for the moment between the handshake and the refusal.
        if let Ok(zk) = connects_as_somebody(&server).await {
            becomes(&zk, State::AuthFailed).await;
            let error = soon(zk.get("/a")).await.unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::AuthFailed { .. }), "code {code}: {error}");
        }
        assert_eq!(server.connections(), 1, "code {code}: nothing is tried any more");
    }
}

#[tokio::test]
async fn an_identity_that_is_refused_later_ends_the_session() {
    let server = Server::plays([accepts_an_identity(), refuses_an_identity(AUTH_FAILED)]);
    let zk = connects_as_somebody(&server).await.unwrap();
    let mut watch = soon(zk.watch("/a", WatchMode::Persistent)).await.unwrap();
    let lost = complaint(soon(zk.get("/a")).await, "the call that breaks");
    assert_eq!(lost, "connection lost (closed), outcome unknown");
    becomes(&zk, State::AuthFailed).await;
    let changes = [soon(watch.next()).await, soon(watch.next()).await];
    assert_eq!(changes.map(|change| change.map(|c| c.kind)), [Some(ChangeKind::Resync), None]);
    assert!(soon(zk.get("/a")).await.unwrap_err().is_session_over());
    assert_eq!(server.connections(), 2);
}

/// That the session has moved says nothing about the identity.
#[tokio::test]
async fn an_identity_outlives_a_move_of_its_session() {
    let server = Server::plays([refuses_an_identity(-118), accepts_an_identity()]);
    let zk = connects_as_somebody(&server).await.unwrap();
    soon(connection(2, &zk)).await;
    assert!(soon(zk.get("/a")).await.is_ok());
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn an_identity_that_is_added_and_refused_ends_the_session() {
    let server = Server::plays([refuses_an_identity(AUTH_FAILED)]);
    let zk = connects(&server).await;
    let error = soon(zk.add_auth("digest", "me:secret")).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::AuthFailed { .. }), "{error}");
    assert_eq!(zk.state(), State::AuthFailed);
}

/// It waits for a server that says yes or no.
#[tokio::test]
async fn an_identity_that_is_not_answered_is_told_to_the_next_server() {
    let server = Server::once(|line| {
        line.welcomes()?;
        line.hears_only(OpCode::Auth)?;
        line.falls_silent()
    });
    let zk = soon(a_client(BRISK).connect(&server.address())).await.unwrap();
    soon(zk.add_auth("digest", "me:secret")).await.unwrap();
    is_served_by_connection(2, &zk, &server, "an identity without an answer").await;
}

#[tokio::test]
async fn an_identity_that_is_answered_twice_breaks_the_connection() {
    let server = Server::once(|line| {
        line.welcomes()?;
        let auth = line.hears_only(OpCode::Auth)?;
        let yes = reply(auth.xid, 0, &[]);
        line.says(&yes.repeat(2))?;
        line.is_left()
    });
    let zk = connects_as_somebody(&server).await.unwrap();
    is_back_after(&zk, &server, 2, "an identity answered twice").await;
}

/// A mechanism that is content with the word `welcome`.
#[derive(Debug)]
struct Password;

impl Mechanism for Password {
    fn start(&mut self, _: &Host) -> Result<Vec<u8>, Box<str>> {
        Ok(b"let me in".into())
    }

    fn step(&mut self, challenge: &[u8]) -> Result<SaslStep, Box<str>> {
        match challenge {
            b"welcome" => Ok(SaslStep::Complete),
            b"lie" => Err("this is not my server".into()),
            _ => Ok(SaslStep::Token(b"please".into())),
        }
    }
}

/// A server without SASL answers null, and one that says no a code: neither is a yes.
#[tokio::test]
async fn a_sasl_exchange_that_does_not_end_well_ends_the_session() {
    const NULL: &[u8] = &(-1_i32).to_be_bytes();
    const NO_SASL: &str =
        "the server answered without a token: it has no SASL, or does not insist on it";
    let cases = [
        (0, NULL, NO_SASL),
        (0, b"\0\0\0\x03lie", "this is not my server"),
        (AUTH_FAILED, NULL, "refused by the server: authentication failed"),
        (-5, &[], "refused by the server: marshalling error"),
        (-6, NULL, "refused by the server: not implemented by this server"),
        (-999, &[], "refused by the server: code -999"),
    ];
    for (code, body, why) in cases {
        let server = Server::always(move |line| {
            line.welcomes()?;
            let sasl = line.hears_only(OpCode::Sasl)?;
            line.says(&reply(sasl.xid, code, body))?;
            line.is_left()
        });
        let client = a_client(PATIENT).sasl(Password);
        let error = soon(client.connect(&server.address())).await.map(drop).unwrap_err();
        let text = format!("authentication failed (SASL: {why}), not applied");
        assert_eq!(error.to_string(), text);
        assert_eq!(server.connections(), 1, "{text}");
    }
}

#[tokio::test]
async fn a_sasl_exchange_that_breaks_off_is_tried_elsewhere() {
    type Answer = fn(&mut Line, &Call) -> Played;
    let answers: [(&str, Answer); 4] = [
        ("a cut token", |line, sasl| line.says(&reply(sasl.xid, 0, &[0, 0, 0, 9, b'x']))),
        ("a huge token", |line, sasl| line.says(&reply(sasl.xid, 0, &i32::MAX.to_be_bytes()))),
        ("another xid", |line, sasl| line.says(&reply(sasl.xid + 1, 0, &[0; 4]))),
        ("an end", |line, _| line.hangs_up()),
    ];
    for (case, answer) in answers {
        let server = Server::plays([
            Box::new(move |line| {
                line.welcomes()?;
                let sasl = line.hears_only(OpCode::Sasl)?;
                answer(line, &sasl)?;
                line.is_left()
            }),
            Box::new(|line| {
                line.welcomes()?;
                let sasl = line.hears_only(OpCode::Sasl)?;
                line.answers(&sasl, b"\0\0\0\x07welcome")?;
                line.answers_all_honestly()
            }),
        ]);
        let zk = soon(a_client(PATIENT).sasl(Password).connect(&server.address())).await;
        let zk = zk.unwrap_or_else(|error| panic!("{case}: {error}"));
        is_served_by_connection(2, &zk, &server, case).await;
    }
}

/// It leads the client on, and cannot prove that it knows the password.
#[cfg(feature = "digest-md5")]
#[tokio::test]
async fn a_server_that_does_not_know_the_password_is_found_out() {
    use zk_proto::digest_md5::Exchange;

    let another = Exchange::new([2; 16]).challenge();
    let proofs = [b"rspauth=00000000000000000000000000000000".to_vec(), Vec::new(), another];
    let challenge = buffer(&Exchange::new([1; 16]).challenge());
    for proof in proofs.map(|proof| buffer(&proof)) {
        let challenge = challenge.clone();
        let server = Server::always(move |line| {
            line.welcomes()?;
            let begins = line.hears_only(OpCode::Sasl)?;
            line.answers(&begins, &challenge)?;
            let responds = line.hears_only(OpCode::Sasl)?;
            line.answers(&responds, &proof)?;
            line.is_left()
        });
        let client = a_client(PATIENT).digest_md5("bob", "secret");
        let complaint = complaint(soon(client.connect(&server.address())).await, "no proof");
        let text = "authentication failed \
                    (SASL: DIGEST-MD5: the server does not know the password), not applied";
        assert_eq!(complaint, text);
        assert_eq!(server.connections(), 1);
    }
}

#[cfg(feature = "digest-md5")]
fn buffer(token: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    zk_proto::wire::put_buffer(&mut body, Some(token));
    body
}

/// Challenges without end: the attempt has one.
#[tokio::test]
async fn a_sasl_exchange_without_an_end_is_given_up() {
    let server = Server::always(|line| {
        line.welcomes()?;
        loop {
            let sasl = line.hears_only(OpCode::Sasl)?;
            line.answers(&sasl, b"\0\0\0\x04more")?;
        }
    });
    let client = a_client(BRISK).connect_timeout(BRISK).sasl(Password);
    let complaint = complaint(soon(client.connect(&server.address())).await, "no end");
    assert!(complaint.ends_with("connect timeout"), "{complaint}");
}
