//! What is known of a value, and told to its readers.

use bytes::Bytes;
use zk_client::machine::{Publisher, Topic};
use zk_client::{Error, Node};

use super::Versioned;

/// What readers make of the bytes.
pub(crate) type Read<V> = Box<dyn Fn(&Versioned) -> Result<V, Error> + Send>;

/// The latest that is known.
pub(super) struct Known<V> {
    latest: Versioned,
    publisher: Publisher<V>,
    read: Read<V>,
}

impl<V: Clone + PartialEq> Known<V> {
    pub(super) fn new(latest: Versioned, read: Read<V>) -> Result<(Self, Topic<V>), Error> {
        let (publisher, topic) = Topic::new(read(&latest)?);
        Ok((Self { latest, publisher, read }, topic))
    }

    pub(super) fn latest(&self) -> &Versioned {
        &self.latest
    }

    /// What cannot be read is not told.
    pub(super) fn learn(&mut self, value: Versioned) {
        if value.mzxid <= self.latest.mzxid {
            return;
        }
        self.latest = value;
        if let Ok(value) = (self.read)(&self.latest) {
            self.publisher.set(value);
        }
    }
}

impl Versioned {
    pub(super) fn of(node: &Node) -> Self {
        let data = Bytes::copy_from_slice(&node.data);
        Self { data, version: node.stat.version, mzxid: node.stat.mzxid }
    }
}
