//! What the machine of a cache writes and its readers see.

use std::sync::{Arc, PoisonError, RwLock};

use zk_client::machine::FeedPublisher;

use super::snapshot::Snapshot;
use super::{CacheChange, CachedNode};

/// What the readers of a cache see. Locked for moments only, and never while one is woken.
#[derive(Debug, Default)]
pub(super) struct View(RwLock<Sight>);

#[derive(Debug, Default)]
struct Sight {
    nodes: Snapshot,
    is_current: bool,
}

impl View {
    pub(super) fn look<T>(&self, look: impl FnOnce(&Snapshot) -> T) -> T {
        look(&self.0.read().unwrap_or_else(PoisonError::into_inner).nodes)
    }

    pub(super) fn is_current(&self) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).is_current
    }

    fn change<T>(&self, change: impl FnOnce(&mut Sight) -> T) -> T {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The end of the machine: whatever changes is told.
pub(super) struct Teller {
    view: Arc<View>,
    feed: FeedPublisher<CacheChange>,
}

impl Teller {
    pub(super) fn new(view: Arc<View>, feed: FeedPublisher<CacheChange>) -> Self {
        Self { view, feed }
    }

    pub(super) fn view(&self) -> &View {
        &self.view
    }

    /// Whether readers see what the server has, as far as anybody can know.
    pub(super) fn set_current(&self, is_current: bool) {
        if self.view.is_current() != is_current {
            self.view.change(|sight| sight.is_current = is_current);
        }
    }

    /// Adds a node, or puts a newer state in its place.
    pub(super) fn put(&self, node: Arc<CachedNode>, listed: i64) {
        let path = node.path();
        let before = self.view.look(|nodes| nodes.get(path).cloned());
        self.view.change(|sight| sight.nodes.insert(node.clone(), listed));
        match before {
            None => self.tell(CacheChange::Created(node)),
            Some(before) if before.stat().czxid != node.stat().czxid => {
                self.tell(CacheChange::Deleted(before));
                self.tell(CacheChange::Created(node));
            }
            Some(before) if before.stat().mzxid != node.stat().mzxid => {
                self.tell(CacheChange::Changed { before, after: node });
            }
            Some(_) => {} // only its stat is another
        }
    }

    /// The children of a node have been listed. Returns what is known of it, if anything.
    pub(super) fn set_listed(&self, path: &str, pzxid: i64) -> Option<Arc<CachedNode>> {
        let node = self.view.look(|nodes| nodes.get(path).cloned())?;
        self.view.change(|sight| sight.nodes.insert(node.clone(), pzxid));
        Some(node)
    }

    /// Removes a node and all that is below it, which goes first.
    pub(super) fn remove(&self, path: &str) {
        self.remove_all(self.view.look(|nodes| nodes.walk(path).cloned().collect()));
    }

    /// Removes what is below a node and was there before this transaction.
    pub(super) fn remove_older(&self, path: &str, zxid: i64) {
        let is_older = |node: &&Arc<CachedNode>| node.path() != path && node.stat().czxid < zxid;
        self.remove_all(
            self.view.look(|nodes| nodes.walk(path).filter(is_older).cloned().collect()),
        );
    }

    fn remove_all(&self, mut gone: Vec<Arc<CachedNode>>) {
        while let Some(node) = gone.pop() {
            self.view.change(|sight| sight.nodes.remove(node.path()));
            self.tell(CacheChange::Deleted(node));
        }
    }

    pub(super) fn tell(&self, change: CacheChange) {
        self.feed.push(change);
    }
}
