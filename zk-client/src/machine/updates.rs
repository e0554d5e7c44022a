//! What a machine tells, as a stream for tasks and an iterator for threads.

use std::fmt;
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use zk_proto::Error;

use crate::queue::{Queue, Weigh};
use crate::shared::Shared;
use crate::{Client, Mode, Reply};

/// What a machine tells: a `Stream` or an iterator, which ends with the machine. It does not keep
/// the session open.
pub struct Updates<M: Mode, V> {
    shared: Arc<Shared>,
    queue: Arc<Queue<Told<V>>>,
    mode: PhantomData<fn() -> M>,
}

/// A value on its way.
#[derive(Debug)]
pub(super) struct Told<V>(pub(super) V);

impl<V> Weigh for Told<V> {}

impl<M: Mode, V> Updates<M, V> {
    pub(super) fn new(client: &Client<M>, queue: Arc<Queue<Told<V>>>) -> Self {
        Self { shared: client.hold.shared().clone(), queue, mode: PhantomData }
    }

    /// The next value, if there is one already.
    pub fn try_next(&mut self) -> Option<V> {
        self.queue.try_next().map(|Told(value)| value)
    }

    fn poll_value(&self, cx: &Context<'_>) -> Poll<Option<V>> {
        self.queue.poll_next(cx).map(|told| told.map(|Told(value)| value))
    }
}

impl<M: Mode<Output<()> = Reply<()>>, V: Send> Updates<M, V> {
    /// The next value; `None` when there will be no more. Cancel-safe: a value is not lost when
    /// this is dropped.
    #[expect(clippy::should_implement_trait, reason = "the iterator's twin, for tasks")]
    pub fn next(&mut self) -> impl Future<Output = Option<V>> + Send + '_ {
        poll_fn(|cx| self.poll_value(cx))
    }
}

impl<M: Mode<Output<()> = Reply<()>>, V> Stream for Updates<M, V> {
    type Item = V;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<V>> {
        self.poll_value(cx)
    }
}

impl<M: Mode<Output<()> = Result<(), Error>>, V> Updates<M, V> {
    /// The next value, if it comes within this time; `None` also when there will be no more.
    pub fn next_timeout(&mut self, timeout: Duration) -> Option<V> {
        let until = self.shared.deadline(Some(timeout));
        self.shared.wait_for_news(until, |cx| self.poll_value(cx)).flatten()
    }
}

impl<M: Mode<Output<()> = Result<(), Error>>, V> Iterator for Updates<M, V> {
    type Item = V;

    /// Waits for the next value; `None` when there will be no more.
    fn next(&mut self) -> Option<V> {
        self.shared.wait_for_news(None, |cx| self.poll_value(cx)).flatten()
    }
}

impl<M: Mode, V> fmt::Debug for Updates<M, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Updates").finish_non_exhaustive()
    }
}
