//! Against the examples of RFC 2831, section 4, what other clients were seen to send, and what
//! Python's `hashlib` makes of the same terms.

use alloc::string::String;
use std::format;

use super::client::proves;
use super::hash::Terms;
use super::{Accepted, DigestMd5, Exchange, Refused, Service};

/// An example of the RFC: for which service, with which numbers.
struct Example {
    service: Service,
    nonce: &'static str,
    cnonce: &'static str,
    response: &'static str,
    rspauth: &'static str,
}

const IMAP: Example = Example {
    service: Service { realm: "elwood.innosoft.com", uri: "imap/elwood.innosoft.com" },
    nonce: "OA6MG9tEQGm2hh",
    cnonce: "OA6MHXh6VqTrRk",
    response: "d388dad90d4bbd760a152321f2143af7",
    rspauth: "ea40f60335c427b5527b84dbabcdfffd",
};

const ACAP: Example = Example {
    service: Service { realm: "elwood.innosoft.com", uri: "acap/elwood.innosoft.com" },
    nonce: "OA9BSXrbuRhWay",
    cnonce: "OA9BSuZWMSpW8m",
    response: "6084c6db3fede7352c551284490fd0fc",
    rspauth: "2f0b3d7c3c2e486600ef710726aa2eae",
};

impl Example {
    fn challenge(&self) -> String {
        let Self { service: Service { realm, .. }, nonce, .. } = self;
        format!(r#"realm="{realm}",nonce="{nonce}",qop="auth",algorithm=md5-sess,charset=utf-8"#)
    }

    fn answer(&self) -> String {
        let Self { service: Service { realm, uri }, nonce, cnonce, response, .. } = self;
        format!(
            r#"charset=utf-8,username="chris",realm="{realm}",nonce="{nonce}",nc=00000001,cnonce="{cnonce}",digest-uri="{uri}",response={response},qop=auth"#
        )
    }
}

#[test]
fn a_client_answers_as_in_the_examples_of_the_rfc() {
    for example in [IMAP, ACAP] {
        let client = DigestMd5::new("chris", "secret", [0; 16]);
        let (answer, proof) = client
            .respond(example.service.uri, example.challenge().as_bytes(), example.cnonce)
            .unwrap();
        assert_eq!(String::from_utf8(answer).unwrap(), example.answer());
        assert!(proves(format!("rspauth={}", example.rspauth).as_bytes(), &proof));
        assert!(!proves(format!("rspauth={}", example.response).as_bytes(), &proof));
    }
}

#[test]
fn a_server_accepts_the_examples_of_the_rfc() {
    for example in [IMAP, ACAP] {
        let exchange = Exchange::with(example.service, example.nonce.into());
        let Accepted { user, token } =
            exchange.verify(example.answer().as_bytes(), |_| Some("secret")).unwrap();
        assert_eq!(user, "chris");
        assert_eq!(token, format!("rspauth={}", example.rspauth).as_bytes());
        let exchange = Exchange::with(example.service, example.nonce.into());
        let refused = exchange.verify(example.answer().as_bytes(), |_| Some("Secret"));
        assert_eq!(refused, Err(Refused::Credentials));
    }
}

#[test]
fn texts_are_hashed_in_latin_1_where_it_has_their_characters() {
    let terms = |user, password, authzid| Terms {
        user,
        realm: Service::ZOOKEEPER.realm,
        password,
        nonce: "n",
        cnonce: "c",
        authzid,
        uri: Service::ZOOKEEPER.uri,
    };
    let cases = [
        (terms("bob", "secret", Some("bob")), "58209029010de918a710800764046f86"),
        (terms("jürgen", "grüße", None), "a7fbd53ada3ca54a632c9f4e9316e42a"),
        (terms("иван", "grüße", None), "1c32e1af970d544ca49d3fd88e04c944"),
    ];
    for (terms, expected) in cases {
        assert_eq!(terms.response().as_str(), expected, "{}", terms.user);
    }
}

/// What a server with this nonce says to a response that another client made for it.
fn verify_recorded(response: &str) -> Result<Accepted, Refused> {
    let nonce = "vUsTdekzInjT4LtHO/WkxHuoMHvB2+qU4oKqZqdQ";
    assert!(response.contains(nonce));
    let exchange = Exchange::with(Service::ZOOKEEPER, nonce.into());
    exchange.verify(response.as_bytes(), |user| (user == "bob").then_some("secret"))
}

/// It asks to act as the user that it is. The proof that 3.8.0 gave it is ours, too.
#[test]
fn the_java_client_logs_in() {
    let response = r#"charset=utf-8,username="bob",realm="zk-sasl-md5",nonce="vUsTdekzInjT4LtHO/WkxHuoMHvB2+qU4oKqZqdQ",nc=00000001,cnonce="tiqfLz4bq6DuVSEVd2z9CnuCOkXjRwkoQpUZUqZp",digest-uri="zookeeper/zk-sasl-md5",maxbuf=65536,response=24a81eca6685e29188e22da3db813f5c,qop=auth,authzid="bob""#;
    let token = b"rspauth=89d8d8788f678d05389f222f3ef910ec".into();
    assert_eq!(verify_recorded(response), Ok(Accepted { user: "bob".into(), token }));
    let forged = response.replace("authzid=\"bob\"", "authzid=\"eve\"");
    assert_eq!(verify_recorded(&forged), Err(Refused::Credentials));
}

/// With its library `pure-sasl`, which does not say which character set it uses.
#[test]
fn kazoo_logs_in() {
    let response = r#"qop=auth,realm="zk-sasl-md5",username="bob",nonce="vUsTdekzInjT4LtHO/WkxHuoMHvB2+qU4oKqZqdQ",cnonce="628079768965976",nc=00000001,digest-uri="zookeeper/zk-sasl-md5",response=e515437427e8afe0564e11ace663c08d"#;
    assert_eq!(verify_recorded(response).unwrap().user, "bob");
}

#[test]
fn case_does_not_count_in_the_uri_but_in_the_proof() {
    let terms = Terms {
        user: "bob",
        realm: Service::ZOOKEEPER.realm,
        password: "secret",
        nonce: "n",
        cnonce: "c",
        authzid: None,
        uri: "ZooKeeper/zk-sasl-md5",
    };
    let response = format!(
        r#"username="bob",realm="zk-sasl-md5",nonce="n",nc=00000001,cnonce="c",digest-uri="{}",response={}"#,
        terms.uri,
        terms.response().as_str()
    );
    let exchange = Exchange::with(Service::ZOOKEEPER, "n".into());
    assert!(exchange.verify(response.as_bytes(), |_| Some("secret")).is_ok());
}
