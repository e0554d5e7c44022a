//! A typed value that is kept up to date from a node.

mod format;
mod source;
mod updates;
mod value;
mod write;

use std::fmt;
use std::sync::Arc;

use zk_client::{Client, ErrorKind, Misuse, Mode};

#[cfg(feature = "json")]
pub use format::Json;
pub use format::{Format, FormatError};
pub use updates::ConfigUpdates;
pub use value::{ConfigError, Value};

use crate::cache::NodeCache;
use source::Source;
use write::{Over, Write};

/// A value of type `T`, kept up to date from a node.
///
/// It is decoded by whoever looks at it, once for each state of the node. If something is written
/// that is no value, the last one that was stays, and the error is told. As any
/// [cache](crate::cache), it is late by a few round trips, never goes back, and finds what it has
/// missed after a reconnect.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use zk_recipes::config::Config;
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// struct Pool {
///     size: usize,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = zk_server::Server::start()?;
/// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
/// zk.create_all("/app/pool", r#"{ "size": 4 }"#).await?;
/// let pool = Config::<_, Pool>::watch(&zk, "/app/pool").await?;
/// assert_eq!(pool.value()?.size, 4);
///
/// zk.set("/app/pool", "{ what?").await?;
/// pool.sync().await?;
/// assert_eq!(pool.value()?.size, 4); // the last one that was a value
/// assert!(pool.present().is_err());
///
/// zk.set("/app/pool", r#"{ "size": 8 }"#).await?;
/// pool.sync().await?;
/// let old = pool.value()?;
/// pool.write(&Pool { size: old.size * 2 }, &old).await?;
/// pool.sync().await?;
/// assert_eq!(*pool.value()?, Pool { size: 16 });
/// # Ok(())
/// # }
/// ```
#[must_use = "dropping it stops it"]
pub struct Config<M: Mode, T> {
    source: Arc<Source<M, T>>,
    client: Client<M>,
}

#[cfg(feature = "json")]
impl<M: Mode, T> Config<M, T>
where
    T: serde::Serialize + serde::de::DeserializeOwned + Send + Sync + 'static,
{
    /// Watches a node of JSON, which need not exist. Answers when it was read.
    ///
    /// # Errors
    ///
    /// `NoAuth` if the node may not be read; those of a session that is over; `DeadlineExceeded`.
    pub fn watch(client: &Client<M>, path: &str) -> M::Output<Self> {
        Self::watch_as(client, path, Json)
    }
}

impl<M: Mode, T: Send + Sync + 'static> Config<M, T> {
    /// Watches a node of any format, which need not exist. Answers when it was read.
    ///
    /// # Errors
    ///
    /// `NoAuth` if the node may not be read; those of a session that is over; `DeadlineExceeded`.
    pub fn watch_as(client: &Client<M>, path: &str, format: impl Format<T>) -> M::Output<Self> {
        let (zk, format) = (client.clone(), Box::new(format));
        NodeCache::start(client, path, move |cache| Self {
            source: Arc::new(Source::new(cache, format)),
            client: zk,
        })
    }

    /// With a value for as long as the node does not exist.
    pub fn or(self, default: T) -> Self {
        self.source.set_default(default);
        self
    }

    /// The path of the node.
    #[must_use]
    pub fn path(&self) -> &str {
        self.source.cache.path()
    }

    /// The value: what is written now, or the last one before that if that is none, or the default.
    ///
    /// # Errors
    ///
    /// There never was one, and there is no default: why what is written now is none.
    pub fn value(&self) -> Result<Value<T>, ConfigError> {
        self.source.usable()
    }

    /// What is written now; the default, if there is no such node.
    ///
    /// # Errors
    ///
    /// It is not a value, or there is no node and no default.
    pub fn present(&self) -> Result<Value<T>, ConfigError> {
        self.source.present().1
    }

    /// The present value and each newer one, or why what is written is none.
    #[must_use]
    pub fn updates(&self) -> ConfigUpdates<M, T> {
        ConfigUpdates::new(&self.source)
    }

    /// Whether this has all that the server has told of; see
    /// [`TreeCache::is_current`](crate::cache::TreeCache::is_current).
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.source.cache.is_current()
    }

    /// Waits until this has all that was written before, by anybody.
    ///
    /// # Errors
    ///
    /// As [`TreeCache::sync`](crate::cache::TreeCache::sync).
    pub fn sync(&self) -> M::Output<()> {
        self.source.cache.sync()
    }

    /// Writes a value in the place of `old`. In the place of a default, the node is created; its
    /// parent has to exist.
    ///
    /// # Errors
    ///
    /// `BadVersion`, `NodeExists` or `NoNode` if `old` is not what is written any more: look at the
    /// value again, once it has come ([`sync`](Self::sync)). `NoAuth`; after `ConnectionLost` it
    /// may be written or not. [`Misuse::Text`] if the value cannot be encoded.
    pub fn write(&self, value: &T, old: &Value<T>) -> M::Output<()> {
        self.write_over(value, old.version().map_or(Over::Nothing, Over::Version))
    }

    /// Writes a value, whatever is written, or creates the node; its parent has to exist.
    ///
    /// # Errors
    ///
    /// `NoNode` if the parent is missing; `NoAuth`; after `ConnectionLost` it may be written or
    /// not. [`Misuse::Text`] if the value cannot be encoded.
    pub fn overwrite(&self, value: &T) -> M::Output<()> {
        self.write_over(value, Over::Whatever)
    }

    fn write_over(&self, value: &T, over: Over) -> M::Output<()> {
        match self.source.format.encode(value) {
            Ok(data) => self.client.run(Write { path: self.path().into(), data, over }),
            Err(error) => {
                let misuse = Misuse::Text(format!("{}: {error}", self.path()).into());
                let error = ErrorKind::Misuse(misuse).into();
                self.client.promised(|promise| promise.fulfil(Err(error)))
            }
        }
    }
}

impl<M: Mode, T> fmt::Debug for Config<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("path", &self.source.cache.path()).finish_non_exhaustive()
    }
}
