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

/// The identity of somebody who authenticates with these credentials: a name, a colon and a
/// password, all of which servers take as they come.
///
/// ```
/// use zk_proto::digest::{identity, identity_of};
///
/// assert_eq!(identity_of("u:p:q"), identity("u", "p:q"));
/// ```
#[must_use]
pub fn identity_of(credentials: &str) -> String {
    let user = credentials.split(':').next().unwrap_or_default();
    format!("{user}:{}", STANDARD.encode(Sha1::digest(credentials)))
}
