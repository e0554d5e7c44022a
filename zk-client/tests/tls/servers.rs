//! The other side's TLS.

use std::io::{Read, Write};
use std::sync::Arc;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{
    Error, RootCertStore, ServerConfig, ServerConnection, SupportedProtocolVersion, version,
};
use zk_client::tls::{Tls, TlsBuilder};
use zk_server::certificates::{Authority, Identity};

pub(crate) static BOTH_VERSIONS: [&SupportedProtocolVersion; 2] =
    [&version::TLS12, &version::TLS13];

/// The name and the address of the servers.
pub(crate) const NAME: &str = "zk1.test";

/// An authority, and the configuration of the servers that it vouches for.
pub(crate) struct House {
    pub(crate) authority: Authority,
    pub(crate) config: Arc<ServerConfig>,
}

impl House {
    pub(crate) fn new() -> Self {
        Self::with(&BOTH_VERSIONS, |authority| authority.server(&[NAME]))
    }

    /// With an authority that nobody knows.
    pub(crate) fn foreign() -> Self {
        Self::of(Authority::new("foreign"), &BOTH_VERSIONS, |authority| authority.server(&[NAME]))
    }

    pub(crate) fn with(
        versions: &[&'static SupportedProtocolVersion],
        issue: impl FnOnce(&Authority) -> Identity,
    ) -> Self {
        Self::of(Authority::new("house"), versions, issue)
    }

    fn of(
        authority: Authority,
        versions: &[&'static SupportedProtocolVersion],
        issue: impl FnOnce(&Authority) -> Identity,
    ) -> Self {
        let identity = issue(&authority);
        let config = builder(versions).with_no_client_auth();
        let config = config.with_single_cert(chain(&identity), key(&identity)).unwrap();
        Self { authority, config: config.into() }
    }

    /// Its servers want a certificate of each client.
    pub(crate) fn closed(versions: &[&'static SupportedProtocolVersion]) -> Self {
        let authority = Authority::new("house");
        let identity = authority.server(&[NAME]);
        let mut roots = RootCertStore::empty();
        let own = CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap();
        roots.add(own).unwrap();
        let provider = Arc::new(default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
        let config = builder(versions).with_client_cert_verifier(verifier.build().unwrap());
        let config = config.with_single_cert(chain(&identity), key(&identity)).unwrap();
        Self { authority, config: config.into() }
    }

    /// A client that trusts the authority.
    pub(crate) fn trusting(&self) -> TlsBuilder {
        Tls::builder().ca_pem(self.authority.pem())
    }

    pub(crate) fn server(&self) -> Server {
        Server(ServerConnection::new(self.config.clone()).unwrap())
    }
}

/// The other side of one connection.
pub(crate) struct Server(pub(crate) ServerConnection);

impl Server {
    /// Takes bytes off the line; returns what the client said.
    pub(crate) fn hears(&mut self, mut bytes: &[u8]) -> Result<Vec<u8>, Error> {
        let mut plaintext = Vec::new();
        while !bytes.is_empty() {
            self.0.read_tls(&mut bytes).unwrap();
            let state = self.0.process_new_packets()?;
            let mut part = vec![0; state.plaintext_bytes_to_read()];
            self.0.reader().read_exact(&mut part).unwrap();
            plaintext.extend(part);
            if state.peer_has_closed() {
                break;
            }
        }
        Ok(plaintext)
    }

    /// Encrypts what the server says.
    pub(crate) fn says(&mut self, plaintext: &[u8]) {
        self.0.set_buffer_limit(None);
        self.0.writer().write_all(plaintext).unwrap();
    }

    /// What it puts on the line.
    pub(crate) fn bytes(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        while self.0.wants_write() {
            self.0.write_tls(&mut bytes).unwrap();
        }
        bytes
    }
}

fn builder(
    versions: &[&'static SupportedProtocolVersion],
) -> rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier> {
    ServerConfig::builder_with_provider(default_provider().into())
        .with_protocol_versions(versions)
        .unwrap()
}

fn chain(identity: &Identity) -> Vec<CertificateDer<'static>> {
    vec![CertificateDer::from_pem_slice(identity.chain().as_bytes()).unwrap()]
}

fn key(identity: &Identity) -> PrivateKeyDer<'static> {
    PrivateKeyDer::from_pem_slice(identity.key().as_bytes()).unwrap()
}
