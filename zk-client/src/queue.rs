//! Values on their way from the driver to one reader.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use crate::slot::lock;

/// What a queue can hold.
pub(crate) trait Weigh {
    /// How many ordinary values it counts for; one at least.
    fn weight(&self) -> usize {
        1
    }
}

/// A bounded queue with one reader.
#[derive(Debug)]
pub(crate) struct Queue<V> {
    content: Mutex<Content<V>>,
    limit: usize,
}

#[derive(Debug)]
struct Content<V> {
    /// The oldest, apart: most watches never have two.
    first: Option<V>,
    /// Those behind it.
    more: VecDeque<V>,
    /// Of all of them.
    weight: usize,
    is_ended: bool,
    waker: Option<Waker>,
}

impl<V: Weigh> Queue<V> {
    /// An empty queue for at most `limit` ordinary values. A single one may weigh more.
    pub(crate) fn new(limit: usize) -> Self {
        let (first, more) = (None, VecDeque::new());
        let content = Content { first, more, weight: 0, is_ended: false, waker: None };
        Self { content: Mutex::new(content), limit: limit.max(1) }
    }

    /// Adds a value. If there is no room, `overflow` stands for all that were there and for it.
    pub(crate) fn push(&self, value: V, overflow: impl FnOnce(V) -> V) {
        self.change(|content| content.push(value, self.limit, overflow))
    }

    /// Adds a value, the last one.
    pub(crate) fn push_last(&self, value: V, overflow: impl FnOnce(V) -> V) {
        self.change(|content| {
            content.is_ended = true;
            content.push(value, self.limit, overflow)
        });
    }

    /// There will be no more.
    pub(crate) fn end(&self) {
        self.change(|content| {
            content.is_ended = true;
            VecDeque::new()
        });
    }

    /// The next value; `None` at the end.
    pub(crate) fn poll_next(&self, cx: &Context<'_>) -> Poll<Option<V>> {
        let mut content = lock(&self.content);
        if let Some(value) = content.pop() {
            return Poll::Ready(Some(value));
        }
        if content.is_ended {
            return Poll::Ready(None);
        }
        let is_known = content.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker()));
        let before = if is_known { None } else { content.waker.replace(cx.waker().clone()) };
        drop(content); // another task's waker may run anything when it is dropped
        drop(before);
        Poll::Pending
    }

    /// The next value, if there is one.
    pub(crate) fn try_next(&self) -> Option<V> {
        lock(&self.content).pop()
    }

    /// What `f` takes out is dropped, and the reader woken, without the lock.
    fn change(&self, f: impl FnOnce(&mut Content<V>) -> VecDeque<V>) {
        let mut content = lock(&self.content);
        let gone = f(&mut content);
        let waker = content.waker.take();
        drop(content);
        drop(gone);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<V: Weigh> Content<V> {
    /// Adds a value; returns what there was no room for.
    fn push(&mut self, value: V, limit: usize, overflow: impl FnOnce(V) -> V) -> VecDeque<V> {
        let weight = self.weight + value.weight();
        if self.first.is_none() {
            self.first = Some(value);
        } else if weight <= limit {
            self.more.push_back(value);
        } else {
            let mut gone = std::mem::take(&mut self.more);
            let rest = overflow(value);
            self.weight = rest.weight();
            gone.extend(self.first.replace(rest));
            return gone;
        }
        self.weight = weight;
        VecDeque::new()
    }

    fn pop(&mut self) -> Option<V> {
        let value = std::mem::replace(&mut self.first, self.more.pop_front())?;
        self.weight -= value.weight();
        Some(value)
    }
}
