//! Checks what clients saw of a ZooKeeper ensemble against what ZooKeeper promises.
//!
//! Every answer of a server carries a zxid: that of the write that it answers, or of the last
//! transaction that the server had processed. So the order of everything is known, and a
//! [`History`] of many clients can be checked in `n log n` time, where other stores need a search:
//! all transactions are carried out on the data tree of `zk-server` in the order of their zxids, and
//! each answer is compared with what the tree says at that point.
//!
//! A [`Recorder`] takes down what goes over the wire, whatever client made it: so it is not only
//! the servers that are checked, but the client's way of coming back too. [`check()`] does no I/O; a
//! simulator can use it as well.
//!
//! # What is checked
//!
//! Each is a [`Rule`], and a history that breaks it is in the tests.
//!
//! * Requests of a connection are answered in their order, or the client gives it up at once:
//!   Apache's servers leave out the answer to a write, now and then, when they lose their ensemble.
//! * The zxids that a session is shown never decrease, over all its connections; and the client
//!   tells each server what it was shown.
//! * A write that was asked for after something was shown to anybody has a greater zxid. Two writes
//!   have two zxids. The writes of a session happen in the order in which it asked for them.
//! * Each write, carried out or refused, is answered as it must be after the writes with lower
//!   zxids: names, stats, versions, sequence numbers, error codes, and which operation of a
//!   transaction failed.
//! * Each read shows the state of the zxid in its answer, exactly: data, stat, children, access
//!   control list, own ephemeral nodes, counts.
//! * A write without an answer happened once or not at all; one that was refused, not at all.
//!   Nothing happens that nobody asked for.
//! * Ephemeral nodes go with their session, all at once, not before, and not after.
//! * Events. What a connection watches follows from its own requests and answers; so it is known
//!   which events it gets between two answers, in which order: for each change after the watch was
//!   set, one, before the first answer that shows the change or a later state, among them that to
//!   the write itself. After the last answer, events may be missing at the end, but not in between.
//!   Watches that are set again after a reconnect are relative to nothing that the session had not
//!   been shown, and tell of what happened since.
//!
//! # What cannot be known, and how to get around it
//!
//! A write whose answer is lost may have happened. Usually it has left its zxid somewhere: in a
//! stat, or in an event from ZooKeeper 3.9 on. Whose zxid that is, is found out so:
//!
//! 1. By data. If somebody has read the data that the write brought, and no other write of the
//!    history brought the same, it is the write of the stat's `mzxid`.
//! 2. By elimination. A zxid that nobody was told, and that stands in the stat of a node, is of a
//!    write without an answer that does to this node what the stat shows, or of the end of a session
//!    that had ephemeral nodes there and was shown nothing of this zxid or later. It must be one that
//!    the tree allows, that leaves the node with the version or the children that the stat shows, that
//!    was asked for before, and that is followed by no answered write of its session with a lower zxid.
//!    Of several, the first is taken.
//!
//! A write that has left no zxid, because another change has covered its traces before anybody
//! looked, is *hidden*. If an answer or an event cannot be explained otherwise, the checker tries
//! whether hidden ones before it do explain it: as few as possible, at most four, and none that would
//! have been seen by somebody who has looked since. If not, the answer is a violation. A write
//! that no answer and no event demands counts as one that did not happen.
//!
//! This is exact as long as a lost write is the only one that fits. What is **not** decidable from
//! outside, and may lead to a wrong verdict either way, are two lost writes that do the same to the
//! same node with the same data, or that leave the same zxid as their only trace, such as two lost
//! deletes of children of one node of which only the node's stat is seen later. So a workload does
//! well to
//!
//! * give each write data of its own;
//! * where several clients write the same nodes, add to each transaction the creation of a node
//!   that nobody else creates and nobody deletes, and read all these in the end: their `czxid` is the
//!   transaction;
//! * where that cannot be, let only one task write a node, and let it read the node and its parent
//!   after a lost answer, before it writes again. Before that it needs a write of its own that is
//!   answered: `sync` does not wait for writes that are still under way, and not even for all that were
//!   answered if a leader is deposed without knowing;
//! * or write only by version, to nodes that are never deleted: each version is of one write;
//! * give each session a persistent node with one ephemeral child: the `pzxid` of the former is the
//!   end of the session.
//!
//! The command of this crate does all that.
//!
//! The history must be that of the whole ensemble, from when it was empty, with all of its clients.
//! Not understood are identities (everybody is nobody, so access control lists should leave
//! everything to `world`), quotas, reconfiguration, local sessions, and nodes that the servers delete
//! by themselves: containers that had children, and nodes with a time to live.
#![forbid(unsafe_code)]

mod check;
mod record;
mod recorder;
mod report;
mod violation;

pub use check::check;
pub use record::{ConnectionId, History, Record, What};
pub use recorder::Recorder;
pub use report::Report;
pub use violation::{Rule, Violation};
