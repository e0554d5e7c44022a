//! What is urgent comes first.

use std::time::Duration;

use bytes::Bytes;
use zk_client::{Async, Client, Mode};

use super::layout::{Layout, priority_stem};
use super::place::Place;

/// A queue whose items have priorities: the lowest number comes first; of those that have the same,
/// the one that was put first.
///
/// ```
/// use zk_recipes::queue::PriorityQueue;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = zk_server::Server::start()?;
/// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
/// let queue = PriorityQueue::new(&zk, "/jobs");
/// queue.put_many([(10, "some day"), (0, "now"), (-1, "yesterday")]).await?;
/// assert_eq!(queue.take().await?, "yesterday");
/// assert_eq!(queue.take().await?, "now");
/// # Ok(())
/// # }
/// ```
///
/// Other than that, it is a [`Queue`](super::Queue).
///
/// # On the wire
///
/// Names and data are those of Curator's `DistributedPriorityQueue`, whose clients can put and take
/// here as well, without a lock path or with `/jobs-locks` for a queue at `/jobs`. Of a node into
/// which Curator has put several items, the first is taken and the others stay. What is not in
/// Curator's format is an item as it is; Curator would throw it away.
#[derive(Clone, Debug)]
pub struct PriorityQueue<M: Mode = Async>(Place<M>);

impl<M: Mode> PriorityQueue<M> {
    /// The queue at this path. What is missing is created when it is needed, and stays.
    #[must_use]
    pub fn new(client: &Client<M>, path: &str) -> Self {
        Self(Place::new(client, Layout::priority(path)))
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
    pub fn put(&self, priority: i32, item: impl AsRef<[u8]>) -> M::Output<()> {
        self.put_many([(priority, item)])
    }

    /// Puts items, all of them or none.
    ///
    /// # Errors
    ///
    /// See [`Queue::put_many`](super::Queue::put_many).
    pub fn put_many<I: AsRef<[u8]>>(
        &self,
        items: impl IntoIterator<Item = (i32, I)>,
    ) -> M::Output<()> {
        let items = items.into_iter();
        let items = items.map(|(priority, item)| (priority_stem(priority), item.as_ref().to_vec()));
        self.0.put(items.collect())
    }

    /// Takes the most urgent item, and waits for one if there is none.
    ///
    /// # Errors
    ///
    /// See [`Queue::take`](super::Queue::take); so are who is woken and dropping the reply.
    pub fn take(&self) -> M::Output<Bytes> {
        self.0.take()
    }

    /// Takes the most urgent item, if there is one that nobody has claimed.
    ///
    /// # Errors
    ///
    /// See [`Queue::take`](super::Queue::take).
    pub fn try_take(&self) -> M::Output<Option<Bytes>> {
        self.0.try_take()
    }

    /// The most urgent item that nobody has claimed; it stays.
    ///
    /// # Errors
    ///
    /// `NoAuth`; the session is over.
    pub fn peek(&self) -> M::Output<Option<Bytes>> {
        self.0.peek()
    }

    /// How many items there are, with those that are claimed. Several that Curator has put into one
    /// node count as one.
    ///
    /// # Errors
    ///
    /// `NoAuth`; the session is over.
    pub fn len(&self) -> M::Output<usize> {
        self.0.len()
    }
}
