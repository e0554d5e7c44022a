//! What a watch tells: a stream for tasks, an iterator for threads.

use std::fmt;
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use zk_proto::{Error, News, RequestId, State};

use crate::Mode;
use crate::change::Change;
use crate::queue::{Queue, Weigh};
use crate::slot::lock;
use crate::view::Hold;

/// The changes of what is watched, in their order; a `Stream` or an iterator.
///
/// A watch that is set with a read tells of one change and ends. One that is set by
/// [`Client::watch`](crate::Client::watch) goes on until the session is over; when it may have
/// missed changes, it says [`Resync`](crate::ChangeKind::Resync). Its buffer is bounded.
///
/// It keeps the session open. Dropping it gives the watch up, also at the server if it was the
/// last one there.
pub struct Watch<M: Mode> {
    hold: Arc<Hold>,
    queue: Arc<WatchQueue>,
    /// The server's path.
    path: Box<str>,
    id: RequestId,
    mode: PhantomData<fn() -> M>,
}

/// Why a [`Watch`] has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Ended {
    /// It told of the one change that it was set for.
    Fired,
    /// The session is over: it ended in this state.
    SessionOver(State),
}

impl<M: Mode> Watch<M> {
    pub(crate) fn new(
        hold: Arc<Hold>,
        queue: Arc<WatchQueue>,
        path: Box<str>,
        id: RequestId,
    ) -> Self {
        Self { hold, queue, path, id, mode: PhantomData }
    }

    /// The next change, if there is one already.
    pub fn try_next(&mut self) -> Option<Change> {
        while let Some(news) = self.queue.news.try_next() {
            if let Some(change) = self.change(news) {
                return Some(change);
            }
        }
        None
    }

    /// Why it has ended, if it has. Changes that were told before may still be unread.
    #[must_use]
    pub fn ended(&self) -> Option<Ended> {
        *lock(&self.queue.ended)
    }

    /// The watched node, as the client that set the watch sees it.
    #[must_use]
    pub fn path(&self) -> &str {
        self.hold.chroot().strip(&self.path).unwrap_or(&self.path)
    }

    fn change(&self, news: News) -> Option<Change> {
        Change::from_news(news, self.hold.chroot(), &self.path)
    }

    fn poll_change(&self, cx: &Context<'_>) -> Poll<Option<Change>> {
        loop {
            match ready!(self.queue.news.poll_next(cx)) {
                None => return Poll::Ready(None),
                Some(news) => {
                    if let Some(change) = self.change(news) {
                        return Poll::Ready(Some(change));
                    }
                }
            }
        }
    }
}

impl<M: Mode<Output<()> = crate::Reply<()>>> Watch<M> {
    /// The next change; `None` when the watch has ended. Cancel-safe: a change is not lost when
    /// this is dropped.
    #[expect(clippy::should_implement_trait, reason = "the iterator's twin, for tasks")]
    pub fn next(&mut self) -> impl Future<Output = Option<Change>> + Send + '_ {
        poll_fn(|cx| self.poll_change(cx))
    }
}

impl<M: Mode<Output<()> = crate::Reply<()>>> Stream for Watch<M> {
    type Item = Change;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Change>> {
        self.poll_change(cx)
    }
}

impl<M: Mode<Output<()> = Result<(), Error>>> Watch<M> {
    /// The next change, if it comes within this time; `None` also when the watch has
    /// [`ended`](Self::ended).
    pub fn next_timeout(&mut self, timeout: Duration) -> Option<Change> {
        let shared = self.hold.shared();
        shared.wait_for_news(shared.deadline(Some(timeout)), |cx| self.poll_change(cx)).flatten()
    }
}

impl<M: Mode<Output<()> = Result<(), Error>>> Iterator for Watch<M> {
    type Item = Change;

    /// Waits for the next change; `None` when the watch has ended.
    fn next(&mut self) -> Option<Change> {
        self.hold.shared().wait_for_news(None, |cx| self.poll_change(cx)).flatten()
    }
}

impl<M: Mode> Drop for Watch<M> {
    fn drop(&mut self) {
        if self.ended().is_none() {
            self.hold.shared().unwatch(&self.path, self.id);
        }
    }
}

impl<M: Mode> fmt::Debug for Watch<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("path", &self.path()).finish_non_exhaustive()
    }
}

/// News between the driver and a watch.
#[derive(Debug)]
pub(crate) struct WatchQueue {
    news: Queue<News>,
    ended: Mutex<Option<Ended>>,
}

/// A path that is longer than this counts for several: a server may tell of long ones.
const ORDINARY_PATH: usize = 1 << 10;

impl Weigh for News {
    fn weight(&self) -> usize {
        match self {
            Self::Change(change) | Self::Last(change) => 1 + change.path.len() / ORDINARY_PATH,
            Self::Resync | Self::NotSet | Self::SessionOver(_) => 1,
        }
    }
}

impl WatchQueue {
    /// For at most this many; what a slow reader has no room for becomes a `Resync`.
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { news: Queue::new(limit), ended: Mutex::new(None) })
    }

    pub(crate) fn push_news(&self, news: News) {
        let resync = |_| News::Resync;
        match news {
            News::Change(_) | News::Resync => self.news.push(news, resync),
            News::Last(_) => {
                self.end(Ended::Fired);
                self.news.push_last(news, resync);
            }
            News::NotSet => self.news.end(),
            News::SessionOver(state) => {
                self.end(Ended::SessionOver(state));
                self.news.end();
            }
        }
    }

    fn end(&self, ended: Ended) {
        *lock(&self.ended) = Some(ended);
    }
}
