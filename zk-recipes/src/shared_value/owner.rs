//! The owners' end of a value.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use zk_client::machine::{Mailbox, Task, Topic, Updates};
use zk_client::{Async, Client, Error, Mode};

use super::keeper::Keeper;
use super::known::Read;
use super::letter::{Letter, Part, Wish};
use super::{Receipts, Versioned};

/// What a value's handle is made of. Clones are the same value.
pub(crate) struct Owner<M: Mode, V> {
    client: Client<M>,
    task: Arc<Task>,
    mailbox: Mailbox<Letter>,
    topic: Topic<V>,
}

impl<M: Mode, V: Clone + PartialEq + Send + 'static> Owner<M, V> {
    /// Knows the value once this is answered; `wrap` makes a handle of it.
    pub(crate) fn open<T: Send + 'static>(
        zk: &Client<M>,
        path: &str,
        seed: Bytes,
        receipts: Receipts,
        read: Read<V>,
        wrap: impl FnOnce(Self) -> T + Send + 'static,
    ) -> M::Output<T> {
        let (mailbox, letters) = Mailbox::new();
        let keeper = Keeper::new(path, seed, receipts, letters, read);
        let client = zk.clone();
        zk.host(keeper, move |topic, task| {
            wrap(Self { client, task: Arc::new(task), mailbox, topic })
        })
    }

    pub(crate) fn client(&self) -> &Client<M> {
        &self.client
    }

    pub(crate) fn value(&self) -> V {
        self.topic.value()
    }

    pub(crate) fn updates(&self) -> Updates<M, V> {
        self.topic.updates(&self.client)
    }

    pub(crate) fn within(&self, timeout: Duration) -> Self {
        Self { client: self.client.within(timeout), ..self.clone() }
    }

    /// The same, for a caller that polls.
    pub(crate) fn polled(&self) -> Owner<Async, V> {
        let Self { client, task, mailbox, topic } = self.clone();
        Owner { client: client.with_mode(), task, mailbox, topic }
    }

    /// Has a wish fulfilled; `part` is what is wanted of the value that was written.
    pub(crate) fn ask<T: Send + 'static>(
        &self,
        wish: Wish,
        part: impl FnOnce(Result<Versioned, Error>) -> Result<T, Error> + Send + 'static,
    ) -> M::Output<T> {
        self.client.promised(|promise| {
            let answer = Box::new(Part { promise, part: Box::new(part) });
            let letter = Letter { wish, answer, _task: self.task.clone() };
            if let Err(letter) = self.mailbox.send(&self.task, letter) {
                letter.refuse(self.client.final_error());
            }
        })
    }
}

impl<M: Mode, V> Clone for Owner<M, V> {
    fn clone(&self) -> Self {
        let Self { client, task, mailbox, topic } = self;
        Self {
            client: client.clone(),
            task: task.clone(),
            mailbox: mailbox.clone(),
            topic: topic.clone(),
        }
    }
}

impl<M: Mode, V: fmt::Debug> fmt::Debug for Owner<M, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.topic.fmt(f)
    }
}
