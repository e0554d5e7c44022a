//! Numbers for those who watch over servers.

use std::fmt::Write;

use zk_proto::Instant;

use super::super::{Engine, Scope};
use super::report::VERSION;

impl Engine {
    /// The numbers of `mntr` that mean something here, under Apache's names.
    pub(super) fn monitor(&self, now: Instant, member: usize) -> String {
        let tree = self.view(member);
        let here = || self.connections.values().filter(|open| open.member == member);
        let watches = self.members.get(member).map_or(0, |member| member.watches.totals().2);
        let ephemerals: usize = tree.owners().map(|owner| tree.ephemerals(owner).count()).sum();
        let count = |scope| self.sessions.iter().filter(|(_, s)| s.scope == scope).count();
        let numbers = [
            ("ephemerals_count", ephemerals),
            ("num_alive_connections", here().count()),
            ("avg_latency", 0),
            ("min_latency", 0),
            ("max_latency", 0),
            ("outstanding_requests", here().map(|open| open.requests.len()).sum()),
            ("znode_count", tree.len().saturating_add(1)),
            ("global_sessions", count(Scope::Ensemble)),
            ("local_sessions", count(Scope::Connection)),
            ("watch_count", watches),
            ("approximate_data_size", tree.size()),
            ("packets_sent", number(here().map(|open| open.traffic.sent).sum())),
            ("packets_received", number(here().map(|open| open.traffic.received).sum())),
            ("uptime", millis(now)),
        ];
        let mut text = format!("zk_version\t{VERSION}\nzk_server_state\t{}\n", self.mode(member));
        for (name, value) in numbers {
            let _ = writeln!(text, "zk_{name}\t{value}");
        }
        if self.leader() == Some(member) && self.members.len() > 1 {
            let others = (0..self.members.len()).filter(|other| *other != member);
            let followers = others.filter(|other| self.is_up(*other)).count();
            let _ = writeln!(text, "zk_synced_followers\t{followers}\nzk_learners\t{followers}");
            let _ = writeln!(text, "zk_quorum_size\t{}", self.members.len());
        }
        text
    }
}

fn millis(now: Instant) -> usize {
    usize::try_from(now.saturating_since(Instant::ORIGIN).as_millis()).unwrap_or(usize::MAX)
}

fn number(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
