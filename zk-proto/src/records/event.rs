//! What the server tells without being asked.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::Record;
use crate::error::Malformed;
use crate::wire::{Reader, put_int, put_string};

/// What happened to a node (`Watcher.Event.EventType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventType {
    /// Nothing: the session's state is told instead.
    None = -1,
    /// It was created.
    NodeCreated = 1,
    /// It was deleted.
    NodeDeleted = 2,
    /// Its data was written.
    NodeDataChanged = 3,
    /// A child was created or deleted.
    NodeChildrenChanged = 4,
}

impl EventType {
    /// The type of this number.
    #[must_use]
    pub const fn from_code(code: i32) -> Option<Self> {
        match code {
            -1 => Some(Self::None),
            1 => Some(Self::NodeCreated),
            2 => Some(Self::NodeDeleted),
            3 => Some(Self::NodeDataChanged),
            4 => Some(Self::NodeChildrenChanged),
            _ => None,
        }
    }
}

/// The state that comes with an event; servers always say that the session is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeeperState(pub i32);

impl KeeperState {
    /// The session is connected.
    pub const SYNC_CONNECTED: Self = Self(3);
}

/// A notification, as the server sends it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WatchedEvent {
    /// What happened.
    pub kind: EventType,
    /// The session's state.
    pub state: KeeperState,
    /// To which node, by the server's path.
    pub path: Box<str>,
}

impl Record for WatchedEvent {
    fn encode(&self, out: &mut Vec<u8>) {
        put_int(out, self.kind as i32);
        put_int(out, self.state.0);
        put_string(out, &self.path);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let kind = EventType::from_code(reader.int("event type")?);
        Ok(Self {
            kind: kind.ok_or(Malformed("event type"))?,
            state: KeeperState(reader.int("state")?),
            path: reader.string("path of an event")?.into(),
        })
    }
}
