//! What all queues do.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use zk_client::machine::Task;
use zk_client::{Async, Client, Mode};

use super::item::Item;
use super::layout::Layout;
use super::put::Put;
use super::survey::{Count, Peek};
use super::take::{Given, Patience, Settled, Take, Try, Wait, When};

/// A queue of any layout, and who uses it.
#[derive(Debug)]
pub(super) struct Place<M: Mode> {
    client: Client<M>,
    layout: Arc<Layout>,
}

impl<M: Mode> Place<M> {
    pub(super) fn new(client: &Client<M>, layout: Layout) -> Self {
        Self { client: client.clone(), layout: Arc::new(layout) }
    }

    pub(super) fn within(&self, timeout: Duration) -> Self {
        Self { client: self.client.within(timeout), layout: self.layout.clone() }
    }

    /// Items with the stems of their names.
    pub(super) fn put(&self, items: Vec<(String, Vec<u8>)>) -> M::Output<()> {
        self.client.host(Put::new(&self.layout, items), |(), _| ())
    }

    pub(super) fn take(&self) -> M::Output<Bytes> {
        let mut reply = self.take_now::<Wait, _>(Taken::new);
        self.client.polled(move |cx| Pin::new(&mut reply).poll(cx).map(|taken| Ok(taken?.keep())))
    }

    pub(super) fn try_take(&self) -> M::Output<Option<Bytes>> {
        let mut reply = self.take_now::<Try, _>(|given, task, settled| {
            given.map(|given| Taken::new(given, task, settled))
        });
        self.client.polled(move |cx| {
            Pin::new(&mut reply).poll(cx).map(|taken| Ok(taken?.map(Taken::keep)))
        })
    }

    /// What is in the reply until somebody fetches it goes back if nobody does.
    fn take_now<P: Patience, T: Send + 'static>(
        &self,
        wrap: fn(P::Output, Task, Settled) -> T,
    ) -> zk_client::Reply<T> {
        let settled = Settled::default();
        let take = Take::<P>::new(&self.layout, When::Taken, &settled);
        let client = self.client.with_mode::<Async>();
        client.host(take, move |output, task| wrap(output, task, settled))
    }

    pub(super) fn claim(&self) -> M::Output<Item<M>> {
        let settled = Settled::default();
        let take = Take::<Wait>::new(&self.layout, When::Acknowledged, &settled);
        self.client.host(take, |given, task| Item::new(given, task, settled))
    }

    pub(super) fn try_claim(&self) -> M::Output<Option<Item<M>>> {
        let settled = Settled::default();
        let take = Take::<Try>::new(&self.layout, When::Acknowledged, &settled);
        let wrap = |given: Option<Given>, task| given.map(|given| Item::new(given, task, settled));
        self.client.host(take, wrap)
    }

    pub(super) fn peek(&self) -> M::Output<Option<Bytes>> {
        self.client.run(Peek::new(&self.layout))
    }

    pub(super) fn len(&self) -> M::Output<usize> {
        self.client.run(Count(self.layout.clone()))
    }
}

impl<M: Mode> Clone for Place<M> {
    fn clone(&self) -> Self {
        Self { client: self.client.clone(), layout: self.layout.clone() }
    }
}

/// An item that was taken out, and that nobody has looked at: dropped, it goes back.
struct Taken {
    item: Bytes,
    settled: Settled,
    _task: Task,
}

impl Taken {
    fn new(given: Given, task: Task, settled: Settled) -> Self {
        Self { item: given.item, settled, _task: task }
    }

    fn keep(self) -> Bytes {
        self.settled.store(true, Ordering::Release);
        self.item
    }
}
