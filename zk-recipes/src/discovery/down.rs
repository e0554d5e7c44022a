//! Instances that do not answer.

use std::collections::HashMap;
use std::time::Duration;

use zk_client::Instant;

/// When an instance counts as down: Curator's `DownInstancePolicy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DownPolicy {
    /// After how many errors.
    pub errors: u32,
    /// For how long, since the first of them. Then they are forgotten.
    pub time: Duration,
}

impl DownPolicy {
    /// Down for this time, since the first of so many errors.
    #[must_use]
    pub const fn new(errors: u32, time: Duration) -> Self {
        Self { errors, time }
    }
}

impl Default for DownPolicy {
    /// Two errors, 30 seconds.
    fn default() -> Self {
        Self::new(2, Duration::from_secs(30))
    }
}

/// Errors that were noted, by the ids of instances.
#[derive(Debug, Default)]
pub(super) struct Errors(HashMap<String, (Instant, u32)>);

impl Errors {
    pub(super) fn note(&mut self, policy: DownPolicy, now: Instant, id: &str) {
        self.forget(policy, now);
        let (_, count) = self.0.entry(id.to_owned()).or_insert((now, 0));
        *count = count.saturating_add(1);
    }

    pub(super) fn forget(&mut self, policy: DownPolicy, now: Instant) {
        self.0.retain(|_, (since, _)| now.saturating_since(*since) < policy.time);
    }

    pub(super) fn is_down(&self, policy: DownPolicy, id: &str) -> bool {
        self.0.get(id).is_some_and(|(_, count)| *count >= policy.errors)
    }
}
