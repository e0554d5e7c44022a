//! A value as it was written, and why there is none.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A value, and which version of its node it was written in. Clones are cheap.
pub struct Value<T> {
    value: Arc<T>,
    version: Option<i32>,
}

impl<T> Value<T> {
    pub(super) fn new(value: Arc<T>, version: Option<i32>) -> Self {
        Self { value, version }
    }

    /// The version of the node; `None` if the node does not exist, and this is the default.
    #[must_use]
    pub fn version(&self) -> Option<i32> {
        self.version
    }

    /// The value alone.
    #[must_use]
    pub fn into_inner(self) -> Arc<T> {
        self.value
    }
}

impl<T> Deref for Value<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Clone for Value<T> {
    fn clone(&self) -> Self {
        Self { value: self.value.clone(), version: self.version }
    }
}

impl<T: fmt::Debug> fmt::Debug for Value<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Value").field("value", &self.value).field("version", &self.version).finish()
    }
}

/// Why what is written is no value.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// There is no such node, or it may not be read, and there is no default.
    #[error("{path}: no such node, or it may not be read")]
    Missing {
        /// Its path.
        path: Arc<str>,
    },
    /// The data of the node is not a value.
    #[error("{path}, version {version}: {source}")]
    Invalid {
        /// The path of the node.
        path: Arc<str>,
        /// The version of the node.
        version: i32,
        /// What is wrong with it.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
}
