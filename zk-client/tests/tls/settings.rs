//! How TLS is set up, and set up again.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, Weak};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::version::TLS13;
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tempfile::TempDir;
use zk_client::tls::{Tls, TlsBuilder};
use zk_client::wire::Outbox;
use zk_client::{Driver, ErrorKind};
use zk_server::certificates::Authority;

use crate::servers::{BOTH_VERSIONS, House, NAME};
use crate::world::World;

fn refusal(builder: TlsBuilder) -> String {
    let error = builder.build().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Misuse(_)), "{error:?}");
    error.to_string()
}

#[test]
fn what_is_wrong_with_the_files_is_told() {
    let folder = TempDir::new().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let authority = Authority::new("tests");
    let (one, two) = (authority.client("one"), authority.client("two"));
    let (chain, key) = (file("one.pem", one.chain()), file("one.key", one.key()));
    let (empty, other) = (file("empty.pem", "nothing\n"), file("two.key", two.key()));
    let cut = file("cut.pem", &one.chain()[..200]);
    let secret = file("secret.key", &one.key().replace("PRIVATE", "ENCRYPTED PRIVATE"));
    let trusting = || Tls::builder().ca_pem(authority.pem());
    let at = |path: &Path| path.display().to_string();

    let missing = folder.path().join("missing.pem");
    let text = refusal(Tls::builder().ca_file(&missing));
    assert!(text.starts_with(&format!("{} cannot be read: ", at(&missing))), "{text}");
    for (builder, expected) in [
        (Tls::builder().ca_file(&empty), format!("{} holds no certificate", at(&empty))),
        (Tls::builder().ca_file(&cut), format!("{} is not in PEM: a section has no end", at(&cut))),
        (Tls::builder().ca_pem("x"), "the given text holds no certificate".into()),
        (
            trusting().client_certificate_files(&chain, &empty),
            format!("{} holds no private key", at(&empty)),
        ),
        (
            trusting().client_certificate_files(&chain, &secret),
            format!(
                "the private key in {} is encrypted: decrypt it first (openssl pkcs8 -in ...)",
                at(&secret)
            ),
        ),
        (
            trusting().client_certificate_files(&chain, &other),
            format!(
                "{} and {} are of no use as a client certificate: keys may not be consistent: \
                 KeyMismatch",
                at(&chain),
                at(&other)
            ),
        ),
        (
            Tls::builder(),
            "no authority is trusted: give the certificates of some, or the platform's".into(),
        ),
        (
            trusting().server_name("not a name"),
            "\"not a name\" is not a name that a certificate can have".into(),
        ),
    ] {
        assert_eq!(refusal(builder), expected);
    }
    let both = file("both.pem", &format!("{}{}", one.key(), one.chain()));
    trusting().client_certificate_files(&both, &both).build().unwrap();
    trusting().client_certificate_files(&chain, &key).build().unwrap();
}

#[test]
fn secrets_are_not_shown() {
    let authority = Authority::new("tests");
    let identity = authority.client("one");
    let builder = Tls::builder()
        .ca_pem(authority.pem())
        .client_certificate_pem(identity.chain(), identity.key());
    for text in [format!("{builder:?}"), format!("{:?}", builder.build().unwrap())] {
        assert!(!text.contains("BEGIN"), "{text}");
        assert!(!text.contains(&identity.key()[40..60]), "{text}");
        assert!(text.contains("the given text"), "{text}");
    }
}

/// How far a client comes with these settings.
fn is_content(house: &House, tls: Tls, server: &str) -> bool {
    let mut world = World::to(server, tls);
    world.socket_comes_up();
    world.talks(&mut house.server()).is_ok() && !world.has_heard_all()
}

