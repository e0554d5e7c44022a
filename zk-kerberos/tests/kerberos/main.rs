//! Kerberos, with a realm of its own and a real server in it. Debian has both:
//! `krb5-kdc krb5-admin-server krb5-user zookeeper`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod realm;
mod story;

use std::collections::BTreeMap;
use std::fs;

use story::{Tickets, settings, story};
use zk_kerberos::Kerberos;
use zk_proto::{Acl, Create, ErrorCode, Host, Permissions, State};
use zk_server::Config;
use zk_server::proxy::Proxy;
use zk_tokio::{Client, Mechanism};

use Tickets::{Fresh, Stale};

async fn log_in(kerberos: Kerberos, server: &str) -> Result<Client, zk_tokio::Error> {
    Client::builder().sasl(kerberos).connect(server).await
}

/// Why the session ended, which it has.
async fn refusal(kerberos: Kerberos, server: &str) -> String {
    let error = log_in(kerberos, server).await.unwrap_err().to_string();
    let reason = error.strip_prefix("authentication failed (SASL: ");
    let reason = reason.and_then(|reason| reason.strip_suffix("), not applied"));
    reason.unwrap_or_else(|| panic!("{error}")).into()
}

#[test]
fn whoever_has_a_ticket_is_let_in() {
    story("whoever_has_a_ticket_is_let_in", Fresh(&["bob", "alice"]), async |server| {
        let alice = log_in(Kerberos::new(), &server).await.unwrap();
        let found = alice.who_am_i().await.unwrap().into_iter();
        let mut found: Vec<_> = found.map(|who| format!("{}:{}", who.scheme, who.user)).collect();
        found.sort();
        assert_eq!(found, ["ip:127.0.0.1", "sasl:alice@ZK.TEST"]);

        let acl = [Acl::new(Permissions::ALL, "sasl", "alice@ZK.TEST")];
        alice.call(Create::new("/hers", "secret").acl(&acl[..])).await.unwrap();
        alice.call(Create::new("/own", "").acl(Acl::CREATOR)).await.unwrap();
        assert_eq!(alice.get("/hers").await.unwrap().data, "secret");
        assert_eq!(alice.acl("/own").await.unwrap().acl, acl);

        let bob = log_in(Kerberos::new().principal("bob@ZK.TEST"), &server).await.unwrap();
        let nobody = Client::connect(&server).await.unwrap();
        for other in [bob, nobody] {
            let error = other.get("/hers").await.unwrap_err();
            assert_eq!(error.code(), Some(ErrorCode::NoAuth));
        }
    });
}

#[test]
fn each_connection_logs_in() {
    story("each_connection_logs_in", Fresh(&["alice"]), async |server| {
        let port: u16 = server.rsplit(':').next().unwrap().parse().unwrap();
        let proxy = Proxy::start(([127, 0, 0, 1], port).into()).unwrap();
        // The proxy is known by its address.
        let kerberos = Kerberos::new().host("localhost");
        let alice = log_in(kerberos, &proxy.connect_string()).await.unwrap();
        alice.call(Create::new("/again", "").acl(Acl::CREATOR)).await.unwrap();
        for _ in 0..3 {
            let mut states = alice.states();
            proxy.cut();
            while states.next().await != Some(State::Suspended) {}
            alice.get("/again").await.unwrap();
        }
    });
}

#[test]
fn without_a_ticket_there_is_nobody_to_be() {
    story("without_a_ticket_there_is_nobody_to_be", Tickets::None, async |server| {
        let why = refusal(Kerberos::new(), &server).await;
        assert!(why.starts_with("Kerberos: for zookeeper@localhost: "), "{why}");
        assert!(why.contains("No Kerberos credentials available"), "{why}");
        let why = refusal(Kerberos::new().principal("carol@ZK.TEST"), &server).await;
        assert!(why.contains("carol@ZK.TEST"), "{why}");
    });
}

