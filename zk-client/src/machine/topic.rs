//! A value that a machine keeps up to date.

use std::fmt;
use std::sync::{Arc, Mutex};

use super::{Feed, FeedPublisher, Updates};
use crate::slot::lock;
use crate::{Client, Mode};

/// How far a reader may be behind. After that only the latest value is kept.
const BUFFER: usize = 16;

/// A value that a machine keeps up to date: to look at, and to hear of. Clones are the same.
pub struct Topic<V> {
    value: Arc<Mutex<V>>,
    feed: Feed<V>,
}

/// The machine's end of a [`Topic`]: dropping it ends the readers' streams.
pub struct Publisher<V> {
    value: Arc<Mutex<V>>,
    feed: FeedPublisher<V>,
}

impl<V: Clone> Topic<V> {
    /// Of this value, at first.
    #[must_use]
    pub fn new(value: V) -> (Publisher<V>, Self) {
        let value = Arc::new(Mutex::new(value));
        let (publisher, feed) = Feed::new(BUFFER, |latest| latest);
        (Publisher { value: value.clone(), feed: publisher }, Self { value, feed })
    }

    /// The present value.
    #[must_use]
    pub fn value(&self) -> V {
        lock(&self.value).clone()
    }

    /// Looks at the present value, which cannot change meanwhile.
    pub fn with<T>(&self, look: impl FnOnce(&V) -> T) -> T {
        look(&lock(&self.value))
    }

    /// The present value, and each newer one. A reader that is far behind misses some, never the
    /// last.
    #[must_use]
    pub fn updates<M: Mode>(&self, client: &Client<M>) -> Updates<M, V> {
        let value = lock(&self.value);
        self.feed.subscribe_with(client, Some(value.clone()))
    }
}

impl<V: Clone + PartialEq> Publisher<V> {
    /// From now on, the value is this. Readers hear of it if it is another.
    pub fn set(&self, value: V) {
        let mut place = lock(&self.value);
        if *place == value {
            return;
        }
        let before = std::mem::replace(&mut *place, value.clone());
        drop(place);
        drop(before);
        self.feed.push(value);
    }

    /// The present value.
    #[must_use]
    pub fn value(&self) -> V {
        lock(&self.value).clone()
    }
}

impl<V> Clone for Topic<V> {
    fn clone(&self) -> Self {
        Self { value: self.value.clone(), feed: self.feed.clone() }
    }
}

impl<V: fmt::Debug> fmt::Debug for Topic<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Topic").field(&*lock(&self.value)).finish()
    }
}

impl<V: fmt::Debug> fmt::Debug for Publisher<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Publisher").field(&*lock(&self.value)).finish()
    }
}
