//! What is read of a znode, and what is told of a new one.

use alloc::string::String;
use alloc::vec::Vec;

use bytes::{Buf, Bytes};

use super::{Record, Stat};
use crate::error::Malformed;
use crate::wire::{Reader, put_buffer, put_string};

/// A znode's data and metadata.
///
/// The data is a slice of the buffer that it was received in, and keeps that alive: up to 64 KiB,
/// or the whole of a longer message. To keep a short value for long, [`detached`](Self::detached)
/// copies it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Node {
    /// The data. A node can also have none at all, which reads as empty here; see
    /// [`is_null`](Self::is_null).
    pub data: Bytes,
    /// The metadata.
    pub stat: Stat,
    null: bool,
}

impl Node {
    /// A node with this data, or none.
    #[must_use]
    pub fn new(data: Option<Bytes>, stat: Stat) -> Self {
        Self { null: data.is_none(), data: data.unwrap_or_default(), stat }
    }

    /// Whether the node has no data, which is not the same as empty data.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.null
    }

    /// The same, holding nothing but its own bytes.
    #[must_use]
    pub fn detached(&self) -> Self {
        Self { data: Bytes::copy_from_slice(&self.data), ..*self }
    }

    /// Appends it: data, then stat.
    pub fn encode(&self, out: &mut Vec<u8>) {
        put_buffer(out, (!self.null).then_some(&*self.data));
        self.stat.encode(out);
    }

    /// Reads a message that is a node: narrows it to the data, without counting references.
    ///
    /// # Errors
    ///
    /// The message is not one.
    #[inline]
    pub fn decode(mut message: Bytes) -> Result<Self, Malformed> {
        let mut reader = Reader::new(&message);
        let len = reader.buffer("data")?.map(<[u8]>::len);
        let stat = Stat::decode(&mut reader)?;
        message.advance(4);
        message.truncate(len.unwrap_or(0));
        Ok(Self { data: message, stat, null: len.is_none() })
    }
}

/// A znode that was created.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Created {
    /// Its path, with the number of a sequential node.
    pub path: String,
    /// Its metadata.
    pub stat: Stat,
}

impl Created {
    /// A created node.
    #[must_use]
    pub fn new(path: impl Into<String>, stat: Stat) -> Self {
        Self { path: path.into(), stat }
    }
}

impl Record for Created {
    fn encode(&self, out: &mut Vec<u8>) {
        put_string(out, &self.path);
        self.stat.encode(out);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { path: reader.string("path")?.into(), stat: Stat::decode(reader)? })
    }
}
