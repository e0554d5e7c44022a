//! Against the examples of RFC 2831, section 4, and against what another implementation, Python's
//! `hashlib`, makes of the same terms.

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

/// The Java client asks to act as the user that it is.
#[test]
fn the_identity_to_act_as_is_part_of_the_proof() {
    let response = r#"charset=utf-8,username="bob",realm="zk-sasl-md5",nonce="n",nc=00000001,cnonce="c",digest-uri="zookeeper/zk-sasl-md5",maxbuf=65536,response=58209029010de918a710800764046f86,qop=auth,authzid="bob""#;
    let verify = |response: &str| {
        let exchange = Exchange::with(Service::ZOOKEEPER, "n".into());
        exchange.verify(response.as_bytes(), |_| Some("secret"))
    };
    let token = b"rspauth=e01e861533094bb6905508d907abf18d".into();
    assert_eq!(verify(response), Ok(Accepted { user: "bob".into(), token }));
    let forged = response.replace("authzid=\"bob\"", "authzid=\"eve\"");
    assert_eq!(verify(&forged), Err(Refused::Credentials));
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
