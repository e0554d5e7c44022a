//! Certificates, made anew for each run.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ServerConfig, WebPkiClientVerifier};
use rustls::{RootCertStore, crypto};
use zk_server::apache::{ClientAuthentication, Store, Tls};
use zk_server::certificates::{Authority, Identity};

/// Whose certificates they show.
const SERVERS: &[&str] = &["127.0.0.1"];

/// How a server deals with clients that speak TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Takes all.
    Open,
    /// Takes those who show a certificate.
    Guarded,
    /// Takes all, but its own certificate has expired.
    Expired,
}

/// The authority that issued all certificates.
#[must_use]
pub fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| Authority::new("stories"))
}

impl Door {
    fn certificate(self) -> Identity {
        match self {
            Self::Open | Self::Guarded => authority().server(SERVERS),
            Self::Expired => authority().expired_server(SERVERS),
        }
    }

    /// For a server in this process.
    pub(crate) fn config(self) -> Arc<ServerConfig> {
        let identity = self.certificate();
        let chain = CertificateDer::pem_slice_iter(identity.chain().as_bytes());
        let key = PrivateKeyDer::from_pem_slice(identity.key().as_bytes()).unwrap();
        let provider = Arc::new(crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(authority().pem().as_bytes()).unwrap()).unwrap();
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap();
        let config = match self {
            Self::Open | Self::Expired => config.with_no_client_auth(),
            Self::Guarded => config.with_client_cert_verifier(verifier.build().unwrap()),
        };
        let chain = chain.collect::<Result<_, _>>().unwrap();
        Arc::new(config.with_single_cert(chain, key).unwrap())
    }

    /// For a real server, which finds its files in this folder.
    pub(crate) fn stores(self, folder: &Path) -> Tls {
        let client_authentication = match self {
            Self::Open | Self::Expired => ClientAuthentication::None,
            Self::Guarded => ClientAuthentication::Need,
        };
        let [own, trusted] = ["server.pem", "authority.pem"].map(|name| folder.join(name));
        self.certificate().save(&own).unwrap();
        authority().save(&trusted).unwrap();
        Tls {
            key_store: Store::new(own, ""),
            trust_store: Store::new(trusted, ""),
            client_authentication,
        }
    }
}
