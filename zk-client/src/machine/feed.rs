//! Values that a machine tells one after the other.

use std::fmt;
use std::sync::{Arc, Mutex, Weak};

use super::updates::{Told, Updates};
use crate::queue::Queue;
use crate::slot::lock;
use crate::{Client, Mode};

/// What a machine tells, each value to each reader. Its readers subscribe; clones are the same.
pub struct Feed<V>(Arc<Inner<V>>);

/// The machine's end of a [`Feed`]: dropping it ends the readers' streams.
pub struct FeedPublisher<V>(Arc<Inner<V>>);

struct Inner<V> {
    readers: Mutex<Readers<V>>,
    limit: usize,
    overflow: fn(V) -> V,
}

enum Readers<V> {
    Open(Vec<Weak<Queue<Told<V>>>>),
    Ended,
}

impl<V> Feed<V> {
    /// Each reader may be behind by `limit` values. What there is no room for then becomes one
    /// value, what `overflow` makes of the latest.
    #[must_use]
    pub fn new(limit: usize, overflow: fn(V) -> V) -> (FeedPublisher<V>, Self) {
        let readers = Mutex::new(Readers::Open(Vec::new()));
        let inner = Arc::new(Inner { readers, limit, overflow });
        (FeedPublisher(inner.clone()), Self(inner))
    }

    /// Hears all values from now on.
    #[must_use]
    pub fn subscribe<M: Mode>(&self, client: &Client<M>) -> Updates<M, V> {
        self.subscribe_with(client, None)
    }

    /// The same, beginning with these.
    pub(super) fn subscribe_with<M: Mode>(
        &self,
        client: &Client<M>,
        first: impl IntoIterator<Item = V>,
    ) -> Updates<M, V> {
        let queue = Arc::new(Queue::new(self.0.limit));
        first.into_iter().for_each(|value| self.0.push_to(&queue, value));
        match &mut *lock(&self.0.readers) {
            Readers::Open(readers) => {
                readers.retain(|reader| reader.strong_count() > 0);
                readers.push(Arc::downgrade(&queue));
            }
            Readers::Ended => queue.end(),
        }
        Updates::new(client, queue)
    }
}

impl<V: Clone> FeedPublisher<V> {
    /// Tells all readers.
    pub fn push(&self, value: V) {
        for queue in self.readers() {
            self.0.push_to(&queue, value.clone());
        }
    }
}

impl<V> FeedPublisher<V> {
    /// Whether nobody listens, so that a value need not be made.
    #[must_use]
    pub fn is_unheard(&self) -> bool {
        self.readers().is_empty()
    }

    fn readers(&self) -> Vec<Arc<Queue<Told<V>>>> {
        match &*lock(&self.0.readers) {
            Readers::Open(readers) => readers.iter().filter_map(Weak::upgrade).collect(),
            Readers::Ended => Vec::new(),
        }
    }
}

impl<V> Inner<V> {
    fn push_to(&self, queue: &Queue<Told<V>>, value: V) {
        queue.push(Told(value), |Told(latest)| Told((self.overflow)(latest)));
    }
}

impl<V> Drop for FeedPublisher<V> {
    fn drop(&mut self) {
        let readers = std::mem::replace(&mut *lock(&self.0.readers), Readers::Ended);
        if let Readers::Open(readers) = readers {
            readers.iter().filter_map(Weak::upgrade).for_each(|queue| queue.end());
        }
    }
}

impl<V> Clone for Feed<V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<V> fmt::Debug for Feed<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").finish_non_exhaustive()
    }
}

impl<V> fmt::Debug for FeedPublisher<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeedPublisher").finish_non_exhaustive()
    }
}
