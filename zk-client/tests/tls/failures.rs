//! Sessions that never come to be: what `connect` reports, and what the server is told.

use rustls::version::{TLS12, TLS13};
use zk_client::tls::Tls;
use zk_client::{Action, Fault};
use zk_server::certificates::Authority;

use crate::servers::{BOTH_VERSIONS, House, NAME};
use crate::world::World;

/// A client with these settings, whose TLS fails: what it reports, and what it told the server.
fn failure(house: &House, tls: Tls, server: &str) -> (String, String) {
    let mut world = World::to(server, tls);
    world.socket_comes_up();
    let told = world.talks(&mut house.server()).unwrap_err().to_string();
    assert_eq!(world.next_action(), Some(Action::Disconnect(Fault::Transport)));
    (world.report(), told)
}

const START: &str = "no server could be reached: ";

#[test]
fn an_authority_that_is_not_trusted() {
    for version in BOTH_VERSIONS {
        let house = House::with(&[version], |authority| authority.server(&[NAME]));
        let tls = Tls::builder().ca_pem(Authority::new("other").pem()).build().unwrap();
        let (report, told) = failure(&house, tls, NAME);
        let why = "zk1.test:2181 (10.0.0.1:2181): the server's certificate was not issued by an \
                   authority that is trusted: give the certificate of its authority to the builder \
                   of TLS";
        assert_eq!(report, format!("{START}{why}"));
        assert_eq!(told, "received fatal alert: UnknownCA");
    }
}

#[test]
fn an_authority_that_has_another_key_now() {
    let (before, now) = (House::new(), House::new());
    let (report, _) = failure(&now, before.trusting().build().unwrap(), NAME);
    assert!(report.ends_with("of the same name as one that is trusted, but with another key"));
}

#[test]
fn a_certificate_for_another_name() {
    let names = ["zk2.test", "10.0.0.2"];
    let house = House::with(&BOTH_VERSIONS, |authority| authority.server(&names));
    for server in ["zk1.test", "10.0.0.1", "[::1]:2281"] {
        let (report, _) = failure(&house, house.trusting().build().unwrap(), server);
        let name = server.trim_matches(['[', ']']).trim_end_matches("]:2281");
        let text = format!("is for zk2.test, 10.0.0.2, and not for {name}");
        assert!(report.ends_with(&text), "{report}");
    }
    let nameless = House::with(&BOTH_VERSIONS, |authority| authority.server(&[]));
    let (report, _) = failure(&nameless, nameless.trusting().build().unwrap(), NAME);
    assert!(report.ends_with("has no name at all, and should have zk1.test"), "{report}");
}

#[test]
fn a_certificate_that_has_expired() {
    let house = House::with(&BOTH_VERSIONS, |authority| authority.expired_server(&[NAME]));
    let (report, told) = failure(&house, house.trusting().build().unwrap(), NAME);
    assert!(report.ends_with("the server's certificate has expired 60 minutes ago"), "{report}");
    assert_eq!(told, "received fatal alert: CertificateExpired");
}

/// With TLS 1.3 the server says so when the client is done, and has sent more.
#[test]
fn a_server_that_wants_a_certificate() {
    for version in [&TLS12, &TLS13] {
        let house = House::closed(&[version]);
        for (tls, text) in [
            (house.trusting(), "the server wants a client certificate, and there is none"),
            (with_a_certificate(house.trusting()), "does not trust the authority"),
        ] {
            let mut world = World::new(tls.build().unwrap());
            world.socket_comes_up();
            let mut server = house.server();
            let refused = world.talks(&mut server).is_err();
            assert!(refused, "{version:?}");
            world.hears(&server.bytes());
            let report = world.report();
            assert!(report.contains(text), "{version:?}: {report}");
        }
    }
}

fn with_a_certificate(tls: zk_client::tls::TlsBuilder) -> zk_client::tls::TlsBuilder {
    let foreign = Authority::new("foreign").client("app");
    tls.client_certificate_pem(foreign.chain(), foreign.key())
}

/// The alert may be lost, where the server closes with something unread.
#[test]
fn a_server_that_wants_a_certificate_and_leaves_without_a_word() {
    let house = House::closed(&[&TLS13]);
    let mut world = World::new(house.trusting().build().unwrap());
    world.socket_comes_up();
    let mut server = house.server();
    assert!(world.talks(&mut server).is_err());
    world.driver.handle_disconnected(&"reset by peer");
    let report = world.report();
    let text = "closed during the handshake: reset by peer, perhaps the server wants a client";
    assert!(report.contains(text), "{report}");
}

#[test]
fn a_server_that_does_not_speak_tls() {
    let house = House::new();
    let says = |bytes: &[u8]| {
        let mut world = World::new(house.trusting().build().unwrap());
        world.socket_comes_up();
        world.hears(bytes);
        assert_eq!(world.next_action(), Some(Action::Disconnect(Fault::Transport)));
        world.report()
    };
    for bytes in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], b"This ZooKeeper", &[0, 0, 0, 37, 0, 0]]
    {
        let report = says(bytes);
        assert!(report.contains("the server does not speak TLS on this port"), "{report}");
    }
    let mut world = World::new(house.trusting().build().unwrap());
    world.socket_comes_up();
    world.driver.handle_disconnected(&"unexpected end of file");
    let report = world.report();
    let text = "closed during the TLS handshake: unexpected end of file, perhaps the server does \
                not speak TLS on this port";
    assert!(report.ends_with(text), "{report}");
}

#[test]
fn a_server_that_leaves_in_the_midst_of_the_handshake() {
    let house = House::new();
    let mut world = World::new(house.trusting().build().unwrap());
    world.socket_comes_up();
    let mut server = house.server();
    server.hears(&world.bytes()).unwrap();
    let bytes = server.bytes();
    world.hears(&bytes[..bytes.len() / 2]);
    world.driver.handle_disconnected(&"unexpected end of file");
    let report = world.report();
    let text = "closed during the TLS handshake: unexpected end of file";
    assert!(report.ends_with(text), "{report}");
}

#[test]
fn a_name_that_no_certificate_can_have() {
    let house = House::new();
    let mut world = World::to("zk_1..test", house.trusting().build().unwrap());
    world.socket_comes_up();
    assert_eq!(world.next_action(), Some(Action::Disconnect(Fault::Transport)));
    let report = world.report();
    assert!(report.contains("zk_1..test is not a name that a certificate can have"), "{report}");
}

/// A client that does not speak TLS, on a port for it.
#[test]
fn what_is_no_tls_is_told_by_the_server() {
    let mut server = House::new().server();
    assert!(server.hears(&[0, 0, 0, 45, 0, 0, 0, 0, 0]).is_err());
    assert!(zk_client::wire::is_tls_record(&server.bytes()));
}
