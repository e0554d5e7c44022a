//! Parts of the tree, kept up to date in memory.
//!
//! A [`NodeCache`] has a node, a [`ChildrenCache`] a node and its children, a [`TreeCache`] a node
//! and all below it. Reading them costs no request and waits for nothing; [`CacheChange`]s tell
//! what happens to them.
//!
//! * When nothing is written for a while, a cache equals what the server has. Before that it is
//!   late, by some round trips to the server; `sync` waits until it has what was written so far.
//! * It never goes back: a node in it is replaced only by what was written later. Different nodes
//!   can be as of different moments.
//! * Nothing is missed for long. When the connection was lost and is back, each node is checked;
//!   those that are gone are told, too. Meanwhile the cache says that it is not current.
//! * What changes several times while it is being read is read and told once or twice.
//! * Data is copied out of the buffers that it was received in: a cache holds about 300 bytes per
//!   node beside its data and its name.
//! * A node that may not be read is left out, with all below it, and told.
//! * A cache ends with its session: it stays as it was last, and its changes end.
//!
//! It takes a persistent watch, which servers have since ZooKeeper 3.6. Older ones close the
//! connection, again and again: a deadline for the start tells ([`Client::within`]).
//! A list of children has to fit into [`Limits::frame_in`].
//!
//! [`Client::within`]: zk_client::Client::within
//! [`Limits::frame_in`]: zk_client::Limits::frame_in

mod below;
mod book;
mod cached;
mod change;
mod children;
mod engine;
mod handle;
mod node;
mod scope;
mod snapshot;
mod survey;
mod sync;
mod tree;
mod view;
mod work;

pub use cached::CachedNode;
pub use change::CacheChange;
pub use children::ChildrenCache;
pub use node::NodeCache;
pub use snapshot::Snapshot;
pub use tree::TreeCache;
