//! What happens when nobody does anything.

use zk_proto::Instant;

use super::connection::{After, Stage, Wait};
use super::{ConnectionId, Engine, Leadership};

impl Engine {
    /// Time passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        if let Leadership::Electing { until } = self.leadership
            && until <= now
        {
            self.elect(now);
        }
        for member in 0..self.members.len() {
            if !self.is_frozen(member) {
                self.catch_up(now, member);
            }
        }
        while let Some(session) = self.sessions.expired(now).filter(|_| self.has_leader()) {
            self.expire(now, session);
        }
        while let Some((_, id)) = self.deadlines.first().copied().filter(|(at, _)| *at <= now) {
            self.handle_deadline(now, id);
        }
        self.reap(now);
    }

    /// When to call [`handle_timeout`](Self::handle_timeout) next, if nothing comes before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let election = match self.leadership {
            Leadership::Electing { until } => Some(until),
            Leadership::Leader(_) | Leadership::Nobody => None,
        };
        let expiry = self.sessions.next_expiry().filter(|_| self.has_leader());
        let deadline = self.deadlines.first().map(|(at, _)| *at);
        let reap = Some(self.next_reap).filter(|_| self.has_leader() && self.tree.has_mortals());
        let views = (0..self.members.len()).filter(|member| !self.is_frozen(*member));
        let view = views.filter_map(|member| self.view_due(member)).min();
        [election, expiry, deadline, reap, view].into_iter().flatten().min()
    }

    /// A session has not been heard of for too long.
    pub(super) fn expire(&mut self, now: Instant, session: i64) {
        let connection = self.sessions.get(session).and_then(|session| session.connection);
        self.end_session(now, session);
        if let Some(connection) = connection {
            self.end(now, connection, Stage::Closing);
        }
    }

    fn handle_deadline(&mut self, now: Instant, id: ConnectionId) {
        let Some(open) = self.connections.get_mut(&id) else { return };
        let has_delay = matches!(open.wait, Some(Wait::Delay { until, .. }) if until <= now);
        let delayed = open.wait.take_if(|_| has_delay);
        match delayed {
            Some(Wait::Delay { request, .. }) => {
                self.carry_out(now, id, &request, After::GoOn);
                self.advance(now, id);
            }
            Some(Wait::View { .. } | Wait::Forever) | None => self.end(now, id, Stage::Gone),
        }
    }

    /// Containers and nodes with a time to live, each with a zxid of its own.
    fn reap(&mut self, now: Instant) {
        if now < self.next_reap {
            return;
        }
        self.next_reap = now + self.config.container_check;
        if self.has_leader() {
            for delete in self.tree.reapable(self.next_stamp(now).time) {
                self.delete_all(now, vec![delete]);
            }
        }
    }

    pub(super) fn has_leader(&self) -> bool {
        matches!(self.leadership, Leadership::Leader(_)) && !self.is_read_only
    }
}
