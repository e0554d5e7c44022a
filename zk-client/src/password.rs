//! Logging in with a password.

use zk_proto::digest_md5::DigestMd5;
use zk_proto::{Host, Mechanism, sasl};

/// DIGEST-MD5, with random bytes from the operating system for each exchange: whoever could foretell
/// the client's nonces could have computed answers to all likely passwords in advance.
#[derive(Debug)]
pub(crate) struct Password(DigestMd5);

impl Password {
    pub(crate) fn new(user: &str, password: &str) -> Self {
        Self(DigestMd5::new(user, password, [0; 16])) // seeded before it is used
    }
}

impl Mechanism for Password {
    fn start(&mut self, server: &Host) -> Result<Vec<u8>, Box<str>> {
        let mut seed = [0; 16];
        getrandom::fill(&mut seed)
            .map_err(|error| format!("DIGEST-MD5: no random bytes from the system: {error}"))?;
        self.0.reseed(seed);
        self.0.start(server)
    }

    fn step(&mut self, challenge: &[u8]) -> Result<sasl::Step, Box<str>> {
        self.0.step(challenge)
    }
}
