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
