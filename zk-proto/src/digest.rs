//! What both ends compute of a password.

use alloc::format;
use alloc::string::String;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

/// The identity of a user in access control lists: the name, and the SHA-1 of name and password
/// (`DigestAuthenticationProvider.generateDigest`).
///
/// ```
/// assert_eq!(zk_proto::digest::identity("u", "p"), "u:Jq7wMyA/w2Vd5WIDAKdu4OIIFEQ=");
/// ```
#[must_use]
pub fn identity(user: &str, password: &str) -> String {
    let hash = Sha1::digest(format!("{user}:{password}"));
    format!("{user}:{}", STANDARD.encode(hash))
}
