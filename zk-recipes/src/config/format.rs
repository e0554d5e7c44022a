//! How values are written.

/// Why data is no value, or a value cannot be written.
pub type FormatError = Box<dyn std::error::Error + Send + Sync>;

/// How values are written. A pair of closures is a format, too: one that reads, one that writes.
///
/// ```
/// use zk_recipes::config::{Format, FormatError};
///
/// let number = (
///     |data: &[u8]| -> Result<u64, FormatError> { Ok(std::str::from_utf8(data)?.parse()?) },
///     |value: &u64| -> Result<Vec<u8>, FormatError> { Ok(value.to_string().into()) },
/// );
/// assert_eq!(number.decode(b"42").unwrap(), 42);
/// ```
pub trait Format<T>: Send + Sync + 'static {
    /// Reads a value.
    ///
    /// # Errors
    ///
    /// The data is none.
    fn decode(&self, data: &[u8]) -> Result<T, FormatError>;

    /// Writes a value.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    fn encode(&self, value: &T) -> Result<Vec<u8>, FormatError>;
}

/// Values as JSON, by serde.
#[cfg(feature = "json")]
#[derive(Clone, Copy, Debug, Default)]
pub struct Json;

#[cfg(feature = "json")]
impl<T: serde::Serialize + serde::de::DeserializeOwned> Format<T> for Json {
    fn decode(&self, data: &[u8]) -> Result<T, FormatError> {
        Ok(serde_json::from_slice(data)?)
    }

    fn encode(&self, value: &T) -> Result<Vec<u8>, FormatError> {
        Ok(serde_json::to_vec_pretty(value)?)
    }
}

impl<T, D, E> Format<T> for (D, E)
where
    D: Fn(&[u8]) -> Result<T, FormatError> + Send + Sync + 'static,
    E: Fn(&T) -> Result<Vec<u8>, FormatError> + Send + Sync + 'static,
{
    fn decode(&self, data: &[u8]) -> Result<T, FormatError> {
        self.0(data)
    }

    fn encode(&self, value: &T) -> Result<Vec<u8>, FormatError> {
        self.1(value)
    }
}
