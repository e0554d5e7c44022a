//! What all caches are for their owners.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use zk_client::machine::{Feed, Task, Updates};
use zk_client::{Client, Mode};

use super::CacheChange;
use super::engine::Engine;
use super::scope::Scope;
use super::snapshot::Snapshot;
use super::sync::{Counter, Syncs};
use super::view::{Teller, View};

/// How far a reader of changes may be behind.
const BUFFER: usize = 4096;

/// A cache at work.
pub(super) struct Handle<M: Mode> {
    task: Task,
    root: Arc<str>,
    view: Arc<View>,
    feed: Feed<CacheChange>,
    counter: Counter,
    mode: PhantomData<fn() -> M>,
}

impl<M: Mode> Handle<M> {
    /// Starts a cache, and answers when all has been read once.
    pub(super) fn start<T: Send + 'static>(
        client: &Client<M>,
        root: &str,
        scope: Scope,
        wrap: impl FnOnce(Self) -> T + Send + 'static,
    ) -> M::Output<T> {
        let (root, view, counter) = (Arc::from(root), Arc::<View>::default(), Counter::new());
        let (publisher, feed) = Feed::new(BUFFER, |_| CacheChange::Resync);
        let teller = Teller::new(view.clone(), publisher);
        let engine = Engine::new(Arc::clone(&root), scope, teller, Syncs::new(counter.clone()));
        client.host(engine, move |(), task| {
            wrap(Self { task, root, view, feed, counter, mode: PhantomData })
        })
    }

    pub(super) fn root(&self) -> &str {
        &self.root
    }

    pub(super) fn look<T>(&self, look: impl FnOnce(&Snapshot) -> T) -> T {
        self.view.look(look)
    }

    pub(super) fn is_current(&self) -> bool {
        self.view.is_current()
    }

    pub(super) fn changes(&self) -> Updates<M, CacheChange> {
        self.feed.subscribe(&self.task.client())
    }

    pub(super) fn sync(&self) -> M::Output<()> {
        self.task.client::<M>().promised(|promise| {
            self.counter.push(promise);
            self.task.call();
        })
    }

    pub(super) fn stop(self) -> M::Output<()> {
        self.task.stop::<M>()
    }
}

impl<M: Mode> fmt::Debug for Handle<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("root", &self.root).finish_non_exhaustive()
    }
}
