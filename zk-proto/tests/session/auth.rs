//! Identities.

use zk_proto::{
    AnyRequest, AuthFailure, AuthPacket, Config, ErrorCode, ErrorKind, OpCode, Outcome, State,
    Ticket,
};

use crate::support::{PASSWORD, SESSION, Sent, World, get, seconds, three_servers};

fn identity(sent: &Sent) -> Vec<u8> {
    let AnyRequest::Auth(auth) = sent.request() else { panic!("{sent:?}") };
    assert_eq!(auth.scheme, "digest");
    auth.data.expect("data").into()
}

pub(crate) fn with_identities() -> Config {
    let auth = ["a:1", "b:2"].map(|data| AuthPacket::new("digest", data.as_bytes()));
    Config { auth: auth.into(), ..three_servers() }
}

#[test]
fn r9_identities_are_added_to_each_connection_before_everything_else() {
    let mut world = World::with(with_identities());
    world.submit(&get("/a"));
    world.connect();
    for _ in 0..3 {
        let sent = world.requests();
        assert_eq!([identity(&sent[0]), identity(&sent[1])], [b"a:1", b"b:2"]);
        assert_eq!(sent[2].op, OpCode::GetData);
        assert_eq!(sent.len(), 3);
        sent.iter().for_each(|sent| world.server_answers(sent));
        world.line_breaks();
        world.submit(&get("/a"));
        world.connect();
    }
}

#[test]
fn r10_an_identity_that_is_refused_ends_the_session() {
    for after_a_reconnect in [false, true] {
        let mut world = World::connected_with(with_identities());
        if after_a_reconnect {
            world.server_answers_all();
            world.reconnect();
        }
        let sent = world.next_request();
        let call = world.submit(&get("/a"));
        world.server_refuses(&sent, ErrorCode::AuthFailed);
        assert_eq!(world.states().last(), Some(&State::AuthFailed));
        let reason = AuthFailure::Identity { scheme: "digest".into(), code: ErrorCode::AuthFailed };
        let failed = |outcome| ErrorKind::AuthFailed { reason: reason.clone(), outcome };
        assert_eq!(world.error_of(call).kind(), &failed(Outcome::Unknown));
        world.line_breaks();
        world.leap(seconds(1_000));
        assert_eq!(world.session.state(), State::AuthFailed, "for good");
        let over = world.try_submit(&get("/a"), None).expect_err("the session is over");
        assert_eq!(over.kind(), &failed(Outcome::NotApplied));
    }
}

/// An answer that is about the session says nothing about the identity.
#[test]
fn s10_a_session_that_has_moved_or_expired_has_not_been_refused() {
    for (code, state) in
        [(ErrorCode::SessionMoved, State::Suspended), (ErrorCode::SessionExpired, State::Expired)]
    {
        let mut world = World::connected();
        let added = world.add_auth("digest", "c:3");
        let sent = world.next_is(OpCode::Auth);
        world.server_refuses(&sent, code);
        assert_eq!(world.session.state(), state, "{code}");
        assert_eq!(world.is_answered(added), state.is_over(), "{code}");
        if !state.is_over() {
            world.connect();
            assert_eq!(identity(&world.next_request()), b"c:3", "asked again");
        }
    }
}

#[test]
fn an_identity_can_be_added_while_connected_and_stays() {
    let mut world = World::connected_with(with_identities());
    world.server_answers_all();
    let added = world.add_auth("digest", "c:3");
    let sent = world.next_request();
    assert_eq!(identity(&sent), b"c:3");
    assert!(!world.is_answered(added));
    world.server_answers(&sent);
    assert!(world.answer_to(added).is_ok());
    world.reconnect();
    let all: Vec<_> = world.requests().iter().map(identity).collect();
    assert_eq!(all, [b"a:1", b"b:2", b"c:3"]);
}

#[test]
fn an_identity_can_be_added_while_there_is_no_connection() {
    let mut world = World::new();
    let first = world.add_auth("digest", "a:1");
    world.transport_comes_up();
    let second = world.add_auth("digest", "b:2");
    world.server_grants();
    assert_eq!(world.session.stats().in_flight, 2);
    world.server_answers_all();
    assert!(world.answer_to(first).is_ok() && world.answer_to(second).is_ok());
}

#[test]
fn an_identity_whose_answer_is_lost_waits_for_the_next_connection() {
    let mut world = World::connected();
    let added = world.add_auth("digest", "a:1");
    world.next_is(OpCode::Auth);
    world.reconnect();
    assert!(!world.is_answered(added));
    world.server_answers_all();
    assert!(world.answer_to(added).is_ok());
}

#[test]
fn an_identity_that_waits_is_answered_when_the_session_ends() {
    let mut world = World::connected();
    let added = world.add_auth("digest", "a:1");
    world.close();
    world.wait_until_next_deadline();
    assert_eq!(world.error_of(added).kind(), &ErrorKind::Closed(Outcome::Unknown));
}

/// M9: neither as text nor as the numbers of its bytes, whatever the session is doing.
#[test]
fn m9_what_a_session_shows_of_itself_is_no_secret() {
    let secret = "a:sEcrEt";
    let auth = vec![AuthPacket::new("digest", secret.as_bytes())];
    let bytes: Vec<String> = secret.bytes().map(|byte| byte.to_string()).collect();
    let password: Vec<String> = PASSWORD.iter().map(u8::to_string).collect();
    let ticket = Ticket { session_id: SESSION, password: PASSWORD.into(), last_zxid: 1 };
    let config = Config { auth, resume: Some(ticket), ..three_servers() };
    let check = |world: &World| {
        let shown = format!("{:?}", world.session);
        for secret in [secret, "sixteen letters", &bytes.join(", "), &password.join(", ")] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    };
    check(&World::with(Config { auth: Vec::new(), ..three_servers() }));
    assert!(!format!("{config:?}").contains(&bytes.join(", ")));
    let mut world = World::with(config);
    world.is_stalled = true; // so that it stays in the session's buffers
    check(&world);
    world.tick();
    world.wait_for_attempt();
    world.attempt_succeeds();
    check(&world);
    world.is_stalled = false;
    world.tick();
    world.is_stalled = true;
    world.server_grants();
    world.submit(&zk_proto::SetData::new("/a", secret));
    check(&world);
}
