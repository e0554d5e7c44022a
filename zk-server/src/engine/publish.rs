//! What happens at the members when something was written.

use std::sync::Arc;

use zk_proto::{Instant, Permissions};

use super::connection::{Stage, Wait};
use super::member::{Run, View};
use super::watches::occurrences;
use super::{ConnectionId, Engine};
use crate::tree::{Applied, Caller, Change, Transaction, permits};

impl Engine {
    /// Each member sees a transaction at once, or later if it lags.
    pub(super) fn publish(&mut self, now: Instant, transaction: Transaction, applied: &[Applied]) {
        let transaction = Arc::new(transaction);
        if let Some(journal) = &mut self.journal {
            journal.push(transaction.clone());
        }
        for index in 0..self.members.len() {
            match self.members.get_mut(index).map(|member| (member.run, &mut member.view)) {
                Some((Run::Up | Run::Frozen, View::Current)) => {
                    self.fire(now, index, &transaction, applied);
                }
                Some((Run::Up | Run::Frozen, View::Behind(behind))) => {
                    behind.push(now, transaction.clone());
                }
                Some((Run::Down, _)) | None => {}
            }
        }
    }

    /// A zxid that changes no node. Returns it.
    pub(super) fn record(&mut self, now: Instant) -> i64 {
        let at = self.next_stamp(now);
        self.tree.advance(at.zxid);
        self.publish(now, Transaction { at, changes: Vec::new() }, &[]);
        at.zxid
    }

    /// Nodes go that nobody asked to delete. Returns the zxid.
    pub(super) fn delete_all(&mut self, now: Instant, deletes: Vec<Change>) -> i64 {
        let at = self.next_stamp(now);
        let transaction = Transaction { at, changes: deletes };
        let applied = self.tree.follow(&transaction);
        self.publish(now, transaction, &applied);
        at.zxid
    }

    /// A session is over: its ephemeral nodes go with it. Returns the zxid.
    pub(super) fn end_session(&mut self, now: Instant, session: i64) -> i64 {
        let nodes = self.tree.ephemerals(session);
        let deletes = nodes.map(|path| Change::Delete { path: path.into() }).collect();
        match self.sessions.close(session).map(|session| session.scope) {
            Some(super::Scope::Ensemble) => self.delete_all(now, deletes),
            Some(super::Scope::Connection) | None => self.tree.zxid(),
        }
    }

    /// A member sees what it has lagged behind of, as far as it is time.
    pub(super) fn catch_up(&mut self, now: Instant, member: usize) {
        let mut has_moved = false;
        while let Some(transaction) = self.behind(member).and_then(|behind| behind.take_due(now)) {
            let tree = self.behind(member).map(|behind| &mut behind.tree);
            let applied = tree.map(|tree| tree.follow(&transaction)).unwrap_or_default();
            self.fire(now, member, &transaction, &applied);
            has_moved = true;
        }
        if self.behind(member).is_some_and(|behind| behind.is_over()) {
            self.set_view(member, View::Current);
            has_moved = true;
        }
        if has_moved {
            self.release(now, member);
        }
    }

    pub(super) fn behind(&mut self, member: usize) -> Option<&mut super::member::Behind> {
        match self.members.get_mut(member).map(|member| &mut member.view) {
            Some(View::Behind(behind)) => Some(behind),
            Some(View::Current) | None => None,
        }
    }

    pub(super) fn set_view(&mut self, member: usize, view: View) {
        if let Some(member) = self.members.get_mut(member) {
            member.view = view;
        }
    }

    /// Answers that have waited for the member to see what they tell.
    fn release(&mut self, now: Instant, member: usize) {
        let seen = self.view(member).zxid();
        let ready: Vec<_> = self
            .connections
            .iter()
            .filter(|(_, open)| open.member == member)
            .filter(|(_, open)| matches!(open.wait, Some(Wait::View { zxid, .. }) if zxid <= seen))
            .map(|(id, _)| *id)
            .collect();
        for id in ready {
            let wait = self.connections.get_mut(&id).and_then(|open| open.wait.take());
            if let Some(Wait::View { zxid, reply, after }) = wait {
                self.send(now, id, zxid, reply, after);
                self.advance(now, id);
            }
        }
    }

    /// Tells those who watch at this member, and may read the node.
    fn fire(
        &mut self,
        now: Instant,
        member: usize,
        transaction: &Transaction,
        applied: &[Applied],
    ) {
        let Some(watches) = self.members.get_mut(member).map(|member| &mut member.watches) else {
            return;
        };
        if watches.is_empty() {
            return;
        }
        let mut told: Vec<ConnectionId> = Vec::new();
        for (change, applied) in transaction.changes.iter().zip(applied) {
            let lists = [&applied.acl, &applied.parent_acl];
            for (occurrence, acl) in occurrences(change).into_iter().flatten().zip(lists) {
                for id in watches.take(occurrence) {
                    let Some(open) = self.connections.get_mut(&id) else { continue };
                    let caller = Caller { session: 0, identities: &open.identities };
                    let readable =
                        acl.as_ref().is_some_and(|acl| permits(acl, caller, Permissions::READ));
                    if readable && matches!(open.stage, Stage::Open { .. }) {
                        open.notify(transaction.at.zxid, occurrence.kind, occurrence.path);
                        told.push(id);
                    }
                }
            }
        }
        told.into_iter().for_each(|id| self.settle(now, id));
    }
}
