//! TLS, to a real server.
#![cfg(all(unix, any(feature = "ring", feature = "aws-lc-rs")))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

use std::time::Duration;

use support::story;
use tempfile::TempDir;
use zk_server::apache::{ClientAuthentication, Options, Server, Store, Tls as ServerTls};
use zk_server::certificates::{Authority, Identity};
use zk_tokio::tls::Tls;
use zk_tokio::{Acl, Client, Create, ErrorCode, Permissions};

/// A server whose clients have to show a certificate, or need not.
struct House {
    authority: Authority,
    server: Server,
    _folder: TempDir,
}

impl House {
    fn new(identity: impl FnOnce(&Authority) -> Identity, clients: ClientAuthentication) -> Self {
        let folder = TempDir::new().unwrap();
        let [own, trusted] = ["server.pem", "ca.pem"].map(|name| folder.path().join(name));
        let authority = Authority::new("house");
        identity(&authority).save(&own).unwrap();
        authority.save(&trusted).unwrap();
        let tls = ServerTls {
            key_store: Store::new(own, ""),
            trust_store: Store::new(trusted, ""),
            client_authentication: clients,
        };
        let x509 = "org.apache.zookeeper.server.auth.X509AuthenticationProvider";
        let options = Options::new().tls(tls).setting("authProvider.x509", x509);
        let server = Server::start(&options).unwrap();
        Self { authority, server, _folder: folder }
    }

    fn open() -> Self {
        Self::new(|authority| authority.server(&["127.0.0.1"]), ClientAuthentication::None)
    }

    fn address(&self) -> String {
        self.server.secure_connect_string().unwrap()
    }

    fn trusting(&self) -> Tls {
        Tls::builder().ca_pem(self.authority.pem()).build().unwrap()
    }

    /// What a client is told that cannot connect.
    async fn failure(&self, tls: Option<&Tls>, address: &str) -> String {
        let mut builder = Client::builder();
        if let Some(tls) = tls {
            builder = builder.tls(tls.clone());
        }
        let zk = builder.open(address).unwrap();
        why(&zk).await
    }
}

/// Why the server cannot be reached, once that is known.
async fn why(zk: &Client) -> String {
    loop {
        if let [failure, ..] = &*zk.failures() {
            return failure.to_string();
        }
        tokio::task::yield_now().await;
    }
}

fn has(text: &str, part: &str) {
    assert!(text.contains(part), "{text}");
}

#[test]
fn a_session_and_a_word_go_through_tls() {
    story(async {
        let house = House::open();
        let (tls, address) = (house.trusting(), house.address());
        let zk = Client::builder().tls(tls.clone()).connect(&address).await.unwrap();
        let data = vec![7; 900_000];
        zk.create("/a", &data).await.unwrap();
        let replies: Vec<_> = (0..10).map(|_| zk.get("/a")).collect();
        for reply in replies {
            assert!(reply.await.unwrap().data == data);
        }
        zk.close().await.unwrap();
        let answer = Client::builder().tls(tls).ask(&address, "srvr").await.unwrap();
        has(&answer, "Mode: standalone");
    });
}

#[test]
fn a_server_that_is_not_trusted_is_told_from_one_that_has_another_name() {
    story(async {
        let house = House::open();
        let (tls, address) = (house.trusting(), house.address());
        let stranger = Tls::builder().ca_pem(Authority::new("other").pem()).build().unwrap();
        has(&house.failure(Some(&stranger), &address).await, "was not issued by an authority");
        let error = Client::builder().tls(stranger).ask(&address, "srvr").await.unwrap_err();
        has(&error.to_string(), "was not issued by an authority");

        let name = address.replace("127.0.0.1", "localhost");
        let text = house.failure(Some(&tls), &name).await;
        has(&text, "the server's certificate is for 127.0.0.1, and not for localhost");
        let any = Tls::builder().ca_pem(house.authority.pem()).dangerous_accept_any_server_name();
        let zk = Client::builder().tls(any.build().unwrap()).connect(&name).await.unwrap();
        zk.close().await.unwrap();
    });
}

#[test]
fn who_is_on_the_wrong_port_is_told_so() {
    story(async {
        let house = House::open();
        let (tls, secure, plain) =
            (house.trusting(), house.address(), house.server.connect_string());
        has(&house.failure(Some(&tls), &plain).await, "perhaps the server does not speak TLS");
        has(&house.failure(None, &secure).await, "perhaps it is for TLS");
        let error = Client::builder().tls(tls).ask(&plain, "srvr").await.unwrap_err();
        has(&error.to_string(), "perhaps the server does not speak TLS");
        let soon = Client::builder().connect_timeout(Duration::from_secs(1));
        let error = soon.ask(&secure, "srvr").await.unwrap_err();
        has(&error.to_string(), "perhaps it is for TLS");
    });
}

#[test]
fn an_expired_certificate_is_called_that() {
    story(async {
        let expired = |authority: &Authority| authority.expired_server(&["127.0.0.1"]);
        let house = House::new(expired, ClientAuthentication::None);
        let text = house.failure(Some(&house.trusting()), &house.address()).await;
        has(&text, "the server's certificate has expired 60 minutes ago");
    });
}

#[test]
fn a_client_is_who_its_certificate_says() {
    story(async {
        let server = |authority: &Authority| authority.server(&["127.0.0.1"]);
        let house = House::new(server, ClientAuthentication::Need);
        let address = house.address();
        let with = |client: &Identity| {
            let builder = Tls::builder().ca_pem(house.authority.pem());
            builder.client_certificate_pem(client.chain(), client.key()).build().unwrap()
        };
        let text = house.failure(Some(&house.trusting()), &address).await;
        has(&text, "the server wants a client certificate");
        let foreign = with(&Authority::new("foreign").client("app"));
        has(&house.failure(Some(&foreign), &address).await, "refused the client certificate");

        let tls = with(&house.authority.client("app"));
        let zk = Client::builder().tls(tls).connect(&address).await.unwrap();
        let acl = [Acl::new(Permissions::ALL, "x509", "CN=app")];
        zk.call(Create::new("/mine", "").acl(&acl)).await.unwrap();
        let other = with(&house.authority.client("other"));
        let other = Client::builder().tls(other).connect(&address).await.unwrap();
        let error = other.get("/mine").await.unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::NoAuth));
        zk.get("/mine").await.unwrap();
    });
}
