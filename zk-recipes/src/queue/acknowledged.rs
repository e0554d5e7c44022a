//! Items that stay until they are acknowledged.

use std::time::Duration;

use bytes::Bytes;
use zk_client::{Async, Client, Mode};

use super::item::Item;
use super::layout::Layout;
use super::place::Place;

/// A queue whose items stay until they are acknowledged: each is worked on at least once.
///
/// ```
/// use zk_recipes::queue::AcknowledgedQueue;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = zk_server::Server::start()?;
/// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
/// let queue = AcknowledgedQueue::new(&zk, "/jobs");
/// queue.put("mail the bill").await?;
/// let job = queue.take().await?;
/// assert_eq!(job.data(), "mail the bill");
/// assert!(queue.try_take().await?.is_none()); // it is ours
/// drop(job); // and goes back
///
/// let job = queue.take().await?;
/// job.acknowledge().await?;
/// assert_eq!(queue.len().await?, 0);
/// # Ok(())
/// # }
/// ```
///
/// Who takes an item claims it by an ephemeral node. So a consumer that dies gives its item back,
/// when its session has expired. One that is merely slow, or cut off, may be working on an item
/// that somebody else has by now: among sessions that live, one holds it at a time.
///
/// # On the wire
///
/// It is that of kazoo's `LockingQueue`, whose clients can put and take here as well: items are
/// `/jobs/entries/entry-100-0000000000` and so on, with the item as their data, and claims are
/// `/jobs/taken/entry-100-0000000000`. kazoo's items of other priorities are taken in their order.
/// Consumers that wait are at `/jobs/line`.
#[derive(Clone, Debug)]
pub struct AcknowledgedQueue<M: Mode = Async>(Place<M>);

/// What kazoo gives an item if it is not told otherwise.
const PRIORITY: &str = "100-";

impl<M: Mode> AcknowledgedQueue<M> {
    /// The queue at this path. What is missing is created when it is needed, and stays.
    #[must_use]
    pub fn new(client: &Client<M>, path: &str) -> Self {
        Self(Place::new(client, Layout::locking(path)))
    }

    /// The same queue, for calls that are answered within this time, in whichever way:
    /// [`DeadlineExceeded`](zk_client::ErrorKind::DeadlineExceeded) if there is no other answer.
    #[must_use]
    pub fn within(&self, timeout: Duration) -> Self {
        Self(self.0.within(timeout))
    }

    /// Puts an item, exactly once.
    ///
    /// # Errors
    ///
    /// See [`Queue::put`](super::Queue::put); so is dropping the reply.
    pub fn put(&self, item: impl AsRef<[u8]>) -> M::Output<()> {
        self.put_many([item])
    }

    /// Puts items, in this order, and all of them or none.
    ///
    /// # Errors
    ///
    /// See [`Queue::put_many`](super::Queue::put_many).
    pub fn put_many<I: AsRef<[u8]>>(&self, items: impl IntoIterator<Item = I>) -> M::Output<()> {
        let items = items.into_iter().map(|item| (PRIORITY.to_owned(), item.as_ref().to_vec()));
        self.0.put(items.collect())
    }

    /// Claims the first item that nobody has claimed, and waits for one if there is none.
    ///
    /// Those who wait stand in line; the first one is woken by each change of the queue and of the
    /// claims, and the others as their turn comes.
    ///
    /// # Errors
    ///
    /// `NoAuth`; the session is over.
    ///
    /// # Cancel safety
    ///
    /// Dropping the reply gives an item back that was claimed already.
    pub fn take(&self) -> M::Output<Item<M>> {
        self.0.claim()
    }

    /// Claims the first item that nobody has claimed, if there is one.
    ///
    /// # Errors
    ///
    /// See [`take`](Self::take); so is dropping the reply.
    pub fn try_take(&self) -> M::Output<Option<Item<M>>> {
        self.0.try_claim()
    }

    /// The first item that nobody has claimed; nobody claims it.
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
