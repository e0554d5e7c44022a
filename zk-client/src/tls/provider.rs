//! Where the cryptography comes from.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;

/// The provider of the process, if it has one, or else that of a feature.
pub(super) fn provider() -> Result<Arc<CryptoProvider>, String> {
    match CryptoProvider::get_default() {
        Some(provider) => Ok(provider.clone()),
        None => by_feature(),
    }
}

#[cfg(feature = "aws-lc-rs")]
#[expect(clippy::unnecessary_wraps, reason = "without the features there is none")]
fn by_feature() -> Result<Arc<CryptoProvider>, String> {
    Ok(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
}

#[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
#[expect(clippy::unnecessary_wraps, reason = "without the features there is none")]
fn by_feature() -> Result<Arc<CryptoProvider>, String> {
    Ok(Arc::new(rustls::crypto::ring::default_provider()))
}

#[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
fn by_feature() -> Result<Arc<CryptoProvider>, String> {
    Err("TLS needs a provider of cryptography: switch on the feature `ring` or `aws-lc-rs`, or \
         install one with `rustls::crypto::CryptoProvider::install_default`"
        .into())
}
