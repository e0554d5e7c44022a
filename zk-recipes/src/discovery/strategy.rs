//! Which of several instances to use.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use super::ServiceInstance;

/// Which of several instances to use. It runs in [`choose`](super::ServiceProvider::choose), one
/// call at a time.
pub trait Strategy<P>: Send {
    /// The index of one of these, which are in the order of their ids and are all in use; `None`
    /// for none of them. There is at least one.
    fn choose(&mut self, instances: &[Arc<ServiceInstance<P>>]) -> Option<usize>;
}

/// One after the other.
#[derive(Clone, Debug, Default)]
pub struct RoundRobin {
    next: usize,
}

impl<P> Strategy<P> for RoundRobin {
    fn choose(&mut self, instances: &[Arc<ServiceInstance<P>>]) -> Option<usize> {
        let chosen = self.next.checked_rem(instances.len());
        self.next = self.next.wrapping_add(1);
        chosen
    }
}

/// Any.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// Other choices each time.
    #[must_use]
    pub fn new() -> Self {
        Self::with_seed(RandomState::new().hash_one(0))
    }

    /// The same choices again from the same seed.
    #[must_use]
    pub const fn with_seed(seed: u64) -> Self {
        Self { state: seed }
    }

    /// `SplitMix64`.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Default for Random {
    fn default() -> Self {
        Self::new()
    }
}

impl<P> Strategy<P> for Random {
    fn choose(&mut self, instances: &[Arc<ServiceInstance<P>>]) -> Option<usize> {
        let count = u64::try_from(instances.len()).ok()?;
        usize::try_from(self.next().checked_rem(count)?).ok()
    }
}

/// The same one for as long as it is there; then another one, by another strategy.
#[derive(Clone, Debug, Default)]
pub struct Sticky<S> {
    other: S,
    id: Option<String>,
}

impl<S> Sticky<S> {
    /// Chooses by this strategy, when it has to.
    #[must_use]
    pub const fn new(other: S) -> Self {
        Self { other, id: None }
    }
}

impl<P, S: Strategy<P>> Strategy<P> for Sticky<S> {
    fn choose(&mut self, instances: &[Arc<ServiceInstance<P>>]) -> Option<usize> {
        let is_same = |instance: &Arc<ServiceInstance<P>>| Some(&instance.id) == self.id.as_ref();
        if let Some(index) = instances.iter().position(is_same) {
            return Some(index);
        }
        let index = self.other.choose(instances)?;
        self.id = instances.get(index).map(|instance| instance.id.clone());
        Some(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(strategy: &mut impl Strategy<String>, ids: &[&str]) -> String {
        let instances: Vec<_> =
            ids.iter().map(|id| Arc::new(ServiceInstance::new("s", id))).collect();
        let index = strategy.choose(&instances);
        index.and_then(|index| ids.get(index)).unwrap_or(&"none").to_string()
    }

    #[test]
    fn round_robin_takes_turns_also_when_there_are_fewer() {
        let mut strategy = RoundRobin::default();
        let all = ["a", "b", "c"];
        let four: Vec<_> = (0..4).map(|_| chosen(&mut strategy, &all)).collect();
        assert_eq!(four, ["a", "b", "c", "a"]);
        assert_eq!(chosen(&mut strategy, &["a"]), "a");
        assert_eq!(chosen(&mut strategy, &[]), "none");
    }

    #[test]
    fn random_takes_all_of_them_and_the_same_from_the_same_seed() {
        let all = ["a", "b", "c"];
        let draw = || {
            let mut strategy = Random::with_seed(7);
            (0..30).map(|_| chosen(&mut strategy, &all)).collect::<Vec<_>>()
        };
        assert_eq!(draw(), draw());
        assert!(all.iter().all(|id| draw().iter().any(|chosen| chosen == id)));
    }

    #[test]
    fn sticky_stays_until_its_instance_is_gone() {
        let mut strategy = Sticky::new(RoundRobin::default());
        assert_eq!(chosen(&mut strategy, &["a", "b"]), "a");
        assert_eq!(chosen(&mut strategy, &["0", "a", "b"]), "a");
        assert_eq!(chosen(&mut strategy, &["0", "b"]), "b");
        assert_eq!(chosen(&mut strategy, &["a", "b"]), "b");
    }
}
