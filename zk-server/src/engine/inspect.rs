//! What a test asks of an ensemble.

use std::sync::Arc;

use zk_proto::Instant;

use super::member::View;
use super::{Engine, Leadership, RuleId, SessionInfo};
use crate::tree::{Transaction, Tree};

impl Engine {
    /// Who leads, if somebody does.
    #[must_use]
    pub fn leader(&self) -> Option<usize> {
        match self.leadership {
            Leadership::Leader(leader) => Some(leader),
            Leadership::Electing { .. } | Leadership::Nobody => None,
        }
    }

    /// How many members there are, whether up or not.
    #[must_use]
    pub fn members(&self) -> usize {
        self.members.len()
    }

    /// Whether a member is there, if only frozen.
    #[must_use]
    pub fn is_up(&self, member: usize) -> bool {
        self.members.get(member).is_some_and(|member| member.run != super::Run::Down)
    }

    /// The data tree, with all that was written.
    #[must_use]
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The data tree as a member sees it.
    #[must_use]
    pub fn tree_of(&self, member: usize) -> &Tree {
        self.view(member)
    }

    /// The zxid of the last transaction.
    #[must_use]
    pub fn last_zxid(&self) -> i64 {
        self.tree.zxid()
    }

    /// Keeps a journal from now on: every transaction, in order. See
    /// [`take_journal`](Self::take_journal).
    pub fn keep_journal(&mut self) {
        self.journal.get_or_insert_default();
    }

    /// What was written since the last call, if a journal is kept. A tree that
    /// [follows](Tree::follow) it is the same as [`tree`](Self::tree).
    pub fn take_journal(&mut self) -> Vec<Arc<Transaction>> {
        self.journal.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// The sessions that are open, by their ids.
    pub fn sessions(&self) -> impl Iterator<Item = SessionInfo> {
        self.sessions.iter().map(|(id, session)| SessionInfo {
            id,
            timeout: session.timeout,
            member: session.connection.and_then(|id| self.connections.get(&id)).map(|c| c.member),
        })
    }

    /// How many connections there are.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.len()
    }

    /// How many watches there are, at all members: one for each connection and path.
    #[must_use]
    pub fn watches(&self) -> usize {
        self.members.iter().map(|member| member.watches.totals().2).sum()
    }

    /// How many requests have met a rule.
    #[must_use]
    pub fn rule_hits(&self, rule: RuleId) -> usize {
        self.rules.hits(rule)
    }

    /// When a member that lags sees the next transaction.
    pub(super) fn view_due(&self, member: usize) -> Option<Instant> {
        match self.members.get(member).map(|member| &member.view) {
            Some(View::Behind(behind)) => behind.due(),
            Some(View::Current) | None => None,
        }
    }
}
