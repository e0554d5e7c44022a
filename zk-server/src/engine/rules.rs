//! What a test has go wrong on purpose.

use std::fmt;
use std::time::Duration;

use zk_proto::{ErrorCode, OpCode};

/// What happens to some requests, instead of what should.
///
/// ```
/// use zk_proto::{ErrorCode, OpCode};
/// use zk_server::{Effect, Rule};
///
/// let rule = Rule::new(Effect::Fail(ErrorCode::Throttled), |op, path| {
///     op == OpCode::SetData && path.starts_with("/config")
/// });
/// let once = rule.times(1);
/// ```
pub struct Rule {
    effect: Effect,
    matches: Predicate,
    times: Option<usize>,
}

type Predicate = Box<dyn Fn(OpCode, &str) -> bool + Send>;

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It is carried out so much later; what comes behind it on its connection waits.
    Delay(Duration),
    /// It is not carried out, and answered with this code.
    Fail(ErrorCode),
    /// It is not carried out, and the connection closed.
    Drop,
    /// It is carried out, and the connection closed without an answer.
    Lose,
    /// It is carried out, and the connection closed after so many bytes of the answer.
    Cut(usize),
    /// It is not carried out and never answered, nor is what comes behind it on its connection.
    Hold,
}

/// Names a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleId(u64);

impl Rule {
    /// This happens to the requests of which `matches` says so, by their operation and their path.
    /// A transaction has the path of its first operation, and what is about no node an empty one.
    #[must_use]
    pub fn new(effect: Effect, matches: impl Fn(OpCode, &str) -> bool + Send + 'static) -> Self {
        Self { effect, matches: Box::new(matches), times: None }
    }

    /// Only to the next so many of them.
    #[must_use]
    pub fn times(self, times: usize) -> Self {
        Self { times: Some(times), ..self }
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { effect, times, matches: _ } = self;
        f.debug_struct("Rule").field("effect", effect).field("times", times).finish_non_exhaustive()
    }
}

/// The rules in force, the oldest first, and how often each has been met.
#[derive(Debug, Default)]
pub(super) struct Rules {
    rules: Vec<(RuleId, Rule, usize)>,
    last: u64,
}

impl Rules {
    pub(super) fn add(&mut self, rule: Rule) -> RuleId {
        self.last = self.last.wrapping_add(1);
        self.rules.push((RuleId(self.last), rule, 0));
        RuleId(self.last)
    }

    pub(super) fn remove(&mut self, id: RuleId) -> bool {
        let before = self.rules.len();
        self.rules.retain(|(other, ..)| *other != id);
        self.rules.len() < before
    }

    pub(super) fn hits(&self, id: RuleId) -> usize {
        self.rules.iter().find(|(other, ..)| *other == id).map_or(0, |(.., hits)| *hits)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The effect of the first rule that a request meets.
    pub(super) fn meet(&mut self, op: OpCode, path: &str) -> Option<Effect> {
        let is_left = |rule: &Rule, hits: usize| rule.times.is_none_or(|times| hits < times);
        let mut met = self.rules.iter_mut();
        let (_, rule, hits) =
            met.find(|(_, rule, hits)| is_left(rule, *hits) && (rule.matches)(op, path))?;
        *hits = hits.saturating_add(1);
        Some(rule.effect)
    }
}
