//! What errors say: to people, and to programs that have to decide what to do next.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::error::Error as _;
use std::time::Duration;

use zk_proto::{
    AuthFailure, Chroot, Create, Delete, Encoder, Error, ErrorCode, ErrorKind, Exists, Fault,
    GetChildren, Members, Misuse, Multi, OpCode, Outcome, PathError, Reconfig, Request, SetAcl,
    SetData, Sync,
};

use Outcome::{NotApplied, Unknown};

/// A reason, what it says, whether the request can have been applied, whether to try again, and
/// whether the session is over.
type Row = (ErrorKind, &'static str, Outcome, bool, bool);

#[test]
fn every_kind_of_error() {
    for (kind, text, outcome, is_retryable, is_session_over) in
        by_the_server().into_iter().chain(by_the_connection()).chain(by_the_session())
    {
        let error = Error::from(kind.clone());
        assert_eq!(error.to_string(), text);
        assert_eq!(error.outcome(), outcome, "{text}");
        assert_eq!(error.is_retryable(), is_retryable, "{text}");
        assert_eq!(error.is_session_over(), is_session_over, "{text}");
        assert_eq!(error.kind(), &kind);
    }
}

fn by_the_server() -> Vec<Row> {
    let transaction = |code| ErrorKind::Transaction { index: 2, code };
    vec![
        (ErrorKind::Server(ErrorCode::NoNode), "no such node", NotApplied, false, false),
        (
            ErrorKind::Server(ErrorCode::Throttled),
            "throttled by the server",
            NotApplied,
            true,
            false,
        ),
        (ErrorKind::Server(ErrorCode::SystemError), "system error", Unknown, false, false),
        (ErrorKind::Server(ErrorCode::Unknown(-999)), "code -999", Unknown, false, false),
        (
            transaction(ErrorCode::BadVersion),
            "operation 2 of the transaction: version conflict",
            NotApplied,
            false,
            false,
        ),
        (
            transaction(ErrorCode::OutOfMemory),
            "operation 2 of the transaction: out of memory",
            Unknown,
            false,
            false,
        ),
    ]
}

fn by_the_connection() -> Vec<Row> {
    let lost = |fault, outcome| ErrorKind::ConnectionLost { fault, outcome };
    vec![
        (
            lost(Fault::Closed, NotApplied),
            "connection lost (closed), not applied",
            NotApplied,
            true,
            false,
        ),
        (
            lost(Fault::Silent, Unknown),
            "connection lost (no answer), outcome unknown",
            Unknown,
            false,
            false,
        ),
        (
            ErrorKind::DeadlineExceeded(NotApplied),
            "deadline exceeded, not applied",
            NotApplied,
            true,
            false,
        ),
        (
            ErrorKind::DeadlineExceeded(Unknown),
            "deadline exceeded, outcome unknown",
            Unknown,
            false,
            false,
        ),
        (ErrorKind::QueueFull, "too many requests are waiting", NotApplied, true, false),
        (
            ErrorKind::Unreachable("zk1:2181: refused".into()),
            "no server could be reached: zk1:2181: refused",
            NotApplied,
            false,
            false,
        ),
        (
            ErrorKind::Unanswered("zk1:2181: closed".into()),
            "no answer: zk1:2181: closed",
            Unknown,
            false,
            false,
        ),
    ]
}

fn by_the_session() -> Vec<Row> {
    vec![
        (
            ErrorKind::SessionExpired(Unknown),
            "session expired, outcome unknown",
            Unknown,
            false,
            true,
        ),
        (
            ErrorKind::AuthFailed {
                reason: AuthFailure::Mechanism("no ticket".into()),
                outcome: NotApplied,
            },
            "authentication failed (SASL: no ticket), not applied",
            NotApplied,
            false,
            true,
        ),
        (ErrorKind::Closed(NotApplied), "session closed, not applied", NotApplied, false, true),
        (ErrorKind::Cancelled(Unknown), "cancelled, outcome unknown", Unknown, false, false),
        (
            ErrorKind::Misuse(Misuse::EmptyAcl),
            "the access control list is empty",
            NotApplied,
            false,
            false,
        ),
    ]
}

#[test]
fn why_a_session_could_not_say_who_it_is() {
    let code = ErrorCode::AuthFailed;
    for (reason, text) in [
        (
            AuthFailure::Identity { scheme: "digest".into(), code },
            "identity of the scheme digest: authentication failed",
        ),
        (AuthFailure::SaslRequired, "the server requires SASL"),
        (AuthFailure::Refused(code), "SASL: refused by the server: authentication failed"),
        (
            AuthFailure::NoSasl,
            "SASL: the server answered without a token: it has no SASL, or does not insist on it",
        ),
        (AuthFailure::NotTheEnd, "SASL: the server goes on after the last token"),
        (AuthFailure::Mechanism("no ticket".into()), "SASL: no ticket"),
    ] {
        assert_eq!(reason.to_string(), text);
        let error = Error::from(ErrorKind::AuthFailed { reason, outcome: Unknown });
        assert_eq!(error.source().unwrap().to_string(), text);
        assert!(error.is_session_over() && !error.is_retryable());
        assert_eq!((error.outcome(), error.code()), (Unknown, None));
    }
}

#[test]
fn only_the_server_gives_codes() {
    let transaction = ErrorKind::Transaction { index: 3, code: ErrorCode::NotEmpty };
    assert_eq!(Error::from(transaction.clone()).code(), Some(ErrorCode::NotEmpty));
    assert_eq!(Error::from(transaction).failed_operation(), Some(3));
    assert_eq!(Error::from(ErrorCode::NotEmpty).code(), Some(ErrorCode::NotEmpty));
    assert_eq!(Error::from(ErrorCode::NotEmpty).failed_operation(), None);
    assert_eq!(Error::from(ErrorKind::QueueFull).code(), None);
}

#[test]
fn an_error_names_the_operation_and_its_path() {
    let error = Error::from(ErrorCode::NoNode).about(OpCode::GetData, "/app");
    assert_eq!(error.to_string(), "getData /app: no such node");
    assert_eq!((error.op(), error.path()), (Some(OpCode::GetData), Some("/app")));

    let error = Error::from(ErrorKind::QueueFull).about(OpCode::WhoAmI, "");
    assert_eq!(error.to_string(), "whoAmI: too many requests are waiting");
    assert_eq!(error.path(), None);
}

#[test]
fn the_error_of_a_transaction_names_the_path_of_the_operation_that_failed() {
    let multi = Multi::new().create("/a", "").delete("/b").check("/c", 1);
    for (index, text) in [
        (0, "multi /a: operation 0 of the transaction: no such node"),
        (1, "multi /b: operation 1 of the transaction: no such node"),
        (2, "multi /c: operation 2 of the transaction: no such node"),
        (3, "multi: operation 3 of the transaction: no such node"),
    ] {
        let kind = ErrorKind::Transaction { index, code: ErrorCode::NoNode };
        let error = Error::from(kind).about(multi.op(), &multi.path());
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn an_error_tells_what_it_follows_from() {
    let misuse = Error::from(PathError::Relative);
    assert_eq!(misuse.source().unwrap().to_string(), "invalid path: it does not start with /");
    let kind = ErrorKind::ConnectionLost { fault: Fault::Stalled, outcome: Unknown };
    assert_eq!(Error::from(kind).source().unwrap().to_string(), "unfinished frame");
    assert!(Error::from(ErrorCode::NoNode).source().is_none());
}

#[test]
fn requests_that_are_not_sent() {
    let day = Duration::from_secs(86_400);
    let too_long = "a time to live must have 1 to 1099511627775 milliseconds";
    for (misuse, text) in [
        (misuse_of(&Exists::new("")), "invalid path: it is empty"),
        (misuse_of(&Sync::new("app")), "invalid path: it does not start with /"),
        (misuse_of(&Delete::new("/app/")), "invalid path: it ends with /"),
        (misuse_of(&SetData::new("/a//b", "")), "invalid path: it has an empty segment"),
        (misuse_of(&GetChildren::new("/a/..")), "invalid path: it has a segment . or .."),
        (
            misuse_of(&Create::new("/a\n", "")),
            "invalid path: it has the character '\\n', which is not allowed",
        ),
        (misuse_of(&Create::new("/a/", "")), "invalid path: it ends with /"),
        (misuse_of(&Create::new("/a", "").acl(vec![])), "the access control list is empty"),
        (misuse_of(&SetAcl::new("/a", vec![])), "the access control list is empty"),
        (misuse_of(&Create::new("/a", "").ttl(Duration::ZERO)), too_long),
        (misuse_of(&Create::new("/a", "").ttl(Duration::from_micros(999))), too_long),
        (misuse_of(&Create::new("/a", "").ttl(day * 12_726)), too_long),
        (
            misuse_of(&Multi::new().delete("/a").delete("b")),
            "invalid path: it does not start with /",
        ),
    ] {
        assert_eq!(misuse.to_string(), text);
    }
    let too_large = Misuse::TooLarge { size: 2_000_000, limit: 1_048_575 };
    assert_eq!(
        too_large.to_string(),
        "the request has 2000000 bytes, more than the 1048575 that the server accepts"
    );
}

#[test]
fn a_new_configuration_says_which_members_there_are_to_be() {
    assert_eq!(Reconfig::full("server.1=a:1:2;3").members, Members::Full("server.1=a:1:2;3"));
    let exchanging = Members::Incremental { joining: Some("server.2=b:1:2;3"), leaving: Some("1") };
    assert_eq!(Reconfig::exchanging("server.2=b:1:2;3", "1").members, exchanging);
}

fn misuse_of(request: &impl Request) -> Misuse {
    let mut out = Vec::new();
    request.encode(&mut Encoder::new(&mut out, &Chroot::root(), false)).unwrap_err()
}
