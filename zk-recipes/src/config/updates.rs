//! The values of a configuration, one after the other.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use futures_core::Stream;
use zk_client::machine::Updates;
use zk_client::{Error, Mode, Reply};

use super::source::{Source, Written};
use super::{ConfigError, Value};
use crate::cache::CacheChange;

/// The values of a configuration: a `Stream` or an iterator. The first is the present one; a reader
/// that is slow gets the latest. What is no value is told as an error. It ends with the
/// configuration, and does not keep it.
pub struct ConfigUpdates<M: Mode, T> {
    changes: Updates<M, CacheChange>,
    source: Weak<Source<M, T>>,
    told: Told,
}

/// What was told last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Nothing,
    Something(Written),
}

type Item<T> = Result<Value<T>, ConfigError>;

impl<M: Mode, T: 'static> ConfigUpdates<M, T> {
    pub(super) fn new(source: &Arc<Source<M, T>>) -> Self {
        let changes = source.cache.changes();
        Self { changes, source: Arc::downgrade(source), told: Told::Nothing }
    }

    /// The next value, if there is one already.
    pub fn try_next(&mut self) -> Option<Item<T>> {
        while self.changes.try_next().is_some() {}
        self.news()
    }

    /// The present value, unless it was told.
    fn news(&mut self) -> Option<Item<T>> {
        let (of, result) = self.source.upgrade()?.present();
        let is_told = std::mem::replace(&mut self.told, Told::Something(of)) == Told::Something(of);
        (!is_told).then_some(result)
    }
}

impl<M: Mode<Output<()> = Reply<()>>, T: Send + Sync + 'static> ConfigUpdates<M, T> {
    /// The next value; `None` when there will be no more. Cancel-safe.
    #[expect(clippy::should_implement_trait, reason = "the iterator's twin, for tasks")]
    pub fn next(&mut self) -> impl Future<Output = Option<Item<T>>> + Send + '_ {
        poll_fn(|cx| self.poll_value(cx))
    }

    fn poll_value(&mut self, cx: &mut Context<'_>) -> Poll<Option<Item<T>>> {
        loop {
            if let Some(news) = self.news() {
                return Poll::Ready(Some(news));
            }
            match Pin::new(&mut self.changes).poll_next(cx) {
                Poll::Ready(Some(_)) => {}
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl<M: Mode<Output<()> = Reply<()>>, T: Send + Sync + 'static> Stream for ConfigUpdates<M, T> {
    type Item = Item<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item<T>>> {
        self.poll_value(cx)
    }
}

impl<M: Mode<Output<()> = Result<(), Error>>, T: 'static> Iterator for ConfigUpdates<M, T> {
    type Item = Item<T>;

    /// Waits for the next value; `None` when there will be no more.
    fn next(&mut self) -> Option<Item<T>> {
        loop {
            if let Some(news) = self.news() {
                return Some(news);
            }
            Iterator::next(&mut self.changes)?;
        }
    }
}

impl<M: Mode, T> fmt::Debug for ConfigUpdates<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigUpdates").field("told", &self.told).finish_non_exhaustive()
    }
}
