//! Who logs in with SASL, at a server that knows some users.
//!
//! One at a time: Apache ZooKeeper 3.8.0 keeps the name of whoever logs in where all its
//! connections see it (`SaslServerCallbackHandler.userName`).

use zk_conformance::{Alone, Own, World};

use crate::support::{Fragile, builder, connect, is_refused};
use crate::zk::{
    Acl, AuthFailure, Builder, Client, Create, Error, ErrorCode, ErrorKind, Outcome, Permissions, State,
};

fn as_user(world: &World, user: &str, password: &str) -> Builder {
    builder(world).digest_md5(user, password)
}

async fn log_in(world: &World, user: &str, password: &str) -> Result<Client, Error> {
    let servers = format!("{}{}", world.connect_string(), world.root());
    as_user(world, user, password).connect(&servers).await
}

/// What a server says to whoever does not know the password: nothing more.
const REFUSED: &str =
    "authentication failed (SASL: refused by the server: authentication failed), not applied";

async fn identities(zk: &Client) -> Vec<String> {
    let found = zk.who_am_i().await.unwrap().into_iter();
    let mut found: Vec<_> = found.map(|info| format!("{}:{}", info.scheme, info.user)).collect();
    found.sort();
    found
}

pub(crate) async fn whoever_knows_the_password_logs_in(Alone(world): Alone) {
    let bob = log_in(&world, "bob", "secret").await.unwrap();
    assert_eq!(identities(&bob).await, ["ip:127.0.0.1", "sasl:bob"]);
    let acl = [Acl::new(Permissions::ALL, "sasl", "bob")];
    bob.call(Create::new("/", "his").acl(&acl[..])).await.unwrap();
    assert_eq!(bob.get("/").await.unwrap().data, "his");

    let code = ErrorCode::NoAuth;
    let alice = log_in(&world, "alice", "a \"quoted\" secret").await.unwrap();
    is_refused(alice.get("/"), code, "getData /: not authorized").await;
    let nobody = connect(&world).await;
    is_refused(nobody.get("/"), code, "getData /: not authorized").await;
}

pub(crate) async fn a_node_can_belong_to_whoever_logged_in(Alone(world): Alone) {
    let bob = log_in(&world, "bob", "secret").await.unwrap();
    bob.call(Create::new("/", "").acl(Acl::CREATOR)).await.unwrap();
    assert_eq!(bob.acl("/").await.unwrap().acl, [Acl::new(Permissions::ALL, "sasl", "bob")]);
}

pub(crate) async fn names_and_passwords_can_be_in_any_script(Alone(world): Alone) {
    for (user, password) in [("jürgen", "grüße"), ("иван", "пароль")] {
        let zk = log_in(&world, user, password).await.unwrap();
        zk.exists("/").await.unwrap();
    }
}

pub(crate) async fn each_connection_logs_in(Alone(world): Alone) {
    let mut bob = Fragile::open(&world, as_user(&world, "bob", "secret")).await;
    let acl = [Acl::new(Permissions::ALL, "sasl", "bob")];
    bob.zk.call(Create::new("/again", "").acl(&acl[..])).await.unwrap();
    for _ in 0..3 {
        bob.proxy.cut();
        bob.life.reaches(State::Connected).await;
        bob.zk.get("/again").await.unwrap();
    }
}

pub(crate) async fn a_wrong_password_ends_the_session(Alone(world): Alone) {
    for (user, password) in [("bob", "Secret"), ("bob", ""), ("nobody", "nothing")] {
        let error = log_in(&world, user, password).await.unwrap_err();
        assert_eq!(error.to_string(), REFUSED);
    }
    let zk = as_user(&world, "bob", "wrong").open(&world.connect_string()).unwrap();
    let error = zk.get("/").await.unwrap_err();
    assert_eq!(error.to_string(), format!("getData /: {REFUSED}"));
    let reason = AuthFailure::Refused(ErrorCode::AuthFailed);
    let outcome = Outcome::NotApplied;
    assert_eq!(*error.kind(), ErrorKind::AuthFailed { reason, outcome });
    assert_eq!(zk.state(), State::AuthFailed);
}

/// It answers with null and no error, and would carry on.
pub(crate) async fn a_server_without_sasl_does_not_pass_for_one_that_agreed(own: Own) {
    let world = own.world();
    let result = as_user(world, "bob", "secret").connect(&world.connect_string()).await;
    let text = "authentication failed (SASL: the server answered without a token: it has no \
                SASL, or does not insist on it), not applied";
    assert_eq!(result.unwrap_err().to_string(), text);
}
