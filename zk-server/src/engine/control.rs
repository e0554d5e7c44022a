//! What a test does to an ensemble.

use std::time::Duration;

use zk_proto::Instant;

use super::connection::Stage;
use super::member::{Behind, Lag, Member, Run, View};
use super::{ConnectionId, Engine, FIRST_EPOCH, Leadership, Rule, RuleId};

impl Engine {
    /// Lets a session expire now. Says whether there was one.
    pub fn expire_session(&mut self, now: Instant, session: i64) -> bool {
        let is_there = self.sessions.get(session).is_some();
        if is_there {
            self.expire(now, session);
        }
        is_there
    }

    /// Lets all sessions expire, as a server does that was set up anew: their connections end, their
    /// ephemeral nodes go, and resuming them is refused.
    pub fn forget_sessions(&mut self, now: Instant) {
        let sessions: Vec<_> = self.sessions.iter().map(|(id, _)| id).collect();
        sessions.into_iter().for_each(|session| self.expire(now, session));
    }

    /// Ends all connections, or those of one member. Sessions live on.
    pub fn drop_connections(&mut self, now: Instant, member: Option<usize>) {
        let is_meant = |of: usize| member.is_none_or(|member| member == of);
        let ids = self.connections.iter().filter(|(_, open)| is_meant(open.member));
        let ids: Vec<_> = ids.map(|(id, _)| *id).collect();
        ids.into_iter().for_each(|id| self.end(now, id, Stage::Gone));
    }

    /// A member stands still: it takes connections and bytes, and does nothing with them. If it led,
    /// the others elect another one. One that is down stays so.
    pub fn freeze(&mut self, now: Instant, member: usize) {
        if self.is_up(member) {
            self.set_run(now, member, Run::Frozen);
        }
    }

    /// A member goes on after it was frozen.
    pub fn thaw(&mut self, now: Instant, member: usize) {
        if self.is_frozen(member) {
            self.set_run(now, member, Run::Up);
        }
    }

    /// A member is gone, and its connections with it. If it led, all connections end, and nobody
    /// serves until another one is elected.
    pub fn kill(&mut self, now: Instant, member: usize) {
        self.drop_connections(now, Some(member));
        self.set_run(now, member, Run::Down);
    }

    /// A member is there again, and has seen everything.
    pub fn restart(&mut self, now: Instant, member: usize) {
        if let Some(member) = self.members.get_mut(member).filter(|member| member.run == Run::Down)
        {
            *member = Member { run: Run::Down, ..Member::default() };
        }
        self.set_run(now, member, Run::Up);
    }

    /// How far a member's view is behind from now on. The leader's never is.
    pub fn lag(&mut self, now: Instant, member: usize, lag: Lag) {
        let lag = if lag == Lag::By(Duration::ZERO) { Lag::None } else { lag };
        if self.leadership == Leadership::Leader(member) && lag != Lag::None {
            return;
        }
        match self.behind(member) {
            Some(behind) => behind.lag = lag,
            None if lag == Lag::None => {}
            None => {
                let view = View::Behind(Box::new(Behind::new(self.tree.clone(), lag)));
                self.set_view(member, view);
            }
        }
        self.catch_up(now, member);
    }

    /// All members serve reads only, or everything again. Either ends all connections.
    pub fn set_read_only(&mut self, now: Instant, is_read_only: bool) {
        if self.is_read_only != is_read_only {
            self.is_read_only = is_read_only;
            self.drop_connections(now, None);
            self.sessions.touch_all(now);
        }
    }

    /// Has something go wrong from now on.
    pub fn add_rule(&mut self, rule: Rule) -> RuleId {
        self.rules.add(rule)
    }

    /// Lets it go well again. Says whether there was such a rule.
    pub fn remove_rule(&mut self, rule: RuleId) -> bool {
        self.rules.remove(rule)
    }

    fn set_run(&mut self, now: Instant, member: usize, run: Run) {
        let Some(changed) = self.members.get_mut(member).filter(|member| member.run != run) else {
            return;
        };
        changed.run = run;
        self.elect(now);
        let here = self.connections.iter().filter(|(_, open)| open.member == member);
        let here: Vec<ConnectionId> = here.map(|(id, _)| *id).collect();
        for id in here {
            self.hear(now, id);
            self.settle(now, id);
        }
    }

    /// Settles who leads, after a member came or went, or an election took its time.
    pub(super) fn elect(&mut self, now: Instant) {
        let is_up = |member: &usize| self.members.get(*member).is_some_and(|m| m.run == Run::Up);
        let up: Vec<usize> = (0..self.members.len()).filter(is_up).collect();
        let has_quorum = up.len() > self.members.len() / 2;
        let current = |member: &&usize| {
            matches!(self.members.get(**member).map(|m| &m.view), Some(View::Current))
        };
        let next = up.iter().find(current).or_else(|| up.first()).copied();
        match (self.leadership, next.filter(|_| has_quorum)) {
            (Leadership::Leader(leader), Some(_)) if up.contains(&leader) => {}
            (Leadership::Electing { until }, Some(leader)) if until <= now => {
                self.lead(now, leader);
            }
            (Leadership::Electing { .. }, Some(_)) => {}
            (Leadership::Leader(_) | Leadership::Nobody, Some(leader)) => {
                self.step_down(now);
                if self.members.len() == 1 || self.config.election.is_zero() {
                    self.lead(now, leader);
                } else {
                    let until = now + self.config.election;
                    self.leadership = Leadership::Electing { until };
                }
            }
            (Leadership::Leader(_) | Leadership::Electing { .. }, None) => {
                self.step_down(now);
                self.leadership = Leadership::Nobody;
            }
            (Leadership::Nobody, None) => {}
        }
    }

    /// Without a leader, members let go of their clients. A server alone only stands still.
    fn step_down(&mut self, now: Instant) {
        if self.members.len() > 1 {
            self.drop_connections(now, None);
        }
    }

    /// A new leader has seen everything, counts zxids in an epoch of its own, and gives all sessions
    /// their whole time.
    fn lead(&mut self, now: Instant, leader: usize) {
        self.leadership = Leadership::Leader(leader);
        self.lag(now, leader, Lag::None);
        if self.members.len() > 1 {
            self.tree.advance((self.tree.zxid() / FIRST_EPOCH).saturating_add(1) * FIRST_EPOCH);
            self.sessions.touch_all(now);
        }
    }
}
