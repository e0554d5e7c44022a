//! Which paths are below a node.

use std::ops::{Bound, RangeBounds};

/// All that is below a node, as a range of paths: side by side, since nothing comes between `/a/`
/// and `/a0`.
#[derive(Debug)]
pub(super) struct Below {
    prefix: String,
    end: String,
}

impl Below {
    pub(super) fn new(path: &str) -> Self {
        let path = path.strip_suffix('/').unwrap_or(path);
        Self { prefix: format!("{path}/"), end: format!("{path}0") }
    }

    /// What all paths begin with that are below the node.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The path of a child.
    pub(super) fn child(&self, name: &str) -> String {
        [&self.prefix, name].concat()
    }

    /// Before all that is below the node.
    pub(super) fn start(&self) -> Bound<String> {
        Bound::Excluded(self.prefix.clone())
    }

    /// Behind all that is below the node.
    pub(super) fn behind(self) -> Bound<String> {
        Bound::Included(self.end)
    }
}

impl RangeBounds<str> for Below {
    fn start_bound(&self) -> Bound<&str> {
        Bound::Excluded(&self.prefix)
    }

    fn end_bound(&self) -> Bound<&str> {
        Bound::Excluded(&self.end)
    }
}
