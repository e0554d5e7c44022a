//! TLS beside the plain ports.

use std::error::Error;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};
use zk_server::Builder;

#[derive(Args)]
pub(crate) struct TlsArgs {
    /// Serve TLS too, with the certificates of this PEM file: the server's own, then those that
    /// vouch for it.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,

    /// The private key of the certificate, as PEM.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,

    /// Take only clients with a certificate of an authority in this PEM file; they are known as
    /// x509 and their subject.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_client_ca: Option<PathBuf>,

    /// Where to serve TLS, for each --listen; a free port of 127.0.0.1 if it is not told.
    #[arg(long, value_name = "ADDRESS", requires = "tls_certificate")]
    secure_listen: Vec<SocketAddr>,
}

impl TlsArgs {
    pub(crate) fn apply(&self, builder: Builder) -> Result<Builder, Box<dyn Error>> {
        let (Some(chain), Some(key)) = (&self.tls_certificate, &self.tls_key) else {
            return Ok(builder);
        };
        let builder = builder.tls(config(chain, key, self.tls_client_ca.as_deref())?);
        Ok(self.secure_listen.iter().fold(builder, |builder, at| builder.secure_listen(*at)))
    }
}

fn config(
    chain: &Path,
    key: &Path,
    client_ca: Option<&Path>,
) -> Result<Arc<ServerConfig>, Box<dyn Error>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = match client_ca {
        None => WebPkiClientVerifier::no_client_auth(),
        Some(file) => verifier(&provider, file)?,
    };
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| of_file(key, &error))?;
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(rustls::DEFAULT_VERSIONS)?
        .with_client_cert_verifier(verifier)
        .with_single_cert(certificates(chain)?, key)?;
    Ok(config.into())
}

fn verifier(
    provider: &Arc<CryptoProvider>,
    authorities: &Path,
) -> Result<Arc<dyn ClientCertVerifier>, Box<dyn Error>> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(authorities)? {
        roots.add(certificate)?;
    }
    Ok(WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone()).build()?)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates = CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
    certificates.map_err(|error| of_file(file, &error))
}

fn of_file(file: &Path, error: &pem::Error) -> String {
    format!("{}: {error}", file.display())
}
