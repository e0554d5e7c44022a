//! Where the values of a configuration come from.

use std::sync::{Arc, Mutex, PoisonError};

use zk_client::{Mode, Stat};

use super::{ConfigError, Format, Value};
use crate::cache::{CachedNode, NodeCache};

/// A node, and how to read it. Values are decoded by those who ask for them, once each.
pub(super) struct Source<M: Mode, T> {
    pub(super) cache: NodeCache<M>,
    pub(super) format: Box<dyn Format<T>>,
    state: Mutex<State<T>>,
}

struct State<T> {
    default: Option<Arc<T>>,
    /// What was looked at last.
    seen: Option<Seen<T>>,
    /// The last value that was one.
    good: Option<Value<T>>,
}

struct Seen<T> {
    of: Written,
    result: Result<Value<T>, ConfigError>,
}

/// Which state of the node, if it exists: when it was created, and written.
pub(super) type Written = Option<(i64, i64)>;

impl<M: Mode, T: 'static> Source<M, T> {
    pub(super) fn new(cache: NodeCache<M>, format: Box<dyn Format<T>>) -> Self {
        let state = State { default: None, seen: None, good: None };
        Self { cache, format, state: Mutex::new(state) }
    }

    pub(super) fn set_default(&self, default: T) {
        let mut state = self.lock();
        let before = (state.default.replace(Arc::new(default)), state.seen.take());
        drop(state); // values are the user's
        drop(before);
    }

    /// What is written now, and which state of the node that is.
    pub(super) fn present(&self) -> (Written, Result<Value<T>, ConfigError>) {
        let node = self.cache.get();
        let of = node.as_ref().map(|node| written(node.stat()));
        if let Some(seen) = self.lock().seen.as_ref().filter(|seen| seen.of == of) {
            return (of, seen.result.clone());
        }
        let result = match &node {
            Some(node) => self.decode(node),
            None => self.default(),
        };
        self.keep(Seen { of, result: result.clone() });
        (of, result)
    }

    /// What is written now, or was before if that is not a value.
    pub(super) fn usable(&self) -> Result<Value<T>, ConfigError> {
        self.present().1.or_else(|error| {
            let state = self.lock();
            state.good.clone().or_else(|| of_default(&state)).ok_or(error)
        })
    }

    fn decode(&self, node: &CachedNode) -> Result<Value<T>, ConfigError> {
        let version = node.stat().version;
        match self.format.decode(node.data()) {
            Ok(value) => Ok(Value::new(Arc::new(value), Some(version))),
            Err(source) => {
                let path = self.cache.path().into();
                Err(ConfigError::Invalid { path, version, source: source.into() })
            }
        }
    }

    fn default(&self) -> Result<Value<T>, ConfigError> {
        let missing = || ConfigError::Missing { path: self.cache.path().into() };
        of_default(&self.lock()).ok_or_else(missing)
    }

    /// Another thread may have looked meanwhile, at something newer.
    fn keep(&self, seen: Seen<T>) {
        let mut state = self.lock();
        if state.seen.as_ref().is_some_and(|other| other.of > seen.of && seen.of.is_some()) {
            return;
        }
        let good = seen.result.as_ref().ok().cloned().and_then(|value| state.good.replace(value));
        let before = (good, state.seen.replace(seen));
        drop(state); // values are the user's
        drop(before);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn of_default<T>(state: &State<T>) -> Option<Value<T>> {
    state.default.clone().map(|value| Value::new(value, None))
}

fn written(stat: &Stat) -> (i64, i64) {
    (stat.czxid, stat.mzxid)
}
