//! Values on their way from the driver to one reader.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use crate::slot::lock;

/// A bounded queue with one reader.
#[derive(Debug)]
pub(crate) struct Queue<V> {
    content: Mutex<Content<V>>,
    limit: usize,
}

#[derive(Debug)]
struct Content<V> {
    values: VecDeque<V>,
    is_ended: bool,
    waker: Option<Waker>,
}

impl<V> Queue<V> {
    /// An empty queue for at most `limit` values.
    pub(crate) fn new(limit: usize) -> Self {
        let content = Content { values: VecDeque::new(), is_ended: false, waker: None };
        Self { content: Mutex::new(content), limit: limit.max(1) }
    }

    /// Adds a value. If there is no room, `overflow` stands for all that were there and for it.
    pub(crate) fn push(&self, value: V, overflow: impl FnOnce(VecDeque<V>, V) -> V) {
        self.change(|content| {
            if content.values.len() < self.limit {
                content.values.push_back(value);
            } else {
                let values = std::mem::take(&mut content.values);
                content.values.push_back(overflow(values, value));
            }
        });
    }

    /// There will be no more.
    pub(crate) fn end(&self) {
        self.change(|content| content.is_ended = true);
    }

    /// The next value; `None` at the end.
    pub(crate) fn poll_next(&self, cx: &Context<'_>) -> Poll<Option<V>> {
        let mut content = lock(&self.content);
        if let Some(value) = content.values.pop_front() {
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
        lock(&self.content).values.pop_front()
    }

    fn change(&self, f: impl FnOnce(&mut Content<V>)) {
        let mut content = lock(&self.content);
        f(&mut content);
        let waker = content.waker.take();
        drop(content);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
