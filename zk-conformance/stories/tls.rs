//! Who is let in over TLS, and what those are told who are not.

use std::fs;
use std::path::Path;
use std::time::Duration;

use zk_conformance::{Authority, Expired, Guarded, Identity, Secure, authority};

use crate::support::{
    Fragile, LONG_SESSION, builder, is_refused, trusting, wait_until,
};
use crate::zk::tls::{Tls, TlsBuilder};
use crate::zk::{Acl, Builder, Client, Create, ErrorCode, ErrorKind, Permissions, State};

fn with(tls: TlsBuilder) -> Builder {
    Client::builder().session_timeout(LONG_SESSION).tls(tls.build().unwrap())
}

/// Nobody is let in: neither a session, nor a word. Both are told why.
async fn fails(builder: impl Fn() -> Builder, server: &str, why: &str) {
    // One attempt, for as long as it takes.
    let error = builder().connect_timeout(LONG_SESSION).ask(server, "ruok").await.unwrap_err();
    assert!(error.to_string().contains(why), "{error}");
    let zk = builder().open(server).unwrap();
    wait_until(|| !zk.failures().is_empty()).await;
    assert!(zk.failures()[0].why.contains(why), "{:?}", zk.failures());
}

async fn is_let_in(builder: Builder, server: &str) {
    let zk = builder.connect(server).await.unwrap();
    assert!(zk.exists("/").await.unwrap().is_some());
    zk.close().await.unwrap();
}

pub(crate) async fn a_server_of_an_authority_that_is_not_trusted(Secure(world): Secure) {
    let other = Authority::new("other");
    let stranger = || with(Tls::builder().ca_pem(other.pem()));
    let why = "certificate was not issued by an authority that is trusted";
    fails(stranger, &world.connect_string(), why).await;
    let both = Tls::builder().ca_pem(other.pem()).ca_pem(authority().pem());
    is_let_in(with(both), &world.connect_string()).await;
    let anybody = Tls::builder().dangerous_accept_any_certificate();
    is_let_in(with(anybody), &world.connect_string()).await;
}

pub(crate) async fn a_server_with_another_name(Secure(world): Secure) {
    let server = format!("localhost:{}", world.address().port());
    let why = "the server's certificate is for 127.0.0.1, and not for localhost";
    fails(|| with(trusting()), &server, why).await;
    let named = || with(trusting().server_name("zoo.example"));
    fails(named, &world.connect_string(), "and not for zoo.example").await;
    is_let_in(with(trusting().server_name("127.0.0.1")), &server).await;
    is_let_in(with(trusting().dangerous_accept_any_server_name()), &server).await;
}

pub(crate) async fn a_server_whose_certificate_has_expired(Expired(world): Expired) {
    let why = "the server's certificate has expired";
    fails(|| with(trusting()), &world.connect_string(), why).await;
    let anything = trusting().dangerous_accept_any_certificate();
    is_let_in(with(anything), &world.connect_string()).await;
}

pub(crate) async fn a_client_that_speaks_tls_where_nobody_does(Secure(world): Secure) {
    let server = world.plain_address().to_string();
    fails(|| with(trusting()), &server, "the server does not speak TLS").await;
}

pub(crate) async fn a_client_that_does_not_speak_tls_where_all_do(Secure(world): Secure) {
    let plain = || Client::builder().session_timeout(LONG_SESSION);
    fails(plain, &world.connect_string(), "TLS").await;
}

fn showing(identity: &Identity) -> TlsBuilder {
    trusting().client_certificate_pem(identity.chain(), identity.key())
}

pub(crate) async fn a_client_without_a_certificate(Guarded(world): Guarded) {
    let why = "the server wants a client certificate, and there is none";
    fails(|| with(trusting()), &world.connect_string(), why).await;
    let known = authority().client("known");
    is_let_in(with(showing(&known)), &world.connect_string()).await;
}

pub(crate) async fn a_client_that_the_server_does_not_trust(Guarded(world): Guarded) {
    let foreign = Authority::new("foreign").client("app");
    let why = "client certificate";
    fails(|| with(showing(&foreign)), &world.connect_string(), why).await;
}

