//! Who logs in with SASL, against a server that knows some users.

use std::future::Future;
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use zk_server::apache::{Options, Server};
use zk_server::proxy::Proxy;
use zk_tokio::digest_md5::DigestMd5;
use zk_tokio::{
    Acl, AuthFailure, Builder, Client, Create, Error, ErrorCode, ErrorKind, Outcome, Permissions,
    State,
};

use crate::support::{self, LONG_SESSION, Life, is_refused};

/// What a server says to whoever does not know the password: nothing more.
const REFUSED: &str =
    "authentication failed (SASL: refused by the server: authentication failed), not applied";

/// A server with the users of `jaas.conf`.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/operations");
        Server::start(&Options::new().jaas(&folder.join("jaas.conf"))).unwrap()
    })
}

/// One test at a time: Apache ZooKeeper 3.8.0 keeps the name of whoever logs in where all its
/// connections see it (`SaslServerCallbackHandler.userName`).
fn story(test: impl Future<Output = ()>) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    support::story(test);
}

fn as_user(user: &str, password: &str) -> Builder {
    let mechanism = DigestMd5::new(user, password, *b"only for a test!");
    Client::builder().session_timeout(LONG_SESSION).sasl(mechanism)
}

async fn log_in(user: &str, password: &str) -> Result<Client, Error> {
    as_user(user, password).connect(&server().connect_string()).await
}

async fn identities(zk: &Client) -> Vec<String> {
    let found = zk.who_am_i().await.unwrap().into_iter();
    let mut found: Vec<_> = found.map(|info| format!("{}:{}", info.scheme, info.user)).collect();
    found.sort();
    found
}

#[test]
fn whoever_knows_the_password_logs_in() {
    story(async {
        let bob = log_in("bob", "secret").await.unwrap();
        assert_eq!(identities(&bob).await, ["ip:127.0.0.1", "sasl:bob"]);
        let acl = [Acl::new(Permissions::ALL, "sasl", "bob")];
        bob.call(Create::new("/bob", "his").acl(&acl[..])).await.unwrap();
        assert_eq!(bob.get("/bob").await.unwrap().data, "his");

        let code = ErrorCode::NoAuth;
        let alice = log_in("alice", "a \"quoted\" secret").await.unwrap();
        is_refused(alice.get("/bob"), code, "getData /bob: not authorized").await;
        let nobody = support::connect(&server().connect_string()).await;
        is_refused(nobody.get("/bob"), code, "getData /bob: not authorized").await;
    });
}

#[test]
fn a_node_can_belong_to_whoever_logged_in() {
    story(async {
        let bob = log_in("bob", "secret").await.unwrap();
        bob.call(Create::new("/own", "").acl(Acl::CREATOR)).await.unwrap();
        let expected = [Acl::new(Permissions::ALL, "sasl", "bob")];
        assert_eq!(bob.acl("/own").await.unwrap().acl, expected);
    });
}

#[test]
fn names_and_passwords_can_be_in_any_script() {
    story(async {
        for (user, password) in [("jürgen", "grüße"), ("иван", "пароль")] {
            let zk = log_in(user, password).await.unwrap();
            zk.exists("/").await.unwrap();
        }
    });
}

#[test]
fn each_connection_logs_in() {
    story(async {
        let proxy = Proxy::start(server().address()).unwrap();
        let bob = as_user("bob", "secret").connect(&proxy.connect_string()).await.unwrap();
        let acl = [Acl::new(Permissions::ALL, "sasl", "bob")];
        bob.call(Create::new("/again", "").acl(&acl[..])).await.unwrap();
        let mut life = Life::of(&bob, State::Connected).await;
        for _ in 0..3 {
            proxy.cut();
            life.reaches(State::Connected).await;
            bob.get("/again").await.unwrap();
        }
    });
}

#[test]
fn a_wrong_password_ends_the_session() {
    story(async {
        for (user, password) in [("bob", "Secret"), ("bob", ""), ("nobody", "nothing")] {
            let error = log_in(user, password).await.unwrap_err();
            assert_eq!(error.to_string(), REFUSED);
        }
        let zk = as_user("bob", "wrong").open(&server().connect_string()).unwrap();
        let error = zk.get("/").await.unwrap_err();
        assert_eq!(error.to_string(), format!("getData /: {REFUSED}"));
        let code = ErrorCode::AuthFailed;
        let refused = AuthFailure::Refused(code);
        let outcome = Outcome::NotApplied;
        assert_eq!(*error.kind(), ErrorKind::AuthFailed { reason: refused, outcome });
        assert_eq!(zk.state(), State::AuthFailed);
    });
}

/// It answers with null and no error, and would carry on.
#[test]
fn a_server_without_sasl_does_not_pass_for_one_that_agreed() {
    story(async {
        let result = as_user("bob", "secret").connect(&crate::server().connect_string()).await;
        let text = "authentication failed (SASL: the server answered without a token: it has no \
                    SASL, or does not insist on it), not applied";
        assert_eq!(result.unwrap_err().to_string(), text);
    });
}