#[test]
fn a_ticket_that_has_expired_is_named_so() {
    story("a_ticket_that_has_expired_is_named_so", Stale(&["alice"]), async |server| {
        let why = refusal(Kerberos::new(), &server).await;
        assert_eq!(why, "Kerberos: for zookeeper@localhost: Ticket expired");
    });
}

#[test]
fn a_server_that_the_realm_does_not_know_is_named() {
    let name = "a_server_that_the_realm_does_not_know_is_named";
    story(name, Fresh(&["alice"]), async |server| {
        let why = refusal(Kerberos::new().host("nowhere.test"), &server).await;
        let unknown = "Server zookeeper/nowhere.test@ZK.TEST not found in Kerberos database";
        assert_eq!(why, format!("Kerberos: for zookeeper@nowhere.test: {unknown}"));
    });
}

/// A ticket for another service: it cannot read it.
#[test]
fn a_server_that_refuses_says_so() {
    story("a_server_that_refuses_says_so", Fresh(&["alice"]), async |server| {
        let why = refusal(Kerberos::new().service("stranger"), &server).await;
        assert_eq!(why, "refused by the server: authentication failed");
        let alice = log_in(Kerberos::new(), &server).await.unwrap();
        alice.exists("/").await.unwrap();
    });
}

#[test]
fn servers_without_kerberos_are_recognised() {
    story("servers_without_kerberos_are_recognised", Fresh(&["alice"]), async |_| {
        let without_sasl = zk_server::Server::start().unwrap();
        let sasl_users = BTreeMap::from([("bob".into(), "secret".into())]);
        let config = Config { sasl_users, ..Config::default() };
        let with_passwords = zk_server::Server::builder().config(config).start().unwrap();
        let no_sasl =
            "the server answered without a token: it has no SASL, or does not insist on it";
        for (server, expected) in [
            (without_sasl, no_sasl),
            (with_passwords, "refused by the server: authentication failed"),
        ] {
            let port = server.address().port();
            let why = refusal(Kerberos::new(), &format!("localhost:{port}")).await;
            assert_eq!(why, expected);
        }
    });
}

/// Whoever asks for a ticket in advance does not have to ask when it is needed.
#[test]
fn a_ticket_can_be_fetched_in_advance() {
    story("a_ticket_can_be_fetched_in_advance", Fresh(&["alice"]), async |server| {
        Kerberos::new().fetch_ticket("localhost").unwrap();
        let with_nobody_to_ask = fs::read_to_string(settings()).unwrap();
        let (before, after) = with_nobody_to_ask.split_once("127.0.0.1:").unwrap();
        let after = after.trim_start_matches(|c: char| c.is_ascii_digit());
        fs::write(settings(), format!("{before}127.0.0.1:1{after}")).unwrap();

        log_in(Kerberos::new(), &server).await.unwrap();
        let error = Kerberos::new().fetch_ticket("nowhere.test").unwrap_err();
        assert!(error.contains("Cannot contact any KDC for realm 'ZK.TEST'"), "{error}");
    });
}

/// It has the right name, but cannot show that it has the key.
#[test]
fn a_server_has_to_prove_who_it_is() {
    story("a_server_has_to_prove_who_it_is", Fresh(&["alice"]), async |_| {
        for challenge in [&b""[..], b"\0", b"realm=\"zk-sasl-md5\"", &[0x60; 200]] {
            let mut kerberos = Kerberos::new();
            assert!(kerberos.step(challenge).is_err(), "nobody asked for it");
            let token = kerberos.start(&Host::new("localhost", Host::DEFAULT_PORT)).unwrap();
            assert!(kerberos.step(challenge).unwrap_err().starts_with("Kerberos: "));
            assert!(kerberos.step(challenge).is_err(), "it is over");
            let shown = format!("{kerberos:?}");
            assert!(!token.is_empty() && !shown.contains("Agreeing"), "{shown}");
        }
    });
}
