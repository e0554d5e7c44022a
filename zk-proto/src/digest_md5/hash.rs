//! The arithmetic: RFC 2831, section 2.1.2.1, with `algorithm=md5-sess` and `qop=auth`.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

use md5::{Digest, Md5};
use subtle::ConstantTimeEq;

/// How often a nonce was used, this time included. Each is used once.
pub(super) const NONCE_COUNT: &str = "00000001";

/// All that goes into the proofs: each side makes its own, and the other's to compare.
pub(super) struct Terms<'a> {
    pub(super) user: &'a str,
    pub(super) realm: &'a str,
    pub(super) password: &'a str,
    /// The server's.
    pub(super) nonce: &'a str,
    /// The client's.
    pub(super) cnonce: &'a str,
    /// Who to act as, if the client says.
    pub(super) authzid: Option<&'a str>,
    pub(super) uri: &'a str,
}

impl Terms<'_> {
    /// What proves that the client knows the password: the directive `response`.
    pub(super) fn response(&self) -> Proof {
        self.proof("AUTHENTICATE:")
    }

    /// What proves that the server does: the directive `rspauth`.
    pub(super) fn rspauth(&self) -> Proof {
        self.proof(":")
    }

    fn proof(&self, method: &str) -> Proof {
        let key = hex(&self.key());
        let uri = hex(&md5(&[method.as_bytes(), self.uri.as_bytes()]));
        let parts = [&key, self.nonce, NONCE_COUNT, self.cnonce, "auth", &uri];
        Proof(hex(&md5(&[parts.join(":").as_bytes()])))
    }

    /// The hash of what the RFC calls A1.
    fn key(&self) -> [u8; 16] {
        let secret =
            md5(&[&latin_1(self.user), b":", &latin_1(self.realm), b":", &latin_1(self.password)]);
        let (nonce, cnonce) = (self.nonce.as_bytes(), self.cnonce.as_bytes());
        match self.authzid {
            None => md5(&[&secret, b":", nonce, b":", cnonce]),
            Some(authzid) => md5(&[&secret, b":", nonce, b":", cnonce, b":", authzid.as_bytes()]),
        }
    }
}

/// 32 digits in hex. Whoever has them can try passwords, so they are not printed.
pub(super) struct Proof(String);

impl Proof {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the other side has come to the same, in a time that does not tell where they differ.
    pub(super) fn is(&self, other: &str) -> bool {
        self.0.as_bytes().ct_eq(other.as_bytes()).into()
    }
}

/// A nonce that nobody can foretell who does not know the seed.
pub(super) fn nonce(seed: &[u8], number: u64) -> String {
    hex(&md5(&[seed, &number.to_be_bytes()]))
}

/// A text of characters that ISO 8859-1 has is hashed in it, any other in UTF-8.
fn latin_1(text: &str) -> Vec<u8> {
    let bytes: Result<_, _> = text.chars().map(u8::try_from).collect();
    bytes.unwrap_or_else(|_| text.into())
}

fn md5(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Md5::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // never fails
        text
    })
}
