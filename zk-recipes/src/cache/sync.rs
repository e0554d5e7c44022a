//! Who waits until a cache has all that was written before.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use zk_client::machine::{Cx, Promise};
use zk_client::{Error, ErrorKind, Sync};
use zk_proto::Answer;

/// Where the owners of a cache queue up, for as long as its machine is at work.
#[derive(Clone, Debug)]
pub(super) struct Counter(Arc<Mutex<Option<VecDeque<Promise<()>>>>>);

impl Counter {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Some(VecDeque::new()))))
    }

    /// Queues up. Dropped, if nobody works here any more.
    pub(super) fn push(&self, promise: Promise<()>) {
        let refused = self.with(|queue| match queue {
            Some(queue) => {
                queue.push_back(promise);
                None
            }
            None => Some(promise),
        });
        drop(refused); // its owner is woken
    }

    fn take(&self) -> Option<Promise<()>> {
        self.with(|queue| queue.as_mut()?.pop_front())
    }

    fn close(&self) {
        self.with(Option::take);
    }

    fn with<T>(&self, f: impl FnOnce(&mut Option<VecDeque<Promise<()>>>) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Who waits until the cache has all that was written before they asked.
///
/// A server answers a `sync` when it has told of all that; then what it told is read.
#[derive(Debug)]
pub(super) struct Syncs {
    counter: Counter,
    /// Of each the server was asked to catch up.
    asked: VecDeque<Promise<()>>,
    /// The server has told them all.
    told: Vec<Promise<()>>,
}

impl Syncs {
    pub(super) fn new(counter: Counter) -> Self {
        Self { counter, asked: VecDeque::new(), told: Vec::new() }
    }

    /// Asks for whoever has come.
    pub(super) fn call(&mut self, cx: &mut Cx<'_>, tag: u64, root: &str) {
        while let Some(promise) = self.counter.take() {
            self.ask(cx, tag, root, promise);
        }
    }

    fn ask(&mut self, cx: &mut Cx<'_>, tag: u64, root: &str, promise: Promise<()>) {
        if !promise.is_abandoned() {
            self.asked.push_back(promise);
            cx.call(tag, &Sync::new(root));
        }
    }

    /// The first of those who were asked for.
    pub(super) fn answered(&mut self, cx: &mut Cx<'_>, tag: u64, root: &str, answer: Answer) {
        let Some(promise) = self.asked.pop_front() else { return };
        match cx.decode::<Sync<'_>>(answer) {
            Ok(_) => self.told.push(promise),
            Err(error) if is_lost(&error) => self.ask(cx, tag, root, promise),
            Err(error) => promise.fulfil(Err(error)),
        }
    }

    /// All that was told has been read.
    pub(super) fn settle(&mut self) {
        self.told.drain(..).for_each(|promise| promise.fulfil(Ok(())));
    }
}

impl Drop for Syncs {
    fn drop(&mut self) {
        self.counter.close();
    }
}

/// Whether it is only the connection that failed.
pub(super) fn is_lost(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionLost { .. })
}
