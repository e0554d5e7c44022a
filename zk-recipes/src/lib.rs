//! What most programs want from ZooKeeper: locks, elections, queues, barriers, caches, discovery.
//!
//! Each recipe is a machine of `zk-client`, which the driver of a session steps: it is the same on
//! every runtime, and on none. On the wire, recipes look as those of Apache Curator do.
#![forbid(unsafe_code)]

mod barrier;
pub mod cache;
pub mod config;
mod contender;
mod counter;
#[cfg(feature = "json")]
pub mod discovery;
mod double_barrier;
mod election;
mod group;
mod lock;
mod multi_lock;
mod persistent_node;
pub mod queue;
mod read_write_lock;
mod semaphore;
pub mod sequence;
mod shared_value;

pub use barrier::Barrier;
pub use contender::{Contestant, Loss};
pub use counter::{Counter, CounterLayout};
pub use double_barrier::{DoubleBarrier, Inside};
pub use election::{Candidate, LatchStatus, LeaderLatch, LeaderSelector, Leadership, Term};
pub use group::{Group, MemberData, Members};
pub use lock::{Lock, LockGuard, LockOwner, LockStatus, NestedGuard};
pub use multi_lock::{MultiGuard, MultiLock};
pub use persistent_node::{NodeStatus, PersistentNode, PersistentNodeBuilder};
pub use read_write_lock::{ReadWriteLock, WriteGuard};
pub use semaphore::{Leases, Semaphore};
pub use shared_value::{Receipts, SharedValue, Versioned};
