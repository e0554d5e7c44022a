//! From files to a configuration of rustls, and again when the files have changed.

use std::borrow::Cow;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore};

use super::files::Pem;
use super::provider::provider;
use super::verifier::{AnyCertificate, AnyName, NoCertificate};
use crate::slot::lock;

/// Where configurations come from.
pub(super) enum Source {
    /// The user's own.
    Given(Arc<ClientConfig>),
    Recipe {
        recipe: Recipe,
        provider: Arc<CryptoProvider>,
        /// Tells texts apart.
        hasher: RandomState,
        latest: Mutex<Latest>,
        /// Whether a server asked for a client certificate, and there was none to show.
        missed: Arc<AtomicBool>,
    },
}

/// The last that could be made.
#[derive(Clone)]
pub(super) struct Latest {
    /// Of the texts of which it was made.
    hash: u64,
    config: Arc<ClientConfig>,
}

/// What a configuration is made of.
#[derive(Debug, Default)]
pub(super) struct Recipe {
    pub(super) authorities: Vec<Pem>,
    pub(super) platform_roots: bool,
    pub(super) certificate: Option<Certificate>,
    pub(super) verification: Verification,
}

/// A certificate and its key.
pub(super) struct Certificate {
    pub(super) chain: Pem,
    pub(super) key: Pem,
}

/// What a server has to prove.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Verification {
    /// That a trusted authority says that it is who it should be.
    #[default]
    Full,
    /// That a trusted authority knows it.
    AnyName,
    /// Nothing.
    None,
}

impl Source {
    pub(super) fn read(recipe: Recipe) -> Result<Self, String> {
        let (provider, missed) = (provider()?, Arc::default());
        let texts = recipe.read()?;
        let config = recipe.config(&texts, &provider, &missed)?;
        let hasher = RandomState::new();
        let latest = Latest { hash: hasher.hash_one(&texts), config };
        drop(texts);
        Ok(Self::Recipe { recipe, provider, hasher, latest: Mutex::new(latest), missed })
    }

    /// The configuration for a connection. If the files have changed, it is made anew.
    pub(super) fn config(&self) -> Arc<ClientConfig> {
        match self {
            Self::Given(config) => config.clone(),
            Self::Recipe { recipe, provider, hasher, latest, missed } => {
                let former = lock(latest).clone();
                let renewed = recipe.read().and_then(|texts| {
                    let hash = hasher.hash_one(&texts);
                    let config = || recipe.config(&texts, provider, missed);
                    if hash == former.hash { Ok(None) } else { Ok(Some((hash, config()?))) }
                });
                match renewed {
                    Ok(None) => former.config,
                    Ok(Some((hash, config))) => {
                        let next = Latest { hash, config: config.clone() };
                        let former = std::mem::replace(&mut *lock(latest), next);
                        drop(former);
                        config
                    }
                    Err(why) => {
                        tracing::warn!(why, "TLS goes on with the former certificates");
                        former.config
                    }
                }
            }
        }
    }
}

impl Recipe {
    /// What the files say now.
    fn read(&self) -> Result<Vec<Cow<'_, [u8]>>, String> {
        let certificate = self.certificate.iter().flat_map(|both| [&both.chain, &both.key]);
        self.authorities.iter().chain(certificate).map(Pem::read).collect()
    }

    fn config(
        &self,
        texts: &[Cow<'_, [u8]>],
        provider: &Arc<CryptoProvider>,
        missed: &Arc<AtomicBool>,
    ) -> Result<Arc<ClientConfig>, String> {
        let (authorities, certificate) = texts.split_at(self.authorities.len());
        let verifier = self.verifier(authorities, provider)?;
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("this provider of cryptography will not do: {error}"))?
            .dangerous() // as rustls calls whatever is not its default
            .with_custom_certificate_verifier(verifier);
        let config = match (&self.certificate, certificate) {
            (Some(Certificate { chain, key }), [chain_text, key_text]) => {
                let certificates = chain.certificates(chain_text)?;
                let private_key = key.key(key_text)?;
                builder.with_client_auth_cert(certificates, private_key).map_err(|error| {
                    format!("{chain} and {key} are of no use as a client certificate: {error}")
                })?
            }
            _ => builder.with_client_cert_resolver(Arc::new(NoCertificate(missed.clone()))),
        };
        Ok(Arc::new(config))
    }

    fn verifier(
        &self,
        authorities: &[Cow<'_, [u8]>],
        provider: &Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ServerCertVerifier>, String> {
        if self.verification == Verification::None {
            return Ok(Arc::new(AnyCertificate(provider.signature_verification_algorithms)));
        }
        let roots = Arc::new(self.roots(authorities)?);
        let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider.clone())
            .build()
            .map_err(|error| format!("the authorities are of no use: {error}"))?;
        match self.verification {
            Verification::Full => Ok(verifier),
            Verification::AnyName | Verification::None => Ok(Arc::new(AnyName(verifier))),
        }
    }

    fn roots(&self, authorities: &[Cow<'_, [u8]>]) -> Result<RootCertStore, String> {
        let mut roots = RootCertStore::empty();
        for (pem, text) in self.authorities.iter().zip(authorities) {
            for certificate in pem.certificates(text)? {
                roots.add(certificate).map_err(|error| {
                    format!("a certificate in {pem} is not one of an authority: {error}")
                })?;
            }
        }
        if self.platform_roots {
            add_platform_roots(&mut roots)?;
        }
        if roots.is_empty() {
            return Err(
                "no authority is trusted: give the certificates of some, or the platform's".into(),
            );
        }
        Ok(roots)
    }
}

#[cfg(feature = "platform-roots")]
fn add_platform_roots(roots: &mut RootCertStore) -> Result<(), String> {
    let found = rustls_native_certs::load_native_certs();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        let errors: Vec<_> = found.errors.iter().map(ToString::to_string).collect();
        return Err(format!("the platform has no authorities: {}", errors.join("; ")));
    }
    Ok(())
}

#[cfg(not(feature = "platform-roots"))]
#[expect(clippy::unnecessary_wraps, reason = "with the feature it can fail")]
fn add_platform_roots(_: &mut RootCertStore) -> Result<(), String> {
    Ok(())
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(_) => f.write_str("a configuration of rustls"),
            Self::Recipe { recipe, .. } => recipe.fmt(f),
        }
    }
}
