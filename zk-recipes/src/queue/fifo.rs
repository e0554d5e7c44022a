//! First in, first out.

use std::time::Duration;

use bytes::Bytes;
use zk_client::{Async, Client, Mode};

use super::layout::Layout;
use super::place::Place;

/// A queue: first in, first out.
///
/// ```
/// use zk_recipes::queue::Queue;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = zk_server::Server::start()?;
/// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
/// let queue = Queue::new(&zk, "/jobs");
/// queue.put("first").await?;
/// queue.put_many(["second", "third"]).await?;
/// assert_eq!(queue.take().await?, "first");
/// assert_eq!(queue.peek().await?.as_deref(), Some(&b"second"[..]));
/// assert_eq!(queue.len().await?, 2);
/// # Ok(())
/// # }
/// ```
///
/// An item that was taken is in nobody's hands but the taker's: if that one dies, the item is gone.
/// [`AcknowledgedQueue`](super::AcknowledgedQueue) keeps it until it is done with.
///
/// # Order
///
/// Items that were put one after the other are claimed in that order. Two consumers who claim at the
/// same time may get theirs in either order.
///
/// # On the wire
///
/// Items are `qn-0000000000` and so on, with the item as their data, as those of Curator's
/// `SimpleDistributedQueue` and of ZooKeeper's own recipe, whose clients can put and take here as
/// well. Beside the queue at `/jobs` there are `/jobs-claims` and `/jobs-line`, for claims and for
/// consumers that wait.
#[derive(Clone, Debug)]
pub struct Queue<M: Mode = Async>(Place<M>);

impl<M: Mode> Queue<M> {
    /// The queue at this path. What is missing is created when it is needed: as containers, which
    /// the server deletes some time after they have become empty.
    #[must_use]
    pub fn new(client: &Client<M>, path: &str) -> Self {
        Self(Place::new(client, Layout::simple(path)))
    }

    /// The same queue, for calls that are answered within this time, in whichever way:
    /// [`DeadlineExceeded`](zk_client::ErrorKind::DeadlineExceeded) if there is no other answer.
    #[must_use]
    pub fn within(&self, timeout: Duration) -> Self {
        Self(self.0.within(timeout))
    }

    /// Puts an item: exactly once, also if the connection is lost meanwhile.
    ///
    /// # Errors
    ///
    /// `NoAuth`; [`Misuse`](zk_client::ErrorKind::Misuse) for what is too long or no path; the
    /// session is over, or the deadline has passed: then the item may be there or not.
    ///
    /// # Cancel safety
    ///
    /// Dropping the reply puts the item, or does not.
    pub fn put(&self, item: impl AsRef<[u8]>) -> M::Output<()> {
        self.put_many([item])
    }

    /// Puts items, in this order, and all of them or none: they are one transaction, which must not
    /// be longer than a message may be (1 MiB, if the server was not told otherwise).
    ///
    /// # Errors
    ///
    /// See [`put`](Self::put).
    pub fn put_many<I: AsRef<[u8]>>(&self, items: impl IntoIterator<Item = I>) -> M::Output<()> {
        let items = items.into_iter().map(|item| (String::new(), item.as_ref().to_vec()));
        self.0.put(items.collect())
    }

    /// Takes the first item, and waits for one if there is none.
    ///
    /// Nobody polls. Those who wait stand in line; the first one is woken by each change of the
    /// queue, and the others as their turn comes. If it dies, they have to wait for the end of its
    /// session; who comes newly and finds an item need not.
    ///
    /// # Errors
    ///
    /// `NoAuth`; the session is over, and an item may have been taken out, which
    /// [`Error::path`](zk_client::Error::path) names.
    ///
    /// # Cancel safety
    ///
    /// Dropping the reply loses no item: one that was taken out already goes back to its place, as
    /// long as the session lives.
    pub fn take(&self) -> M::Output<Bytes> {
        self.0.take()
    }

    /// Takes the first item, if there is one that nobody has claimed.
    ///
    /// # Errors
    ///
    /// See [`take`](Self::take); so is dropping the reply.
    pub fn try_take(&self) -> M::Output<Option<Bytes>> {
        self.0.try_take()
    }

    /// The first item that nobody has claimed; it stays.
    ///
    /// # Errors
    ///
    /// `NoAuth`; the session is over.
    pub fn peek(&self) -> M::Output<Option<Bytes>> {
        self.0.peek()
    }

    /// How many items there are, with those that are claimed.
    ///
    /// # Errors
    ///
    /// `NoAuth`; the session is over.
    pub fn len(&self) -> M::Output<usize> {
        self.0.len()
    }
}
