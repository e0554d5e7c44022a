//! What is to be asked one node after the other, without a long queue of it.

use std::collections::VecDeque;
use std::ops::Bound;
use std::sync::Arc;

use zk_client::Children;

use super::below::Below;
use super::snapshot::Snapshot;
use super::view::View;
use super::work::{Ask, WINDOW, Work};

/// How many children of a list are looked at in one go.
const CHUNK: usize = 1_000;

/// Lists of children to be read, and whether all that is known is to be checked.
#[derive(Debug)]
pub(super) struct Survey {
    lists: VecDeque<List>,
    sweep: Sweep,
}

/// Children of a node, some of which are still to be read.
#[derive(Debug)]
struct List {
    parent: Arc<str>,
    children: Children,
    /// How many were looked at.
    seen: usize,
}

/// Checking all nodes, for what was missed.
#[derive(Debug)]
enum Sweep {
    /// Nothing was missed.
    None,
    /// The connection is lost. Begins when it is back.
    Due,
    /// All up to here were checked.
    Going(Bound<String>),
}

impl Survey {
    pub(super) fn new() -> Self {
        Self { lists: VecDeque::new(), sweep: Sweep::None }
    }

    /// Changes may be missed from now on.
    pub(super) fn interrupt(&mut self) {
        self.sweep = Sweep::Due;
    }

    /// No more changes are missed. All nodes are to be checked.
    pub(super) fn sweep(&mut self) {
        self.sweep = Sweep::Going(Bound::Unbounded);
    }

    /// No more changes are missed, and nothing has been read yet.
    pub(super) fn begin(&mut self) {
        self.sweep = Sweep::None;
    }

    /// These children are to be read, unless they are known.
    pub(super) fn add(&mut self, parent: Arc<str>, children: Children) {
        self.lists.push_back(List { parent, children, seen: 0 });
    }

    pub(super) fn is_done(&self) -> bool {
        self.lists.is_empty() && matches!(self.sweep, Sweep::None)
    }

    /// Finds more to do. Returns whether there may be more.
    pub(super) fn refill(&mut self, work: &mut Work, view: &View) -> bool {
        if let Some(list) = self.lists.front_mut() {
            if view.look(|nodes| list.refill(work, nodes)) {
                self.lists.pop_front();
            }
            return true;
        }
        let Sweep::Going(at) = &mut self.sweep else { return false };
        if view.look(|nodes| check_some(at, work, nodes)) {
            self.sweep = Sweep::None;
        }
        true
    }
}

impl List {
    /// Looks at some more children. Returns whether these were the last.
    fn refill(&mut self, work: &mut Work, nodes: &Snapshot) -> bool {
        if nodes.get(&self.parent).is_none() {
            return true;
        }
        let below = Below::new(&self.parent);
        for name in self.children.iter().skip(self.seen).take(CHUNK) {
            let child: Arc<str> = below.child(name).into();
            if nodes.get(&child).is_none() && !work.concerns(&child) {
                work.want(&child, Ask::Read);
            }
        }
        self.seen += CHUNK;
        self.seen >= self.children.len()
    }
}

/// Checks some more nodes. Returns whether these were the last.
fn check_some(at: &mut Bound<String>, work: &mut Work, nodes: &Snapshot) -> bool {
    for _ in 0..WINDOW {
        let Some(node) = nodes.next(at) else { return true };
        work.want(node.shared_path(), Ask::Check);
        *at = Bound::Excluded(node.path().to_owned());
    }
    false
}
