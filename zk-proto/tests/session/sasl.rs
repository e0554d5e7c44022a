//! SASL: what passes between mechanism and server, and each way in which it can fail.

use std::collections::VecDeque;

use zk_proto::wire::put_buffer;
use zk_proto::{
    AnyRequest, AuthFailure, Config, Error, ErrorCode, ErrorKind, Fault, Host, Mechanism, OpCode,
    Outcome, Reason, Sasl, State, Step,
};

use crate::auth::with_identities;
use crate::support::{Sent, World, get, seconds};

/// Says its lines one after the other, beginning with the name of the server. Content once the
/// challenge is `fine`, and at its end once it is `last`.
#[derive(Debug, Default)]
struct Toy {
    lines: VecDeque<&'static [u8]>,
    /// How many exchanges it can begin; for ever if it is not said.
    tickets: Option<usize>,
}

impl Mechanism for Toy {
    fn start(&mut self, server: &Host) -> Result<Vec<u8>, Box<str>> {
        if let Some(tickets) = &mut self.tickets {
            *tickets = tickets.checked_sub(1).ok_or("no ticket left")?;
        }
        self.lines = VecDeque::from([&b"one"[..], b"two"]);
        Ok(server.to_string().into())
    }

    fn step(&mut self, challenge: &[u8]) -> Result<Step, Box<str>> {
        match (challenge, self.lines.pop_front()) {
            (b"fine", _) => Ok(Step::Complete),
            (b"last", _) => Ok(Step::Last(b"bye".into())),
            (b"more", Some(line)) => Ok(Step::Token(line.into())),
            _ => Err("not what I asked for".into()),
        }
    }
}

/// The session is granted, and the first token on its way.
fn with_sasl() -> World {
    let mut world = not_begun(Toy::default());
    world.transport_comes_up();
    world.server_grants();
    world
}

fn not_begun(toy: Toy) -> World {
    let mut world = World::with(Config { sasl: Some(Box::new(toy)), ..with_identities() });
    world.submit(&get("/a"));
    world
}

fn token(sent: &Sent) -> Vec<u8> {
    let AnyRequest::Sasl(Sasl(Some(token))) = sent.request() else { panic!("{sent:?}") };
    token.into()
}

/// The session is over for that reason, and nobody is left without an answer.
fn has_failed(world: &mut World, reason: &AuthFailure, case: &str) {
    assert_eq!(world.session.state(), State::AuthFailed, "{case}");
    assert!(world.all_is_answered(), "{case}");
    let expected =
        Error::from(ErrorKind::AuthFailed { reason: reason.clone(), outcome: Outcome::NotApplied });
    assert_eq!(world.session.final_error().as_ref(), Some(&expected), "{case}");
    let now = world.try_submit(&get("/a"), None).expect_err("the session is over");
    assert_eq!(now, expected, "{case}");
    let told = world.session.failures().last().expect("a failure");
    assert_eq!(*told.why, *reason.to_string(), "{case}");
    world.leap(seconds(1_000));
    assert_eq!(world.session.state(), State::AuthFailed, "{case}: for good");
    assert!(world.find_request().is_none(), "{case}");
}

#[test]
fn nothing_is_sent_before_both_sides_are_content() {
    let mut world = not_begun(Toy::default());
    for _ in 0..2 {
        let server = world.transport_comes_up().host.to_string();
        world.server_grants();
        for line in [server.as_bytes(), b"one", b"two"] {
            assert!(!world.session.state().is_connected());
            let sent = world.next_request();
            assert_eq!(token(&sent), line);
            assert!(world.find_request().is_none());
            let challenge: &[u8] = if line == b"two" { b"fine" } else { b"more" };
            let mut body = Vec::new();
            put_buffer(&mut body, Some(challenge));
            world.server_replies(sent.xid, 0, &body);
        }
        assert_eq!(world.session.state(), State::Connected);
        let ops = world.ops();
        assert_eq!(ops, [OpCode::Auth, OpCode::Auth, OpCode::GetData]);
        world.line_breaks();
        world.submit(&get("/a")); // and from the beginning
    }
}

/// As in GSSAPI: the server's last answer has no token, and means yes.
#[test]
fn a_mechanism_can_have_the_last_word() {
    for yes in [None, Some(&b""[..])] {
        let mut world = with_sasl();
        world.server_challenges(Some(b"last"));
        assert!(!world.session.state().is_connected(), "the server has not agreed yet");
        let sent = world.next_request();
        assert_eq!(token(&sent), b"bye");
        assert!(world.find_request().is_none());
        let mut body = Vec::new();
        put_buffer(&mut body, yes);
        world.server_replies(sent.xid, 0, &body);
        assert_eq!(world.session.state(), State::Connected, "{yes:?}");
        assert_eq!(world.ops(), [OpCode::Auth, OpCode::Auth, OpCode::GetData]);
    }
}

