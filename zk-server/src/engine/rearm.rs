//! Watches set again on a new connection (`DataTree.setWatches`).

use zk_proto::{EventType, Instant, SetWatches};

use super::answer::Reply;
use super::watches::Kinds;
use super::{ConnectionId, Engine};

/// A list of paths, the kind of watch to set on each, and what to tell instead, given the node.
type Rearm<'a> = (&'a [&'a str], Kinds, fn(Option<Seen>, i64) -> Option<EventType>);

/// When a node was last written, and its children changed.
#[derive(Clone, Copy)]
struct Seen {
    mzxid: i64,
    pzxid: i64,
}

impl Engine {
    /// Sets watches again, and tells those what they missed that fire once. What persistent ones
    /// missed is not told.
    pub(super) fn set_watches(
        &mut self,
        now: Instant,
        id: ConnectionId,
        watches: &SetWatches<'_>,
    ) -> Reply {
        let lists: [Rearm<'_>; 5] = [
            (&watches.data, Kinds::DATA, data_event),
            (&watches.exist, Kinds::DATA, exist_event),
            (&watches.child, Kinds::CHILDREN, child_event),
            (&watches.persistent, Kinds::PERSISTENT, |_, _| None),
            (&watches.persistent_recursive, Kinds::RECURSIVE, |_, _| None),
        ];
        for (paths, kinds, event) in lists {
            for path in paths {
                match event(self.last_changes(id, path), watches.relative_zxid) {
                    Some(kind) => self.tell(id, kind, path),
                    None => {
                        if let Err(code) = self.add_watch(id, path, kinds) {
                            return Reply::error(self.seen(id), code);
                        }
                    }
                }
            }
        }
        self.settle(now, id);
        Reply::new(self.seen(id), Vec::new())
    }

    fn last_changes(&self, id: ConnectionId, path: &str) -> Option<Seen> {
        let member = self.connections.get(&id)?.member;
        let stat = self.view(member).node(path)?.stat();
        Some(Seen { mzxid: stat.mzxid, pzxid: stat.pzxid })
    }

    fn tell(&mut self, id: ConnectionId, kind: EventType, path: &str) {
        if let Some(open) = self.connections.get_mut(&id) {
            open.notify(-1, kind, path);
        }
    }
}

fn data_event(node: Option<Seen>, since: i64) -> Option<EventType> {
    match node {
        None => Some(EventType::NodeDeleted),
        Some(node) if node.mzxid > since => Some(EventType::NodeDataChanged),
        Some(_) => None,
    }
}

fn exist_event(node: Option<Seen>, _: i64) -> Option<EventType> {
    node.map(|_| EventType::NodeCreated)
}

fn child_event(node: Option<Seen>, since: i64) -> Option<EventType> {
    match node {
        None => Some(EventType::NodeDeleted),
        Some(node) if node.pzxid > since => Some(EventType::NodeChildrenChanged),
        Some(_) => None,
    }
}
