//! The side that is logged in to.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::Service;
use super::directives::{Composer, Directives};
use super::hash::{NONCE_COUNT, Terms, hex};
use crate::Malformed;

/// A server's half of one exchange: a challenge, and the check of what comes back.
///
/// [`verify`](Self::verify) uses it up, so no nonce serves twice.
#[derive(Debug)]
pub struct Exchange {
    service: Service,
    nonce: String,
}

/// Who has logged in.
#[derive(Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The name, as it stands in identities of the scheme `sasl`.
    pub user: String,
    /// What to send to the client: the proof that the server knows the password, too.
    pub token: Vec<u8>,
}

/// Why nobody has logged in. The client is not told which it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The response is not one: this directive is missing, twice there, or has no sense.
    #[error("the response breaks the rules: {0}")]
    Malformed(Malformed),
    /// The response is to the challenge of another exchange.
    #[error("another nonce")]
    Nonce,
    /// The response is for another realm.
    #[error("another realm")]
    Realm,
    /// The response is for another service.
    #[error("another digest-uri")]
    Uri,
    /// The client wants its messages signed or encrypted.
    #[error("a quality of protection that was not offered")]
    Protection,
    /// There is no such user, or that is not the password.
    #[error("unknown user or wrong password")]
    Credentials,
}

impl Exchange {
    /// The beginning of an exchange. `nonce` is random bytes, other ones for each exchange.
    #[must_use]
    pub fn new(nonce: [u8; 16]) -> Self {
        Self::with(Service::ZOOKEEPER, hex(&nonce))
    }

    pub(super) fn with(service: Service, nonce: String) -> Self {
        Self { service, nonce }
    }

    /// What to answer to the client's first token, which is empty.
    #[must_use]
    pub fn challenge(&self) -> Vec<u8> {
        Composer::default()
            .quoted("realm", self.service.realm)
            .quoted("nonce", &self.nonce)
            .token("charset", "utf-8")
            .token("algorithm", "md5-sess")
            .finish()
    }

    /// Checks the client's second token; `password_of` finds the password of a user.
    ///
    /// An authorization identity (`authzid`) that the client asks for must not be forged on the
    /// way, but changes nothing: whoever logs in is the user
    /// (`SaslServerCallbackHandler.handleAuthorizeCallback`).
    ///
    /// # Errors
    ///
    /// Each of [`Refused`]. A server of ZooKeeper then answers
    /// [`AuthFailed`](crate::ErrorCode::AuthFailed) and closes the connection.
    pub fn verify<'a>(
        self,
        response: &[u8],
        password_of: impl FnOnce(&str) -> Option<&'a str>,
    ) -> Result<Accepted, Refused> {
        let response = Directives::parse(response)?;
        self.check_agreement(&response)?;
        let user = response.required("username")?;
        let password = password_of(user);
        let terms = Terms {
            user,
            realm: self.service.realm,
            password: password.unwrap_or_default(),
            nonce: &self.nonce,
            cnonce: response.required("cnonce")?,
            authzid: response.optional("authzid")?,
            uri: response.required("digest-uri")?,
        };
        // An unknown user takes as long as a wrong password.
        let is_right = terms.response().is(response.required("response")?);
        if !is_right || password.is_none() {
            return Err(Refused::Credentials);
        }
        let token = Composer::default().token("rspauth", terms.rspauth().as_str()).finish();
        Ok(Accepted { user: user.into(), token })
    }

    /// Checks that both sides speak of the same.
    fn check_agreement(&self, response: &Directives<'_>) -> Result<(), Refused> {
        let says = |name, expected: &str| match response.optional(name)? {
            None => Ok(true),
            Some(value) => Ok::<_, Malformed>(value.eq_ignore_ascii_case(expected)),
        };
        if response.required("nc")? != NONCE_COUNT {
            return Err(Malformed("nc").into());
        }
        if !says("charset", "utf-8")? {
            return Err(Malformed("charset").into());
        }
        if response.required("nonce")? != self.nonce {
            return Err(Refused::Nonce);
        }
        if response.required("realm")? != self.service.realm {
            return Err(Refused::Realm);
        }
        if !response.required("digest-uri")?.eq_ignore_ascii_case(self.service.uri) {
            return Err(Refused::Uri);
        }
        if says("qop", "auth")? { Ok(()) } else { Err(Refused::Protection) }
    }
}

impl From<Malformed> for Refused {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl fmt::Debug for Accepted {
    /// Without the proof: whoever has it can try passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accepted").field("user", &self.user).finish_non_exhaustive()
    }
}