#[test]
fn a_server_that_goes_on_after_the_last_word_has_not_agreed() {
    let mut world = with_sasl();
    world.server_challenges(Some(b"last"));
    world.server_challenges(Some(b"fine"));
    has_failed(&mut world, &AuthFailure::NotTheEnd, "goes on");
}

/// Defect 3 of other clients: that is what a server says which does not do SASL.
#[test]
fn defect_3_a_null_token_before_the_end_is_a_failure() {
    for challenges in 0..3 {
        let mut world = with_sasl();
        for _ in 0..challenges {
            world.server_challenges(Some(b"more"));
        }
        world.server_challenges(None);
        assert_eq!(world.states(), [State::AuthFailed], "after {challenges} challenges");
        has_failed(&mut world, &AuthFailure::NoSasl, "null");
    }
}

#[test]
fn a_server_that_refuses_ends_the_session_with_its_code() {
    let codes = [
        ErrorCode::AuthFailed,
        ErrorCode::SessionClosedRequireSaslAuth,
        ErrorCode::Unimplemented,
        ErrorCode::Unknown(-999),
    ];
    for code in codes {
        for challenges in [&[][..], &[&b"more"[..]], &[b"more", b"last"]] {
            let mut world = with_sasl();
            for challenge in challenges {
                world.server_challenges(Some(challenge));
            }
            let sent = world.next_is(OpCode::Sasl);
            world.server_replies(sent.xid, code.code(), &[0xff; 4]);
            has_failed(&mut world, &AuthFailure::Refused(code), &code.to_string());
        }
    }
}

/// An answer that is about the session says nothing of who we are.
#[test]
fn s10_a_session_that_has_moved_or_expired_has_not_been_refused() {
    for (code, state) in
        [(ErrorCode::SessionMoved, State::Connecting), (ErrorCode::SessionExpired, State::Expired)]
    {
        let mut world = with_sasl();
        let sent = world.next_is(OpCode::Sasl);
        world.server_replies(sent.xid, code.code(), &[]);
        assert_eq!(world.session.state(), state, "{code}");
    }
}

#[test]
fn what_a_mechanism_says_reaches_whoever_asks() {
    let mut world = with_sasl();
    let call = world.submit(&get("/a"));
    world.server_challenges(Some(b"your secret, please"));
    let error = world.error_of(call);
    let text = "authentication failed (SASL: not what I asked for), not applied";
    assert_eq!(error.to_string(), text);
    let reason = std::error::Error::source(&error).expect("a reason").to_string();
    assert_eq!(reason, "SASL: not what I asked for");
    has_failed(&mut world, &AuthFailure::Mechanism("not what I asked for".into()), "step");
}

/// The servers are not to blame: none of the others is asked.
#[test]
fn a_mechanism_that_cannot_begin_ends_the_session() {
    let mut world = not_begun(Toy { tickets: Some(0), ..Toy::default() });
    world.transport_comes_up();
    world.server_grants();
    assert!(world.find_request().is_none(), "nothing is sent");
    assert_eq!(world.faults(), [Fault::SessionOver]);
    has_failed(&mut world, &AuthFailure::Mechanism("no ticket left".into()), "start");
}

#[test]
fn a_mechanism_that_cannot_begin_again_ends_the_session() {
    let mut world = not_begun(Toy { tickets: Some(1), ..Toy::default() });
    world.transport_comes_up();
    world.server_grants();
    world.server_challenges(Some(b"fine"));
    assert_eq!(world.session.state(), State::Connected);
    world.line_breaks();
    let call = world.submit(&get("/b"));
    world.connect();
    assert_eq!(world.outcome_of(call), Outcome::NotApplied);
    let states = [State::Connected, State::Suspended, State::AuthFailed];
    assert_eq!(world.states(), states);
    has_failed(&mut world, &AuthFailure::Mechanism("no ticket left".into()), "start");
}

/// What the server thinks of that is its own affair: it says so in the answers that follow.
#[test]
fn a_mechanism_can_be_content_before_the_server_is() {
    let mut world = with_sasl();
    world.server_challenges(Some(b"fine"));
    let sent = world.requests();
    world.server_answers(&sent[0]);
    world.server_refuses(&sent[1], ErrorCode::SessionClosedRequireSaslAuth);
    assert_eq!(world.session.state(), State::AuthFailed);
    let error = world.session.final_error().expect("it is over").to_string();
    assert_eq!(
        error,
        "authentication failed (identity of the scheme digest: the server requires \
         authentication), not applied"
    );
}

