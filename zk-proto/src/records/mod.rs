//! What messages consist of (`zookeeper.jute`), and how it is written and read.

mod acl;
mod children;
mod connect;
mod event;
mod header;
mod mode;
mod node;
mod stat;

pub use acl::{Acl, ClientInfo, Permissions};
pub use children::{Children, Iter as ChildrenIter};
pub use connect::{ConnectRequest, ConnectResponse};
pub use event::{EventType, KeeperState, WatchedEvent};
pub use header::{ReplyHeader, RequestHeader};
pub use mode::{CreateMode, WatchMode, WatcherType};
pub use node::{Created, Node};
pub use stat::Stat;

pub(crate) use acl::{put_acls, take_acls};

use alloc::vec::Vec;

use crate::error::Malformed;
use crate::wire::Reader;

/// A record of the protocol: the same in both directions.
pub trait Record: Sized {
    /// Appends it.
    fn encode(&self, out: &mut Vec<u8>);

    /// Takes it off the front of a message.
    ///
    /// # Errors
    ///
    /// The message is not one.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Malformed>;
}
