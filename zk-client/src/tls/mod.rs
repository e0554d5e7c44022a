//! TLS: how servers prove who they are, and how this client does.
//!
//! ```no_run
//! use zk_tokio::{Client, tls::Tls};
//!
//! # async fn example() -> Result<(), zk_tokio::Error> {
//! let tls = Tls::builder()
//!     .ca_file("/etc/zookeeper/ca.pem")
//!     .client_certificate_files("/etc/zookeeper/client.pem", "/etc/zookeeper/client.key")
//!     .build()?;
//! let zk = Client::builder().tls(tls.clone()).connect("zk1:2281,zk2:2281").await?;
//! let health = Client::builder().tls(tls).ask("zk1:2281", "ruok").await?;
//! # drop((zk, health));
//! # Ok(())
//! # }
//! ```
//!
//! All connections are encrypted then: the session's, those that look for a server that can write,
//! and those of [`Builder::ask`](crate::Builder::ask). The versions are TLS 1.2 and 1.3. The name
//! that a server's certificate must have is the one in the connect string, be it a name or an
//! address, unless [`server_name`](TlsBuilder::server_name) says otherwise. A connection that ends
//! without TLS's own end is a lost one, as any other that breaks: what was not answered is not known
//! to be done.
//!
//! A server of Apache ZooKeeper (3.5.5 or later) takes such clients with
//!
//! ```text
//! serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory
//! secureClientPort=2281
//! ssl.keyStore.location=/etc/zookeeper/server.pem
//! ssl.trustStore.location=/etc/zookeeper/ca.pem
//! ```
//!
//! where `server.pem` holds the private key and the certificates of the server (JKS and PKCS #12
//! files, too, by the end of their names). It wants a certificate of each client unless there is
//! `ssl.clientAuth=none`; a client that shows one has the identity `x509:` and its subject, as in
//! `x509:CN=app,O=Example`.
//!
//! # Where the cryptography comes from
//!
//! [rustls](https://docs.rs/rustls) does TLS. The cryptography under it is that of the feature
//! `aws-lc-rs` or of the feature `ring`; the former if both are on. A program that has installed
//! a provider of its own for all of the process
//! ([`CryptoProvider::install_default`](rustls::crypto::CryptoProvider::install_default)) gets
//! that one. The feature `tls` alone brings none.

mod builder;
mod explain;
mod files;
mod line;
mod provider;
mod recipe;
mod stream;
mod verifier;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};
use zk_proto::{Error, Host, Misuse};

pub use builder::TlsBuilder;
pub(crate) use line::Line;
use recipe::Source;
pub(crate) use stream::Stream;

/// How to speak TLS; what [`Builder::tls`](crate::Builder::tls) takes. Clones share what they are
/// made of, such as the tickets by which a later handshake is shorter.
#[derive(Clone)]
pub struct Tls {
    source: Arc<Source>,
    server_name: Option<ServerName<'static>>,
}

impl Tls {
    /// Begins with nothing: no authority is trusted, and there is no client certificate.
    #[must_use]
    pub fn builder() -> TlsBuilder {
        TlsBuilder::new()
    }

    /// Uses a configuration of rustls as it is, for whatever [`builder`](Self::builder) does not
    /// know: revocation lists, keys in hardware, a key log.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use zk_client::tls::{Tls, rustls};
    ///
    /// # let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    /// let config = rustls::ClientConfig::builder_with_provider(provider)
    ///     .with_safe_default_protocol_versions()?
    ///     .with_root_certificates(rustls::RootCertStore::empty())
    ///     .with_no_client_auth();
    /// let tls = Tls::from_config(Arc::new(config));
    /// # drop(tls);
    /// # Ok::<(), rustls::Error>(())
    /// ```
    #[must_use]
    pub fn from_config(config: Arc<ClientConfig>) -> Self {
        Self { source: Arc::new(Source::Given(config)), server_name: None }
    }

    /// The same, for servers whose certificates have this name, whatever the connect string says.
    ///
    /// # Errors
    ///
    /// It is neither a DNS name nor an address ([`ErrorKind::Misuse`](crate::ErrorKind::Misuse)).
    pub fn with_server_name(self, name: &str) -> Result<Self, Error> {
        let server_name = ServerName::try_from(name.to_owned())
            .map_err(|_| misuse(format!("{name:?} is not a name that a certificate can have")))?;
        Ok(Self { server_name: Some(server_name), ..self })
    }

    /// Begins a connection to this host. Reads files again that have changed.
    pub(crate) fn connect(&self, host: &Host) -> Result<Box<Stream>, String> {
        let name = match &self.server_name {
            Some(name) => name.clone(),
            None => ServerName::try_from(String::from(&*host.name)).map_err(|_| {
                format!("{} is not a name that a certificate can have: give one", host.name)
            })?,
        };
        let connection = ClientConnection::new(self.source.config(), name)
            .map_err(|error| format!("TLS cannot begin: {error}"))?;
        Ok(Box::new(Stream::new(connection, self.clone())))
    }

    /// Whether a server asked for a client certificate, and there was none to show.
    fn lacks_certificate(&self) -> bool {
        match &*self.source {
            Source::Given(_) => false,
            Source::Recipe { missed, .. } => missed.load(Ordering::Relaxed),
        }
    }
}

impl fmt::Debug for Tls {
    /// Without keys and certificates.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("source", &self.source)
            .field("server_name", &self.server_name)
            .finish()
    }
}

/// The rustls that this is about: its types are in this module's interface.
pub use rustls;

fn misuse(text: String) -> Error {
    Misuse::Text(text.into()).into()
}
