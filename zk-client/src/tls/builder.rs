//! What a client needs to speak TLS.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use zk_proto::Error;

use super::files::Pem;
use super::recipe::{Certificate, Recipe, Source, Verification};
use super::{Tls, misuse};

/// What a client needs to speak TLS: whom it trusts, and who it is. [`Tls::builder`] begins,
/// [`build`](Self::build) ends.
///
/// Files are read by `build`, and again at the beginning of each connection, which takes the time
/// that it takes to read them. Certificates that were renewed are so in use from the next
/// connection on. If the files cannot be used then, what they held before stays in use, and a
/// warning is logged.
#[derive(Debug)]
pub struct TlsBuilder {
    recipe: Recipe,
    server_name: Option<String>,
}

impl TlsBuilder {
    pub(super) fn new() -> Self {
        Self { recipe: Recipe::default(), server_name: None }
    }

    /// Trusts the authorities whose certificates are in this PEM file: one of them has to have
    /// issued the server's. May be called several times.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.recipe.authorities.push(Pem::File(path.into()));
        self
    }

    /// The same, for certificates that were read already.
    #[must_use]
    pub fn ca_pem(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.recipe.authorities.push(Pem::Text(pem.as_ref().into()));
        self
    }

    /// Trusts the authorities that the operating system does, besides those that are given. They
    /// are read once.
    #[cfg(feature = "platform-roots")]
    #[must_use]
    pub fn platform_roots(mut self) -> Self {
        self.recipe.platform_roots = true;
        self
    }

    /// Shows this certificate to servers that ask for one: the PEM files of its chain, which begins
    /// with the certificate itself and goes on with those of its issuers, and of its private key
    /// (PKCS #8, PKCS #1 or SEC 1, not encrypted). They can be the same file.
    #[must_use]
    pub fn client_certificate_files(
        mut self,
        chain: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        let (chain, key) = (Pem::File(chain.into()), Pem::File(key.into()));
        self.recipe.certificate = Some(Certificate { chain, key });
        self
    }

    /// The same, for a chain and a key that were read already.
    #[must_use]
    pub fn client_certificate_pem(
        mut self,
        chain: impl AsRef<[u8]>,
        key: impl AsRef<[u8]>,
    ) -> Self {
        let (chain, key) = (Pem::Text(chain.as_ref().into()), Pem::Text(key.as_ref().into()));
        self.recipe.certificate = Some(Certificate { chain, key });
        self
    }

    /// The DNS name or address that the certificates of all servers must have, instead of what
    /// the connect string says.
    #[must_use]
    pub fn server_name(self, name: impl Into<String>) -> Self {
        Self { server_name: Some(name.into()), ..self }
    }

    /// Takes the certificate of any server that a trusted authority has issued, whatever name is in
    /// it. Dangerous: whoever has such a certificate for one host can pass for each of the others.
    #[must_use]
    pub fn dangerous_accept_any_server_name(mut self) -> Self {
        self.recipe.verification = Verification::AnyName;
        self
    }

    /// Takes any certificate of a server, whoever has issued it and when. Dangerous: the connection
    /// is encrypted, but nobody knows to whom. For tests.
    #[must_use]
    pub fn dangerous_accept_any_certificate(mut self) -> Self {
        self.recipe.verification = Verification::None;
        self
    }

    /// Reads the files.
    ///
    /// ```
    /// use zk_client::tls::Tls;
    ///
    /// let error = Tls::builder().ca_file("/no/such/file.pem").build().unwrap_err();
    /// assert!(error.to_string().starts_with("/no/such/file.pem cannot be read: "));
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Misuse`](crate::ErrorKind::Misuse), which says what is wrong: a file cannot be
    /// read, or does not hold what it should; key and certificate do not belong together; nobody is
    /// trusted; the server name is none; there is no provider of cryptography.
    pub fn build(self) -> Result<Tls, Error> {
        let source = Source::read(self.recipe).map_err(misuse)?;
        let tls = Tls { source: Arc::new(source), server_name: None };
        match self.server_name {
            Some(name) => tls.with_server_name(&name),
            None => Ok(tls),
        }
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.chain, self.key)
    }
}
