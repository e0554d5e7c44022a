//! Nodes that go by themselves (`ContainerManager`).

use super::{Change, Owner, Tree};

impl Tree {
    /// The nodes whose time is up at `time`, in milliseconds since 1970: containers that had a child
    /// and have none, and nodes with a time to live that have no children and were not written for
    /// that long.
    #[must_use]
    pub fn reapable(&self, time: i64) -> Vec<Change> {
        let due = self.mortals.iter().filter(|path| self.is_due(path, time));
        due.map(|path| Change::Delete { path: path.clone() }).collect()
    }

    /// Whether there are nodes that may go by themselves.
    #[must_use]
    pub fn has_mortals(&self) -> bool {
        !self.mortals.is_empty()
    }

    fn is_due(&self, path: &str, time: i64) -> bool {
        let Some(node) = self.node(path).filter(|node| node.children.is_empty()) else {
            return false;
        };
        match node.owner {
            Owner::Children => node.creations > 0,
            Owner::Time(ttl) => {
                let age = u128::try_from(time.saturating_sub(node.mtime)).unwrap_or(0);
                age > ttl.as_millis()
            }
            Owner::Nobody | Owner::Session(_) => false,
        }
    }
}
