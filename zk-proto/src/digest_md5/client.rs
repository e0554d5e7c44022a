//! The side that logs in.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;
use core::fmt;

use super::Service;
use super::directives::{Composer, Directives};
use super::hash::{NONCE_COUNT, Proof, Terms, nonce};
use crate::{Host, Malformed, Mechanism, Step};

/// DIGEST-MD5, to log in with.
///
/// The server has to prove that it knows the password, too: one that does not is refused.
pub struct DigestMd5 {
    user: Box<str>,
    password: Box<str>,
    seed: [u8; 16],
    /// How many exchanges have begun: each has a nonce of its own.
    exchanges: u64,
    stage: Stage,
}

enum Stage {
    /// Nothing is awaited.
    Idle,
    /// The challenge is awaited.
    Begun,
    /// The server's proof is awaited.
    Answered(Proof),
}

impl DigestMd5 {
    /// To log in as this user.
    ///
    /// `seed` is where the nonces of this client come from: random bytes from the operating
    /// system, of which nobody else knows. They are not sent.
    #[must_use]
    pub fn new(user: &str, password: &str, seed: [u8; 16]) -> Self {
        Self {
            user: user.into(),
            password: password.into(),
            seed,
            exchanges: 0,
            stage: Stage::Idle,
        }
    }

    /// Other random bytes for the exchanges that begin from now on.
    pub fn reseed(&mut self, seed: [u8; 16]) {
        self.seed = seed;
    }

    /// The response to a challenge, and what the server has to answer to it.
    pub(super) fn respond(
        &self,
        uri: &str,
        challenge: &[u8],
        cnonce: &str,
    ) -> Result<(Vec<u8>, Proof), Malformed> {
        let challenge = Directives::parse(challenge)?;
        check_offer(&challenge)?;
        let utf_8 = self.is_utf_8(&challenge)?;
        let realm = challenge.all("realm").next();
        let terms = Terms {
            user: &self.user,
            realm: realm.unwrap_or_default(),
            password: &self.password,
            nonce: challenge.required("nonce")?,
            cnonce,
            authzid: None,
            uri,
        };
        Ok((compose(&terms, realm.is_some(), utf_8), terms.rspauth()))
    }

    /// Whether the response is in UTF-8: a server that does not say so takes ISO 8859-1, of which
    /// ASCII is enough for us.
    fn is_utf_8(&self, challenge: &Directives<'_>) -> Result<bool, Malformed> {
        match challenge.optional("charset")? {
            Some(charset) if charset.eq_ignore_ascii_case("utf-8") => Ok(true),
            None if self.user.is_ascii() && self.password.is_ascii() => Ok(false),
            Some(_) | None => Err(Malformed("charset")),
        }
    }
}

impl Mechanism for DigestMd5 {
    /// Empty: the server speaks first.
    fn start(&mut self, _: &Host) -> Result<Vec<u8>, Box<str>> {
        self.exchanges = self.exchanges.wrapping_add(1);
        self.stage = Stage::Begun;
        Ok(Vec::new())
    }

    fn step(&mut self, challenge: &[u8]) -> Result<Step, Box<str>> {
        match core::mem::replace(&mut self.stage, Stage::Idle) {
            Stage::Idle => Err("DIGEST-MD5: a challenge that nobody asked for".into()),
            Stage::Begun => {
                let cnonce = nonce(&self.seed, self.exchanges);
                let (response, proof) = self
                    .respond(Service::ZOOKEEPER.uri, challenge, &cnonce)
                    .map_err(|Malformed(what)| format!("DIGEST-MD5: challenge: {what}"))?;
                self.stage = Stage::Answered(proof);
                Ok(Step::Token(response))
            }
            Stage::Answered(proof) if proves(challenge, &proof) => Ok(Step::Complete),
            Stage::Answered(_) => Err("DIGEST-MD5: the server does not know the password".into()),
        }
    }
}

impl fmt::Debug for DigestMd5 {
    /// Without the password, and what follows from it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DigestMd5").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Whether the server offers what is done here.
fn check_offer(challenge: &Directives<'_>) -> Result<(), Malformed> {
    if !challenge.required("algorithm")?.eq_ignore_ascii_case("md5-sess") {
        return Err(Malformed("algorithm"));
    }
    match challenge.optional("qop")? {
        Some(offered) if !offers(offered, "auth") => Err(Malformed("qop")),
        Some(_) | None => Ok(()),
    }
}

/// The order is that of the example in the RFC.
fn compose(terms: &Terms<'_>, with_realm: bool, utf_8: bool) -> Vec<u8> {
    let mut message = Composer::default();
    if utf_8 {
        message = message.token("charset", "utf-8");
    }
    message = message.quoted("username", terms.user);
    if with_realm {
        message = message.quoted("realm", terms.realm);
    }
    message
        .quoted("nonce", terms.nonce)
        .token("nc", NONCE_COUNT)
        .quoted("cnonce", terms.cnonce)
        .quoted("digest-uri", terms.uri)
        .token("response", terms.response().as_str())
        .token("qop", "auth")
        .finish()
}

/// Whether the list, with commas between its elements, has this one.
fn offers(list: &str, wanted: &str) -> bool {
    list.split(',').any(|offered| offered.trim().eq_ignore_ascii_case(wanted))
}

/// Whether the server's last message holds its proof.
pub(super) fn proves(message: &[u8], proof: &Proof) -> bool {
    let directives = Directives::parse(message);
    directives.is_ok_and(|found| found.required("rspauth").is_ok_and(|given| proof.is(given)))
}
