//! Queues: first in, first out; by priority; and one whose items stay until they are acknowledged.
//!
//! A consumer first claims an item by an ephemeral node, and takes it out in one transaction with
//! that claim. So it can always tell whether it was who took it out, also when the answer was lost:
//! no item is lost that way, and none is given twice. Who finds nothing stands in line; only the
//! first one there watches the queue, so that a new item wakes one consumer, however many wait.

mod acknowledged;
mod claim;
mod fifo;
mod framing;
mod item;
mod layout;
mod line;
mod look;
mod place;
mod priority;
mod put;
mod survey;
mod take;

pub use acknowledged::AcknowledgedQueue;
pub use fifo::Queue;
pub use item::Item;
pub use priority::PriorityQueue;
