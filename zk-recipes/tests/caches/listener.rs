//! A listener that checks what a cache tells.

use std::collections::BTreeMap;

use zk_client::Stat;
use zk_recipes::cache::{CacheChange, CachedNode, Snapshot};

/// What is compared of a node: not what nobody is told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    data: Vec<u8>,
    czxid: i64,
    mzxid: i64,
    version: i32,
    owner: i64,
}

impl Known {
    pub(crate) fn new(data: &[u8], stat: &Stat) -> Self {
        let Stat { czxid, mzxid, version, ephemeral_owner: owner, .. } = *stat;
        Self { data: data.to_owned(), czxid, mzxid, version, owner }
    }

    pub(crate) fn of(node: &CachedNode) -> Self {
        Self::new(node.data(), node.stat())
    }
}

pub(crate) type Model = BTreeMap<String, Known>;

pub(crate) fn seen(snapshot: &Snapshot) -> Model {
    snapshot.iter().map(|node| (node.path().to_owned(), Known::of(node))).collect()
}

/// A listener that keeps a model of its own, from what it is told alone.
#[derive(Debug, Default)]
pub(crate) struct Listener {
    pub(crate) model: Model,
    pub(crate) resyncs: usize,
}

impl Listener {
    /// # Panics
    ///
    /// What is told cannot be: a node goes back, is created twice, or changes without being there.
    pub(crate) fn hear(&mut self, change: &CacheChange, cache: &Snapshot) {
        match change {
            CacheChange::Created(node) => {
                let before = self.model.insert(node.path().into(), Known::of(node));
                assert_eq!(before, None, "created twice: {}", node.path());
            }
            CacheChange::Changed { before, after } => {
                let old = self.model.insert(after.path().into(), Known::of(after));
                assert_eq!(old, Some(Known::of(before)));
                assert_eq!(before.stat().czxid, after.stat().czxid);
                assert!(before.stat().mzxid < after.stat().mzxid, "{} goes back", after.path());
            }
            CacheChange::Deleted(node) => {
                let before = self.model.remove(node.path());
                assert_eq!(before, Some(Known::of(node)));
            }
            CacheChange::Resync => {
                self.resyncs += 1;
                self.model = seen(cache);
            }
            CacheChange::Refused { .. } | CacheChange::Initialized => {}
            other => panic!("{other:?}"),
        }
    }
}
