//! Connects by TLS, to a server that an authority vouches for.
//!
//!     cargo run -p zk-async-std --features ring --example tls                              # on a server inside of it
//!     cargo run -p zk-async-std --features ring --example tls -- 127.0.0.1:2281 ca.pem     # on yours
#![expect(clippy::print_stdout, reason = "an example talks")]

use zk_async_std::Client;
use zk_async_std::tls::Tls;
use zk_async_std::tls::rustls::ServerConfig;
use zk_async_std::tls::rustls::crypto::ring::default_provider;
use zk_async_std::tls::rustls::pki_types::pem::PemObject;
use zk_async_std::tls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zk_server::Server;
use zk_server::certificates::Authority;

#[async_std::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let authority = Authority::new("example");
    let server = start(&authority)?; // until the end of this function
    let mut args = std::env::args().skip(1);
    let own = server.secure_connect_string().unwrap_or_default();
    let servers = args.next().unwrap_or(own);
    let trusted = match args.next() {
        Some(file) => Tls::builder().ca_file(file),
        None => Tls::builder().ca_pem(authority.pem()),
    };

    let tls = trusted.build()?;
    let zk = Client::builder().tls(tls.clone()).connect(&servers).await?;
    println!("session {:#x}, encrypted", zk.session_id());
    println!("{} children of /", zk.children("/").await?.len());
    zk.close().await?;

    let answer = Client::builder().tls(tls).ask(&servers, "ruok").await?;
    println!("are you ok? {answer}");
    Ok(())
}

/// A server that this authority has given a certificate.
fn start(authority: &Authority) -> Result<Server, Box<dyn std::error::Error>> {
    let identity = authority.server(&["127.0.0.1"]);
    let chain = CertificateDer::pem_slice_iter(identity.chain().as_bytes());
    let key = PrivateKeyDer::from_pem_slice(identity.key().as_bytes())?;
    let config = ServerConfig::builder_with_provider(default_provider().into())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain.collect::<Result<_, _>>()?, key)?;
    Ok(Server::builder().tls(config.into()).start()?)
}
