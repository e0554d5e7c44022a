//! SASL: the place of a mechanism in the handshake.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt::Debug;

/// A SASL mechanism: answers challenges until both sides are content.
///
/// The exchange takes place on each connection, after the handshake and before everything else.
/// A server without SASL answers the first token with null and no error: a null token fails the
/// exchange.
pub trait Mechanism: Debug + Send {
    /// Begins an exchange: the first token. DIGEST-MD5 begins with an empty one.
    ///
    /// # Errors
    ///
    /// Why there can be none, for people.
    fn start(&mut self) -> Result<Vec<u8>, Box<str>>;

    /// Answers a challenge.
    ///
    /// # Errors
    ///
    /// Why the server is not to be trusted, for people.
    fn step(&mut self, challenge: &[u8]) -> Result<Step, Box<str>>;
}

/// What follows from a challenge.
#[derive(Clone, PartialEq, Eq)]
pub enum Step {
    /// Send this token; another challenge is to come.
    Token(Vec<u8>),
    /// Both sides are content.
    Complete,
}

impl Debug for Step {
    /// Without the token.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Token(_) => "Token(..)",
            Self::Complete => "Complete",
        })
    }
}
