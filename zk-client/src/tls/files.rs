//! Certificates and keys, as they lie in files.

use std::borrow::Cow;
use std::fmt;
use std::fs;
use std::path::PathBuf;

use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Where a text in PEM is.
pub(super) enum Pem {
    File(PathBuf),
    Text(Box<[u8]>),
}

impl Pem {
    /// What it says now.
    pub(super) fn read(&self) -> Result<Cow<'_, [u8]>, String> {
        match self {
            Self::File(path) => match fs::read(path) {
                Ok(text) => Ok(text.into()),
                Err(error) => Err(format!("{self} cannot be read: {error}")),
            },
            Self::Text(text) => Ok((&**text).into()),
        }
    }

    /// The certificates in its text; at least one.
    pub(super) fn certificates(&self, text: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
        match certificates {
            Ok(certificates) if certificates.is_empty() => {
                Err(format!("{self} holds no certificate"))
            }
            Ok(certificates) => Ok(certificates),
            Err(error) => Err(self.is_no_pem(&error)),
        }
    }

    /// The first private key in its text.
    pub(super) fn key(&self, text: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
        let is_encrypted = || text.windows(ENCRYPTED.len()).any(|bytes| bytes == ENCRYPTED);
        match PrivateKeyDer::from_pem_slice(text) {
            Ok(key) => Ok(key),
            Err(PemError::NoItemsFound) if is_encrypted() => Err(format!(
                "the private key in {self} is encrypted: decrypt it first (openssl pkcs8 -in ...)"
            )),
            Err(PemError::NoItemsFound) => Err(format!("{self} holds no private key")),
            Err(error) => Err(self.is_no_pem(&error)),
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the others do not come of a text")]
    /// Without the text of the error, in which there can be a part of a key.
    fn is_no_pem(&self, error: &PemError) -> String {
        let what = match error {
            PemError::MissingSectionEnd { .. } => "a section has no end",
            PemError::IllegalSectionStart { .. } => "a section begins wrongly",
            PemError::Base64Decode(_) => "a section is not in Base64",
            _ => "a section cannot be read",
        };
        format!("{self} is not in PEM: {what}")
    }
}

const ENCRYPTED: &[u8] = b"-----BEGIN ENCRYPTED PRIVATE KEY-----";

impl fmt::Display for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Text(_) => f.write_str("the given text"),
        }
    }
}

impl fmt::Debug for Pem {
    /// Without the text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