#[test]
fn a_session_without_a_mechanism_hears_that_one_is_required() {
    let mut world = World::connected();
    let call = world.submit(&get("/a"));
    let sent = world.next_request();
    world.server_refuses(&sent, ErrorCode::SessionClosedRequireSaslAuth);
    assert_eq!(world.error_of(call).code(), Some(ErrorCode::SessionClosedRequireSaslAuth));
    let error = world.session.final_error().expect("it is over").to_string();
    assert_eq!(error, "authentication failed (the server requires SASL), not applied");
}

#[test]
fn an_exchange_has_the_time_of_its_attempt() {
    for challenge in [&b"more"[..], b"last"] {
        let mut world = with_sasl();
        world.pass(seconds(1));
        world.server_challenges(Some(challenge));
        assert_eq!(world.next_deadline(), (seconds(1), Reason::ConnectTimeout));
        world.wait_until_next_deadline();
        assert_eq!(world.faults(), [Fault::ConnectTimeout]);
        assert_eq!(world.session.state(), State::Connecting);
    }
}

/// The mechanism is not asked to go on where it was.
#[test]
fn an_exchange_that_breaks_off_begins_anew_elsewhere() {
    for challenge in [&b"more"[..], b"last"] {
        let mut world = with_sasl();
        let first = world.next_is(OpCode::Sasl);
        let mut body = Vec::new();
        put_buffer(&mut body, Some(challenge));
        world.server_replies(first.xid, 0, &body);
        world.line_breaks();
        let target = world.transport_comes_up();
        world.server_grants();
        let again = world.next_is(OpCode::Sasl);
        assert_eq!(token(&again), target.host.to_string().as_bytes());
        assert_ne!(token(&again), token(&first), "another server");
    }
}

/// It may take its time; the session goes on, and does without what comes too late.
#[test]
fn a_mechanism_that_is_slow_holds_nothing_up() {
    let mut world = not_begun(Toy::default());
    world.keeps_turns = true;
    let first = world.transport_comes_up();
    world.server_grants();
    assert!(world.session.has_turn());
    let turn = world.session.poll_turn().expect("it is asked");
    assert!(!world.session.has_turn() && world.session.poll_turn().is_none(), "once");
    assert_eq!(world.wait_until_next_deadline(), Reason::ConnectTimeout);

    let second = world.transport_comes_up();
    assert_ne!(second, first);
    world.server_grants();
    assert!(world.session.poll_turn().is_none(), "it is still being asked");
    world.session.handle_turn(world.now, turn.take());
    world.tick();
    assert!(world.find_request().is_none(), "that was for another server");

    world.keeps_turns = false;
    world.tick();
    assert_eq!(token(&world.next_request()), second.host.to_string().as_bytes());
}

/// A session that has lost its mechanism is not one without SASL.
#[test]
fn a_mechanism_that_never_comes_back_is_not_done_without() {
    let mut world = not_begun(Toy::default());
    world.keeps_turns = true;
    world.transport_comes_up();
    world.server_grants();
    drop(world.session.poll_turn());
    for _ in 0..3 {
        assert_eq!(world.wait_until_next_deadline(), Reason::ConnectTimeout);
        world.transport_comes_up();
        world.server_grants();
        assert!(!world.session.has_turn() && !world.session.state().is_connected());
        assert!(world.find_request().is_none());
    }
}

#[test]
fn a_server_that_speaks_before_it_is_its_turn_is_out_of_order() {
    let mut world = not_begun(Toy::default());
    world.keeps_turns = true;
    world.transport_comes_up();
    world.server_grants();
    world.server_replies(1, 0, &[0, 0, 0, 4, b'f', b'i', b'n', b'e']);
    assert_eq!(world.faults(), [Fault::OutOfOrder]);
}

#[test]
fn a_session_that_is_closed_needs_no_mechanism() {
    let mut world = not_begun(Toy::default());
    world.keeps_turns = true;
    world.transport_comes_up();
    world.server_grants();
    let turn = world.session.poll_turn().expect("it is asked");
    world.close();
    world.session.handle_turn(world.now, turn.take());
    world.tick();
    assert_eq!(world.session.state(), State::Closed);
    assert!(world.find_request().is_none() && !world.session.has_turn());
}

#[test]
fn r1_an_answer_to_another_step_is_none() {
    let mut world = with_sasl();
    let sent = world.next_is(OpCode::Sasl);
    world.server_replies(sent.xid + 1, 0, &[0, 0, 0, 4, b'f', b'i', b'n', b'e']);
    assert_eq!(world.faults(), [Fault::OutOfOrder]);
}