pub(crate) async fn a_client_is_who_its_certificate_says(Guarded(world): Guarded) {
    let servers = world.connect_string();
    let app = with(showing(&authority().client("app"))).connect(&servers).await.unwrap();
    assert_eq!(subject(&app).await, "CN=app");
    let acl = [Acl::new(Permissions::ALL, "x509", "CN=app")];
    app.call(Create::new(world.root(), "").acl(&acl[..])).await.unwrap();
    app.get(world.root()).await.unwrap();
    let other = with(showing(&authority().client("other"))).connect(&servers).await.unwrap();
    let text = format!("getData {}: not authorized", world.root());
    is_refused(other.get(world.root()), ErrorCode::NoAuth, &text).await;
}

/// What the server calls whoever has shown a certificate.
async fn subject(zk: &Client) -> String {
    let identities = zk.who_am_i().await.unwrap();
    let x509 = identities.into_iter().find(|identity| identity.scheme == "x509");
    x509.expect("a certificate was shown").user.into()
}

fn save(identity: &Identity, chain: &Path, key: &Path) {
    fs::write(chain, identity.chain()).unwrap();
    fs::write(key, identity.key()).unwrap();
}

pub(crate) async fn certificates_that_were_renewed_are_used_by_the_next_connection(
    Guarded(world): Guarded,
) {
    let folder = tempfile::tempdir().unwrap();
    let [chain, key] = ["chain.pem", "key.pem"].map(|name| folder.path().join(name));
    save(&authority().client("before"), &chain, &key);
    let builder = with(trusting().client_certificate_files(&chain, &key));
    let mut fragile = Fragile::open(&world, builder).await;
    assert_eq!(subject(&fragile.zk).await, "CN=before");
    save(&authority().client("after"), &chain, &key);
    assert_eq!(subject(&fragile.zk).await, "CN=before");
    fragile.proxy.cut();
    fragile.life.reaches(State::Connected).await;
    assert_eq!(subject(&fragile.zk).await, "CN=after");

    // What cannot be used is not: the last one stays.
    fs::write(&key, "nothing of use").unwrap();
    fragile.proxy.cut();
    fragile.life.reaches(State::Connected).await;
    assert_eq!(subject(&fragile.zk).await, "CN=after");
}

pub(crate) async fn an_authority_that_is_replaced_is_trusted_no_more(Secure(world): Secure) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("authority.pem");
    authority().save(&file).unwrap();
    let mut fragile = Fragile::open(&world, with(Tls::builder().ca_file(&file))).await;
    Authority::new("another").save(&file).unwrap();
    fragile.proxy.cut();
    fragile.life.becomes(State::Suspended).await;
    let hurried = fragile.zk.within(Duration::from_millis(500));
    assert!(matches!(
        hurried.get("/").await.unwrap_err().kind(),
        ErrorKind::DeadlineExceeded(_)
    ));
    authority().save(&file).unwrap();
    fragile.life.becomes(State::Connected).await;
    fragile.zk.get("/").await.unwrap();
}

pub(crate) async fn a_handshake_that_is_cut_is_tried_again(Secure(world): Secure) {
    let fragile = Fragile::connect(&world).await;
    let (zk, proxy) = (&fragile.zk, &fragile.proxy);
    let mut connections = proxy.connections();
    for bytes in [0, 1, 5, 100, 500] {
        proxy.cut_after(bytes);
        proxy.cut();
        assert!(proxy.wait_for_connections(connections + 2, LONG_SESSION));
        zk.sync("/").await.unwrap();
        connections = proxy.connections();
    }
}

pub(crate) async fn a_server_that_never_ends_its_handshake(Secure(world): Secure) {
    let proxy = world.proxy();
    proxy.stall();
    let patience = Duration::from_millis(300);
    let hurried = builder(&world).attempt_timeout(patience).connect_timeout(patience * 4);
    let error = hurried.connect(&proxy.connect_string()).await.unwrap_err();
    assert!(error.to_string().contains("connect timeout"), "{error}");
}
