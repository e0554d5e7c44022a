//! The wire: jute's primitives, frames, and the buffers between a session and its transport.
//!
//! Everything is big-endian. A frame is an int and that many bytes; a buffer, a string and a
//! vector begin with their length, of which -1 means null (`org.apache.jute.BinaryInputArchive`).

mod inbox;
mod outbox;
mod read;
mod write;

pub use inbox::Inbox;
pub use outbox::Outbox;
pub use read::Reader;
pub use write::{
    put_bool, put_buffer, put_frame, put_int, put_long, put_string, put_strings, put_vector,
};

pub(crate) use read::push;

/// Whether a record of TLS begins so: its kind, and a version from SSL 3.0 on (RFC 8446, 5.1). It
/// cannot be the beginning of a frame, unless of one of 320 MiB.
///
/// ```
/// use zk_proto::wire::is_tls_record;
///
/// assert!(is_tls_record(&[21, 3, 1, 0, 2, 2, 40])); // an alert
/// assert!(!is_tls_record(&[0, 0, 0, 37]));
/// ```
#[must_use]
pub fn is_tls_record(bytes: &[u8]) -> bool {
    matches!(bytes, [20..=23, 3, 0..=4, ..])
}
