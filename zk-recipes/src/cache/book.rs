//! What a cache knows, and what follows from what it learns.

use std::collections::BTreeSet;
use std::sync::Arc;

use zk_client::{Error, Listing, Node, Stat, parent_of};

use super::below::Below;
use super::scope::Scope;
use super::survey::Survey;
use super::view::Teller;
use super::work::{Ask, Work};
use super::{CacheChange, CachedNode};

/// The `pzxid` of a node whose children have not been listed. No transaction has it.
const NEVER: i64 = -1;

/// What a cache knows, and what it has to ask. What it knows is never older than before: a node is
/// replaced only by one that was written later.
pub(super) struct Book {
    root: Arc<str>,
    scope: Scope,
    pub(super) teller: Teller,
    pub(super) work: Work,
    survey: Survey,
    /// Nodes that may not be read.
    refused: BTreeSet<Arc<str>>,
}

impl Book {
    pub(super) fn new(root: Arc<str>, scope: Scope, teller: Teller) -> Self {
        let (work, survey) = (Work::new(), Survey::new());
        Self { root, scope, teller, work, survey, refused: BTreeSet::new() }
    }

    /// From now on, all changes are told. Nothing has been read yet.
    pub(super) fn begin(&mut self) {
        self.survey.begin();
        self.work.want(&self.root, Ask::Read);
    }

    /// Changes may be missed.
    pub(super) fn interrupt(&mut self) {
        self.survey.interrupt();
    }

    /// Changes were missed, and are told again.
    pub(super) fn sweep(&mut self) {
        self.survey.sweep();
        self.work.want(&self.root, Ask::Read);
        self.refused.iter().for_each(|path| self.work.want(path, Ask::Read));
    }

    /// What to ask now.
    pub(super) fn next(&mut self) -> Option<(usize, Arc<str>, Ask)> {
        loop {
            let next = self.work.depart();
            if next.is_some() || !self.work.has_room() {
                return next;
            }
            if !self.survey.refill(&mut self.work, self.teller.view()) {
                return None;
            }
        }
    }

    /// Whether nothing is left to ask.
    pub(super) fn is_done(&self) -> bool {
        self.work.is_done() && self.survey.is_done()
    }

    /// A node was created or written. If nothing is known of its parent, it will be found when
    /// that is listed.
    pub(super) fn is_written(&mut self, path: &str) {
        if *path == *self.root || self.parent(path).is_some() {
            self.work.want(&Arc::from(path), Ask::Read);
        }
    }

    /// A node was deleted. What is in flight about it may be older than that.
    pub(super) fn is_deleted(&mut self, path: &str) {
        self.work.forget(path);
        self.is_gone(path);
    }

    /// A node is not there.
    pub(super) fn is_gone(&mut self, path: &str) {
        self.teller.remove(path);
        self.work.forget_below(path);
        self.refused.remove(path);
        let gone: Vec<_> = self.refused.range(Below::new(path)).cloned().collect();
        gone.iter().for_each(|path| _ = self.refused.remove(path));
    }

    /// A node may not be read.
    pub(super) fn is_refused(&mut self, path: &Arc<str>, error: Error) {
        let was_refused = self.refused.contains(path);
        self.is_gone(path);
        self.refused.insert(path.clone());
        if !was_refused {
            self.teller.tell(CacheChange::Refused { path: path.clone(), error });
        }
    }

    pub(super) fn has_read(&mut self, path: &Arc<str>, node: &Node) {
        self.refused.remove(path);
        if **path != *self.root {
            match self.parent(path) {
                Some(Parent::Known) => {}
                // After its parent, which was asked for before.
                Some(Parent::Asked) => return self.work.want(path, Ask::Read),
                None => return,
            }
        }
        let known = self
            .teller
            .view()
            .look(|nodes| nodes.entry(path).map(|entry| (*entry.node.stat(), entry.listed)));
        match known {
            Some((stat, _)) if age(&node.stat) < age(&stat) || node.stat == stat => {}
            Some((stat, listed)) if node.stat.czxid == stat.czxid => self.put(path, node, listed),
            Some(_) | None => self.is_new(path, node),
        }
    }

    /// What was below another node at its path is gone with it, but not what is as new.
    fn is_new(&mut self, path: &Arc<str>, node: &Node) {
        self.teller.remove_older(path, node.stat.czxid);
        let has_children = self.scope.has_children_of(&self.root, path);
        if has_children && node.stat.num_children > 0 {
            self.put(path, node, NEVER);
            self.work.want(path, Ask::List);
        } else {
            self.put(path, node, node.stat.pzxid);
        }
    }

    fn put(&self, path: &Arc<str>, node: &Node, listed: i64) {
        self.teller.put(Arc::new(CachedNode::new(path.clone(), node)), listed);
    }

    pub(super) fn has_listed(&mut self, path: &Arc<str>, listing: Listing) {
        let Some(known) = self.teller.set_listed(path, listing.stat.pzxid) else { return };
        self.survey.add(path.clone(), listing.children);
        if age(known.stat()) < age(&listing.stat) {
            self.work.want(path, Ask::Read);
        }
    }

    pub(super) fn has_checked(&mut self, path: &Arc<str>, stat: &Stat) {
        let known = self.teller.view().look(|nodes| nodes.entry(path).cloned());
        let Some(known) = known else { return };
        let before = known.node.stat();
        if (age(before), before.aversion) != (age(stat), stat.aversion) {
            self.work.want(path, Ask::Read);
        }
        let is_listed = known.listed == stat.pzxid || stat.num_children == 0;
        if !is_listed && self.scope.has_children_of(&self.root, path) {
            self.work.want(path, Ask::List);
        }
    }

    fn parent(&self, path: &str) -> Option<Parent> {
        let parent = parent_of(path)?;
        if self.teller.view().look(|nodes| nodes.get(parent).is_some()) {
            Some(Parent::Known)
        } else {
            self.work.concerns(parent).then_some(Parent::Asked)
        }
    }
}

/// What is known of a node's parent.
enum Parent {
    Known,
    Asked,
}

/// Which of two states of a node is older.
fn age(stat: &Stat) -> (i64, i64) {
    (stat.czxid, stat.mzxid)
}
