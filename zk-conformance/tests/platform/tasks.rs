//! What all adapters for tasks have for stories.

use std::future::poll_fn;
use std::pin::Pin;

use futures_core::Stream;

use crate::zk::{Error, Reply};

/// What an operation hands back.
pub(crate) type Answer<T> = Reply<T>;

/// Waits for the answer to something that was asked for without waiting.
pub(crate) async fn answer<T>(reply: Reply<T>) -> Result<T, Error> {
    reply.await
}

/// All that comes until the end.
pub(crate) async fn all_of<T>(stream: &mut (impl Stream<Item = T> + Unpin)) -> Vec<T> {
    let mut all = Vec::new();
    while let Some(item) = poll_fn(|cx| Pin::new(&mut *stream).poll_next(cx)).await {
        all.push(item);
    }
    all
}