#[test]
fn the_name_may_be_another_than_the_connect_string_says() {
    let house =
        House::with(&BOTH_VERSIONS, |authority| authority.server(&["zk2.test", "10.0.0.2"]));
    for (server_name, server, expected) in [
        (None, "zk2.test", true),
        (None, "10.0.0.2:2281", true),
        (None, "10.0.0.1", false),
        (None, "zk1.test", false),
        (Some("zk2.test"), "zk1.test", true),
        (Some("10.0.0.2"), "zk1.test", true),
        (Some("zk3.test"), "zk2.test", false),
    ] {
        let mut builder = house.trusting();
        if let Some(name) = server_name {
            builder = builder.server_name(name);
        }
        let is_content = is_content(&house, builder.build().unwrap(), server);
        assert_eq!(is_content, expected, "{server_name:?} {server}");
    }
}

#[test]
fn a_dangerous_client_takes_what_it_says_and_no_more() {
    let good = House::with(&BOTH_VERSIONS, |authority| authority.server(&["zk2.test"]));
    let (foreign, any) = (House::foreign(), Tls::builder().dangerous_accept_any_certificate());
    let any = any.build().unwrap();
    let name = good.trusting().dangerous_accept_any_server_name().build().unwrap();
    let expired = House::with(&BOTH_VERSIONS, |authority| authority.expired_server(&[NAME]));
    let trusts_expired = expired.trusting().dangerous_accept_any_server_name().build().unwrap();
    assert!(is_content(&good, name.clone(), NAME), "another name");
    assert!(!is_content(&foreign, name, NAME), "another authority");
    assert!(!is_content(&expired, trusts_expired, NAME), "an old certificate");
    for house in [&good, &foreign, &expired] {
        assert!(is_content(house, any.clone(), NAME));
    }
    let old = House::with(&[&rustls::version::TLS12], |authority| authority.server(&[NAME]));
    assert!(is_content(&old, any, NAME));
}

/// The names of the client certificates that the server is shown, one connection after the other.
#[test]
fn certificates_that_were_renewed_are_in_use_from_the_next_connection_on() {
    let folder = TempDir::new().unwrap();
    let [ca, own] = ["ca.pem", "own.pem"].map(|name| folder.path().join(name));
    let first = House::closed(&[&TLS13]);
    let before = first.authority.client("before");
    first.authority.save(&ca).unwrap();
    before.save(&own).unwrap();
    let tls = Tls::builder().ca_file(&ca).client_certificate_files(&own, &own).build().unwrap();

    let mut world = World::new(tls);
    let shown = |world: &mut World, house: &House| {
        let server = world.meets(house);
        let certificate = server.0.peer_certificates().unwrap()[0].to_vec();
        world.driver.handle_disconnected(&"gone");
        certificate
    };
    let one = shown(&mut world, &first);
    assert_eq!(shown(&mut world, &first), one);

    first.authority.client("after").save(&own).unwrap();
    let two = shown(&mut world, &first);
    assert_ne!(two, one);
    fs::write(&own, "half of a fi").unwrap();
    assert_eq!(shown(&mut world, &first), two, "what was good stays");
    fs::remove_file(&ca).unwrap();
    assert_eq!(shown(&mut world, &first), two);

    let second = House::closed(&[&TLS13]);
    second.authority.save(&ca).unwrap();
    second.authority.client("other").save(&own).unwrap();
    assert_ne!(shown(&mut world, &second), two);
}

/// Looks at certificates, and has the driver send what there is meanwhile.
#[derive(Debug, Default)]
struct Curious(Mutex<Weak<Driver>>);

impl ServerCertVerifier for Curious {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let driver = self.0.lock().unwrap().upgrade().unwrap();
        assert!(!driver.take_transmit(&mut Outbox::default()));
        driver.handle_timeout();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        default_provider().signature_verification_algorithms.supported_schemes()
    }
}

/// As it looks at a certificate for long, others go on.
#[test]
fn nothing_is_locked_while_a_certificate_is_looked_at() {
    let house = House::new();
    let verifier = Arc::new(Curious::default());
    let config = ClientConfig::builder_with_provider(default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(verifier.clone())
        .with_no_client_auth();
    let mut world = World::new(Tls::from_config(Arc::new(config)));
    *verifier.0.lock().unwrap() = Arc::downgrade(&world.driver);
    let mut server = world.meets(&house);
    world.is_granted_a_session(&mut server);
}
