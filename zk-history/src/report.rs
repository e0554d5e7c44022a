//! What a history has in it.

use std::collections::BTreeMap;
use std::fmt;

use zk_proto::OpCode;

/// What a history without violations has in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Requests that were answered, by operation.
    pub answered: BTreeMap<OpCode, usize>,
    /// Transactions that were told of, or left traces.
    pub transactions: usize,
    /// Writes that the servers refused.
    pub refused: usize,
    /// Writes without an answer.
    pub lost: usize,
    /// Of these, those that are known to have been applied.
    pub lost_applied: usize,
    /// Transactions that were inferred though nothing shows their zxid.
    pub hidden: usize,
    /// Events of watches.
    pub events: usize,
    /// Connections with a session.
    pub connections: usize,
    /// Sessions.
    pub sessions: usize,
    /// Sessions that ended without being told so, of those that had ephemeral nodes.
    pub expired: usize,
    /// Answers that were not the next ones to come, for which clients gave their connection up.
    pub misplaced: usize,
    /// The last zxid.
    pub last_zxid: i64,
}

impl Report {
    /// How many requests of these operations were answered.
    pub fn count(&self, ops: impl IntoIterator<Item = OpCode>) -> usize {
        ops.into_iter().filter_map(|op| self.answered.get(&op)).sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total: usize = self.answered.values().sum();
        writeln!(f, "{total} requests answered:")?;
        for (op, count) in &self.answered {
            writeln!(f, "  {count:8} {op}")?;
        }
        let Self { transactions, refused, lost, lost_applied, hidden, events, .. } = self;
        writeln!(f, "{transactions} transactions; {refused} writes refused")?;
        writeln!(f, "{lost} writes without an answer, {lost_applied} of them applied")?;
        writeln!(f, "{hidden} transactions inferred without a trace of their zxid")?;
        writeln!(f, "{events} events of watches")?;
        let Self { connections, sessions, expired, misplaced, last_zxid, .. } = self;
        writeln!(f, "{sessions} sessions on {connections} connections; {expired} expired")?;
        writeln!(f, "{misplaced} connections given up for an answer out of order")?;
        write!(f, "last zxid {last_zxid:#x}")
    }
}
