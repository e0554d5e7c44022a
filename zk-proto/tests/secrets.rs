//! What is printed for debugging shows no secret: it ends up in logs.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Debug;

use zk_proto::{
    AnyRequest, Auth, AuthPacket, Config, ConnectRequest, ConnectResponse, ConnectString, Sasl,
    Session, Step, Ticket,
};

const SECRET: &[u8] = b"hunter2";

#[test]
fn identities() {
    shows_no_secret(&Auth::new("digest", SECRET));
    shows_no_secret(&AnyRequest::Auth(Auth::new("digest", SECRET)));
    shows_no_secret(&AuthPacket::new("digest", SECRET));
    assert!(format!("{:?}", AuthPacket::new("digest", SECRET)).contains("digest"));
}

#[test]
fn tokens() {
    shows_no_secret(&Sasl(Some(SECRET)));
    shows_no_secret(&AnyRequest::Sasl(Sasl(Some(SECRET))));
    shows_no_secret(&Step::Token(SECRET.into()));
}

#[test]
fn passwords_of_sessions() {
    shows_no_secret(&ConnectRequest {
        protocol_version: 0,
        last_zxid_seen: 1,
        timeout: 2,
        session_id: 3,
        password: SECRET.into(),
        read_only: None,
    });
    shows_no_secret(&ConnectResponse {
        protocol_version: 0,
        timeout: 2,
        session_id: 3,
        password: SECRET.into(),
        read_only: Some(true),
    });
    shows_no_secret(&ticket());
}

#[test]
fn what_a_session_is_made_of() {
    shows_no_secret(&config());
    shows_no_secret(&Session::<(), ()>::new(config()));
}

fn config() -> Config {
    let servers: ConnectString = "zk1".parse().unwrap();
    Config {
        auth: vec![AuthPacket::new("digest", SECRET)],
        resume: Some(ticket()),
        ..Config::new(servers.hosts)
    }
}

fn ticket() -> Ticket {
    Ticket { session_id: 3, password: SECRET.into(), last_zxid: 1 }
}

/// Neither as text nor as numbers, in either layout.
fn shows_no_secret(value: &impl Debug) {
    for shown in [format!("{value:?}"), format!("{value:#?}")] {
        let shown: String = shown.split_whitespace().collect();
        for secret in ["hunter", "104,117,110", "68756e", "0x68"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
