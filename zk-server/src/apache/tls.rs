//! The TLS port of a server.

use std::path::PathBuf;

/// What a server needs to serve TLS, beside its plain port.
///
/// ```
/// use zk_server::apache::{ClientAuthentication, Options, Store, Tls};
///
/// let tls = Tls {
///     key_store: Store::new("server.p12", "secret"),
///     trust_store: Store::new("authorities.p12", "secret"),
///     client_authentication: ClientAuthentication::Need,
/// };
/// let options = Options::new().tls(tls);
/// # drop(options);
/// ```
#[derive(Clone, Debug)]
pub struct Tls {
    /// The server's own certificate and private key.
    pub key_store: Store,
    /// The certificates of the authorities it trusts to vouch for clients.
    pub trust_store: Store,
    /// Whether clients must show a certificate.
    pub client_authentication: ClientAuthentication,
}

/// A file of certificates or keys, and its password.
#[derive(Clone)]
pub struct Store {
    pub(super) path: PathBuf,
    pub(super) password: String,
}

/// Whether a client must show a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// The server asks for none.
    None,
    /// The server asks for one, and takes a client that has none.
    Want,
    /// The server turns a client away that has none.
    Need,
}

impl Store {
    /// The file at `path`, opened with `password`.
    ///
    /// The end of its name tells the format: `.jks`, `.p12` or `.pem`. The password may be empty if
    /// a PEM file needs none. A relative path is taken from the working directory of this process.
    pub fn new(path: impl Into<PathBuf>, password: impl Into<String>) -> Self {
        Self { path: path.into(), password: password.into() }
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Store").field("path", &self.path).finish_non_exhaustive()
    }
}

impl ClientAuthentication {
    /// As the server's settings spell it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Want => "want",
            Self::Need => "need",
        }
    }
}
