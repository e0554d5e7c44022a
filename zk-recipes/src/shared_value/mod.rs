//! A value that several programs share.

mod attempt;
mod desk;
mod job;
mod keeper;
mod known;
mod letter;
mod look;
mod owner;
mod receipt;

use std::pin::Pin;
use std::task::{Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use zk_client::machine::Updates;
use zk_client::{Client, Error, ErrorCode, Mode};

pub(crate) use self::letter::Wish;
pub(crate) use self::owner::Owner;

/// A value that several programs share: the data of a node, as Curator's `SharedValue` lays it out.
///
/// It is read once and again whenever it has changed, so that [`get`](Self::get) costs nothing. The
/// node is created with the value that it was opened with if it is missing, also when somebody
/// deletes it later; its missing parents become containers.
///
/// Clones are the same value. When the last of them is dropped, the node stays. When the session is
/// over, [`get`](Self::get) answers what was known by then, and the streams end.
///
/// ```
/// use zk_recipes::SharedValue;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = zk_server::Server::start()?;
/// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
/// let limit = SharedValue::open(&zk, "/app/limit", "10").await?;
/// limit.set("20").await?;
/// limit.update(|present| format!("{}0", String::from_utf8_lossy(&present.data))).await?;
/// assert_eq!(limit.get().data, "200");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct SharedValue<M: Mode>(Owner<M, Versioned>);

/// A value, and which one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Versioned {
    /// The bytes.
    pub data: Bytes,
    /// How often the node was written since it was created.
    pub version: i32,
    /// The transaction that wrote it. Later transactions have higher numbers, also if the node was
    /// deleted and created again meanwhile.
    pub mzxid: i64,
}

/// Whether a writer can find out what became of a write whose answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Receipts {
    /// Not always: somebody else can have written the same bytes, or written since. Then the writer
    /// is told that the [outcome](Error::outcome) is unknown.
    Without,
    /// Always, as long as its session lives. Whoever writes has an ephemeral node below the value,
    /// `_c_<guid>-receipt`, which each of its transactions writes, too. So the value's node cannot
    /// be deleted meanwhile, unless with its children, and writers need the right to create some.
    With,
}

impl<M: Mode> SharedValue<M> {
    /// Opens the value at this path, which is `seed` if there is none.
    ///
    /// # Errors
    ///
    /// `NoAuth`, `QuotaExceeded`, `NoChildrenForEphemerals`; that the session is over. A lost
    /// connection is none.
    pub fn open(zk: &Client<M>, path: &str, seed: impl AsRef<[u8]>) -> M::Output<Self> {
        Self::open_with(zk, path, seed, Receipts::Without)
    }

    /// The same, with or without receipts.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_with(
        zk: &Client<M>,
        path: &str,
        seed: impl AsRef<[u8]>,
        receipts: Receipts,
    ) -> M::Output<Self> {
        let seed = Bytes::copy_from_slice(seed.as_ref());
        Owner::open(zk, path, seed, receipts, Box::new(|value| Ok(value.clone())), Self)
    }

    /// The same value, for operations that are to be answered within this time. An operation that
    /// was not may still be carried out.
    #[must_use]
    pub fn within(&self, timeout: Duration) -> Self {
        Self(self.0.within(timeout))
    }

    /// The latest value that is known. It can be old: by as much as the server is behind the leader,
    /// and by as long as there is no connection.
    #[must_use]
    pub fn get(&self) -> Versioned {
        self.0.value()
    }

    /// The value, and each newer one that is heard of. Values that follow one another quickly can be
    /// skipped, never the last; transactions only grow.
    #[must_use]
    pub fn updates(&self) -> Updates<M, Versioned> {
        self.0.updates()
    }

    /// Writes the value, whatever it is now. If the answer is lost, it is written again, over what
    /// others may have written meanwhile; with [receipts](Receipts::With), it is written once.
    ///
    /// # Errors
    ///
    /// `NoAuth`, `QuotaExceeded`; [`DeadlineExceeded`](zk_client::ErrorKind::DeadlineExceeded); that
    /// the session is over.
    pub fn set(&self, data: impl AsRef<[u8]>) -> M::Output<Versioned> {
        self.0.ask(Wish::Set(Bytes::copy_from_slice(data.as_ref())), |result| result)
    }

    /// Writes the value if it has this version.
    ///
    /// # Errors
    ///
    /// `BadVersion` if it has another, or `NoNode`: then nothing was written, and
    /// [`get`](Self::get) knows why. [`ConnectionLost`](zk_client::ErrorKind::ConnectionLost) if the
    /// answer was lost and nobody can tell, without [receipts](Receipts::With). Otherwise as
    /// [`set`](Self::set).
    pub fn compare_and_set(&self, version: i32, data: impl AsRef<[u8]>) -> M::Output<Versioned> {
        let data = Bytes::copy_from_slice(data.as_ref());
        self.0.ask(Wish::CompareAndSet { version, data }, |result| result)
    }

    /// Writes what `change` makes of the value, and asks it again as long as others are quicker. It
    /// runs in here first, then where the reply is awaited.
    ///
    /// # Errors
    ///
    /// As [`compare_and_set`](Self::compare_and_set), but for `BadVersion` and `NoNode`. The time of
    /// [`within`](Self::within) is that of one attempt.
    pub fn update<D: AsRef<[u8]>>(
        &self,
        mut change: impl FnMut(&Versioned) -> D + Send + 'static,
    ) -> M::Output<Versioned> {
        let value = SharedValue(self.0.polled());
        let mut attempt = move || {
            let present = value.get();
            value.compare_and_set(present.version, change(&present))
        };
        let mut reply = attempt();
        self.0.client().polled(move |cx| {
            loop {
                match ready!(Future::poll(Pin::new(&mut reply), cx)) {
                    Err(error) if is_conflict(&error) => reply = attempt(),
                    result => return Poll::Ready(result),
                }
            }
        })
    }
}

impl<M: Mode> Clone for SharedValue<M> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

fn is_conflict(error: &Error) -> bool {
    matches!(error.code(), Some(ErrorCode::BadVersion | ErrorCode::NoNode))
}
