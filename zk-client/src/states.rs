//! The session's state, as a stream.

use std::fmt;
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use zk_proto::{Error, State};

use crate::Mode;
use crate::queue::{Queue, Weigh};
use crate::shared::Shared;

/// How many states a reader may be behind. After that only the latest is kept.
const BUFFER: usize = 64;

pub(crate) type StateQueue = Queue<State>;

impl Weigh for State {}

/// The session's state: first the present one, then each change; ends when the session is over.
///
/// It does not keep the session open. A reader that is far behind misses states, never the last.
pub struct States<M: Mode> {
    shared: Arc<Shared>,
    queue: Arc<StateQueue>,
    mode: PhantomData<fn() -> M>,
}

impl<M: Mode> States<M> {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let queue = Arc::new(Queue::new(BUFFER));
        let state = shared.with(false, |core| {
            core.states.retain(|reader| reader.strong_count() > 0);
            core.states.push(Arc::downgrade(&queue));
            core.session.state()
        });
        push(&queue, state);
        Self { shared, queue, mode: PhantomData }
    }

    /// The next state, if there is one already.
    pub fn try_next(&mut self) -> Option<State> {
        self.queue.try_next()
    }
}

impl<M: Mode<Output<()> = crate::Reply<()>>> States<M> {
    /// The next state; `None` when the session is over and its last state was told. Cancel-safe:
    /// a state is not lost when this is dropped.
    #[expect(clippy::should_implement_trait, reason = "the iterator's twin, for tasks")]
    pub fn next(&mut self) -> impl Future<Output = Option<State>> + Send + '_ {
        poll_fn(|cx| self.queue.poll_next(cx))
    }
}

impl<M: Mode<Output<()> = crate::Reply<()>>> Stream for States<M> {
    type Item = State;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<State>> {
        self.queue.poll_next(cx)
    }
}

impl<M: Mode<Output<()> = Result<(), Error>>> States<M> {
    /// The next state, if it comes within this time; `None` also when the session is over and its
    /// last state was told.
    pub fn next_timeout(&mut self, timeout: Duration) -> Option<State> {
        let until = self.shared.deadline(Some(timeout));
        self.shared.wait_for_news(until, |cx| self.queue.poll_next(cx)).flatten()
    }
}

impl<M: Mode<Output<()> = Result<(), Error>>> Iterator for States<M> {
    type Item = State;

    /// Waits for the next state; `None` when the session is over and its last state was told.
    fn next(&mut self) -> Option<State> {
        self.shared.wait_for_news(None, |cx| self.queue.poll_next(cx)).flatten()
    }
}

impl<M: Mode> fmt::Debug for States<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("States").finish_non_exhaustive()
    }
}

/// Tells all readers.
pub(crate) fn publish(shared: &Shared, state: State) {
    let readers = shared.with(false, |core| core.states.clone());
    for queue in readers.iter().filter_map(Weak::upgrade) {
        push(&queue, state);
    }
}

fn push(queue: &StateQueue, state: State) {
    if state.is_over() {
        queue.push_last(state, |latest| latest);
    } else {
        queue.push(state, |latest| latest);
    }
}
