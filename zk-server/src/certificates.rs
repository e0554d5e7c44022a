//! Certificates for tests of TLS: an authority, made on the spot, and what it issues.
//!
//! ```
//! use zk_server::certificates::Authority;
//!
//! let authority = Authority::new("tests");
//! let server = authority.server(&["localhost", "127.0.0.1"]);
//! let client = authority.client("worker");
//! assert!(server.key().starts_with("-----BEGIN PRIVATE KEY-----"));
//! assert!(client.chain().starts_with("-----BEGIN CERTIFICATE-----"));
//! ```

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
};
use time::{Duration, OffsetDateTime};

/// Who issues certificates.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its private key.
pub struct Identity {
    chain: String,
    key: String,
}

impl Authority {
    /// A new one, whose subject is `CN=` and this name.
    ///
    /// # Panics
    ///
    /// If the system has no random numbers.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let mut params = params(name, &[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Self(CertifiedIssuer::self_signed(params, new_key()).expect("what is made here is valid"))
    }

    /// Its own certificate, in PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// Writes its own certificate to a file, in PEM.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> io::Result<()> {
        fs::write(path, self.pem())
    }

    /// A server's certificate for these DNS names and addresses, which may be none.
    ///
    /// # Panics
    ///
    /// A name has other characters than those of ASCII.
    #[must_use]
    pub fn server(&self, names: &[&str]) -> Identity {
        self.issue(params("server", names))
    }

    /// A server's certificate that has expired an hour ago.
    ///
    /// # Panics
    ///
    /// A name has other characters than those of ASCII.
    #[must_use]
    pub fn expired_server(&self, names: &[&str]) -> Identity {
        let mut params = params("server", names);
        params.not_after = OffsetDateTime::now_utc() - Duration::hours(1);
        self.issue(params)
    }

    /// A client's certificate, whose subject is `CN=` and this name.
    ///
    /// # Panics
    ///
    /// If the system has no random numbers.
    #[must_use]
    pub fn client(&self, name: &str) -> Identity {
        self.issue(params(name, &[]))
    }

    fn issue(&self, params: CertificateParams) -> Identity {
        let key = new_key();
        let certificate = params.signed_by(&key, &self.0).expect("what is made here is valid");
        Identity { chain: certificate.pem(), key: key.serialize_pem() }
    }
}

impl Identity {
    /// The certificate, in PEM.
    #[must_use]
    pub fn chain(&self) -> &str {
        &self.chain
    }

    /// The private key, in PEM (PKCS #8).
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Writes both to one file, in PEM.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> io::Result<()> {
        fs::write(path, format!("{}{}", self.key, self.chain))
    }
}

/// Valid since yesterday, and for a month.
fn params(name: &str, names: &[&str]) -> CertificateParams {
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    let mut params = CertificateParams::new(names).expect("names in ASCII");
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    let now = OffsetDateTime::now_utc();
    params.not_before = now - Duration::days(1);
    params.not_after = now + Duration::days(30);
    params
}

fn new_key() -> KeyPair {
    KeyPair::generate().expect("the system has random numbers")
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}
