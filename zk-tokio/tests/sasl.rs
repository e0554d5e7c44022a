//! Servers that insist on SASL, and servers that do not mind if it fails.
#![cfg(feature = "digest-md5")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use tempfile::TempDir;
use zk_server::{Config, apache};
use zk_tokio::{AuthFailure, Builder, Client, ErrorCode, ErrorKind, State};

const LIMIT: Duration = Duration::from_secs(60);

const JAAS: &str = "Server {
    org.apache.zookeeper.server.auth.DigestLoginModule required
    user_bob=\"secret\";
};";

/// A real server on which bob is known, with one more line in its settings.
fn apache_with(setting: &str) -> (TempDir, apache::Server) {
    let folder = TempDir::new().unwrap();
    let jaas = folder.path().join("jaas.conf");
    fs::write(&jaas, JAAS).unwrap();
    let options = apache::Options::new().jaas(&jaas).setting(setting, true);
    (folder, apache::Server::start(&options).unwrap())
}

/// Why there is no session.
async fn failure(builder: Builder, servers: &str) -> AuthFailure {
    let error = tokio::time::timeout(LIMIT, builder.connect(servers)).await.unwrap().unwrap_err();
    let ErrorKind::AuthFailed { reason, .. } = error.kind() else { panic!("{error}") };
    reason.clone()
}

async fn only_who_logs_in_is_served(servers: &str) {
    let bob = Client::builder().digest_md5("bob", "secret").connect(servers).await.unwrap();
    bob.exists("/").await.unwrap();

    let refused = failure(Client::builder().digest_md5("bob", "guessed"), servers).await;
    // The second from 3.9 on.
    let codes = [ErrorCode::AuthFailed, ErrorCode::SessionClosedRequireSaslAuth];
    assert!(codes.map(AuthFailure::Refused).contains(&refused), "{refused}");

    // A session there is, until the server is asked for something.
    let nobody = Client::connect(servers).await.unwrap();
    let error = nobody.get("/").await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::SessionClosedRequireSaslAuth));
    assert_eq!(nobody.state(), State::AuthFailed);
    let text = "getData /: authentication failed (the server requires SASL), not applied";
    assert_eq!(nobody.get("/").await.unwrap_err().to_string(), text);
}

#[tokio::test]
async fn a_server_can_insist_on_it() {
    let (_folder, server) = apache_with("sessionRequireClientSASLAuth");
    only_who_logs_in_is_served(&server.connect_string()).await;
}

#[tokio::test]
async fn so_can_the_one_in_memory() {
    let sasl_users = BTreeMap::from([("bob".into(), "secret".into())]);
    let config = Config { sasl_users, require_sasl: true, ..Config::default() };
    let server = zk_server::Server::builder().config(config).start().unwrap();
    only_who_logs_in_is_served(&server.connect_string()).await;
}

/// It would serve a client whose password is wrong, as if it were nobody. The client came as
/// somebody.
#[tokio::test]
async fn a_server_that_does_not_mind_a_wrong_password_is_no_server_for_it() {
    let (_folder, server) = apache_with("allowSaslFailedClients");
    let servers = server.connect_string();
    let bob = Client::builder().digest_md5("bob", "secret").connect(&servers).await.unwrap();
    let identities = bob.who_am_i().await.unwrap();
    assert!(identities.iter().any(|who| (&*who.scheme, &*who.user) == ("sasl", "bob")));
    let failed = failure(Client::builder().digest_md5("bob", "guessed"), &servers).await;
    assert_eq!(failed, AuthFailure::NoSasl);
}
