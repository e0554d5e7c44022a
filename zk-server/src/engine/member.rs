//! One member: whether it is up, what it has seen of the tree, who watches there.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use zk_proto::Instant;

use super::watches::Watches;
use crate::tree::{Transaction, Tree};

#[derive(Debug, Default)]
pub(super) struct Member {
    pub(super) run: Run,
    pub(super) view: View,
    pub(super) watches: Watches,
}

/// Whether its process is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Run {
    #[default]
    Up,
    /// There, and standing still.
    Frozen,
    Down,
}

/// What a member has seen.
#[derive(Debug, Default)]
pub(super) enum View {
    /// Everything.
    #[default]
    Current,
    /// An older state.
    Behind(Box<Behind>),
}

#[derive(Debug)]
pub(super) struct Behind {
    pub(super) tree: Tree,
    pub(super) lag: Lag,
    /// What it has not seen, and when it happened.
    backlog: VecDeque<(Instant, Arc<Transaction>)>,
}

/// How far a member is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lag {
    /// Not at all.
    None,
    /// It sees each transaction so long after it happened.
    By(Duration),
    /// It sees nothing more.
    Held,
}

impl Behind {
    pub(super) fn new(tree: Tree, lag: Lag) -> Self {
        Self { tree, lag, backlog: VecDeque::new() }
    }

    pub(super) fn push(&mut self, now: Instant, transaction: Arc<Transaction>) {
        self.backlog.push_back((now, transaction));
    }

    /// When it sees the next transaction.
    pub(super) fn due(&self) -> Option<Instant> {
        let (happened, _) = self.backlog.front()?;
        match self.lag {
            Lag::None => Some(*happened),
            Lag::By(lag) => Some(*happened + lag),
            Lag::Held => None,
        }
    }

    pub(super) fn take_due(&mut self, now: Instant) -> Option<Arc<Transaction>> {
        self.due().filter(|due| *due <= now)?;
        self.backlog.pop_front().map(|(_, transaction)| transaction)
    }

    /// Whether it has caught up and need not stay behind.
    pub(super) fn is_over(&self) -> bool {
        self.lag == Lag::None && self.backlog.is_empty()
    }
}
