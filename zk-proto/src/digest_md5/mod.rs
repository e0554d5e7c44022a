//! The SASL mechanism DIGEST-MD5 (RFC 2831) as ZooKeeper's servers speak it, for both sides.
//!
//! Name and password of a user stand in the server's JAAS configuration; the one who logs in
//! proves to know the password without sending it, and so does the server. The identity gained is
//! `sasl:user`.
//!
//! The mechanism is old: RFC 6331 moved it to the historic ones in 2011, for its MD5 and for
//! much else. It is here because ZooKeeper's servers offer nothing else for passwords in SASL, and
//! it hides no data: whoever can read the traffic can try passwords at leisure. Use it within TLS,
//! or where passwords are long and random. ZooKeeper itself is moving away from it: with
//! `zookeeper.fips-mode`, on by default, Java clients from 3.9.4 (ZOOKEEPER-4889) and servers from
//! 3.10 (ZOOKEEPER-5043) refuse it.
//!
//! Of what the RFC offers, this is what ZooKeeper uses: authentication alone (`auth`), a fixed
//! realm and digest-uri in place of the host's name, and no second login with the same nonce.
//!
//! ```
//! use zk_proto::digest_md5::{DigestMd5, Exchange};
//! use zk_proto::{Host, Mechanism, Step};
//!
//! # fn random() -> [u8; 16] { [7; 16] }
//! let mut client = DigestMd5::new("bob", "secret", random());
//! let server = Exchange::new(random());
//!
//! assert_eq!(client.start(&Host::new("zk1", 2181)), Ok(vec![]));
//! let Ok(Step::Token(response)) = client.step(&server.challenge()) else { panic!() };
//! let accepted = server.verify(&response, |user| (user == "bob").then_some("secret"))?;
//! assert_eq!(accepted.user, "bob");
//! assert_eq!(client.step(&accepted.token), Ok(Step::Complete));
//! # Ok::<(), zk_proto::digest_md5::Refused>(())
//! ```

mod client;
mod directives;
mod hash;
mod server;
#[cfg(test)]
mod tests;

pub use client::DigestMd5;
pub use server::{Accepted, Exchange, Refused};

/// What a user logs in to.
#[derive(Clone, Copy, Debug)]
struct Service {
    realm: &'static str,
    uri: &'static str,
}

impl Service {
    /// The same for all servers, whatever the host is called (`SecurityUtils.createSaslClient`,
    /// `SecurityUtils.createSaslServer`).
    const ZOOKEEPER: Self = Self { realm: "zk-sasl-md5", uri: "zookeeper/zk-sasl-md5" };
}

/// The longest message, in bytes: RFC 2831 allows no response, and no challenge, to be longer.
const MAX_MESSAGE: usize = 4096;
