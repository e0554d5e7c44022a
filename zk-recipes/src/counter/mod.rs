//! A number that several programs count with.

mod layout;

use std::time::Duration;

use bytes::Bytes;
use zk_client::machine::Updates;
use zk_client::{Client, Error, ErrorCode, Mode};

pub use self::layout::CounterLayout;
use self::layout::misuse;
use crate::shared_value::{Owner, Receipts, Versioned, Wish};

/// A number that several programs count with.
///
/// What was told to have been counted was counted once, also when the connection broke while it was
/// on its way: whoever writes has a [receipt](Receipts::With). Only if the session ends in such a
/// moment, or somebody deletes the receipt, is the outcome unknown, and the error says so.
///
/// It is a [`SharedValue`](crate::SharedValue) in all else. Who is slower than others tries again at
/// once, on what they have written: one of them always succeeds.
///
/// ```
/// use zk_recipes::Counter;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = zk_server::Server::start()?;
/// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
/// let orders = Counter::open(&zk, "/app/orders").await?;
/// assert_eq!(orders.increment().await?, 1);
/// assert_eq!(orders.add(9).await?, 10);
/// assert!(orders.compare_and_set(10, 0).await?);
/// assert_eq!(orders.get(), 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Counter<M: Mode> {
    value: Owner<M, i64>,
    layout: CounterLayout,
}

impl<M: Mode> Counter<M> {
    /// Opens the counter at this path, of 8 bytes; it begins with zero.
    ///
    /// # Errors
    ///
    /// What is there is no count; otherwise as
    /// [`SharedValue::open`](crate::SharedValue::open).
    pub fn open(zk: &Client<M>, path: &str) -> M::Output<Self> {
        Self::open_with(zk, path, CounterLayout::Int64)
    }

    /// The same, of another layout.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_with(zk: &Client<M>, path: &str, layout: CounterLayout) -> M::Output<Self> {
        let seed = layout.write(0).unwrap_or_default(); // all have room for that
        let read = Box::new(move |value: &Versioned| layout.read(&value.data));
        Owner::open(zk, path, seed, Receipts::With, read, move |value| Self { value, layout })
    }

    /// The same counter, for operations that are to be answered within this time. An operation that
    /// was not may still be carried out.
    #[must_use]
    pub fn within(&self, timeout: Duration) -> Self {
        Self { value: self.value.within(timeout), layout: self.layout }
    }

    /// The latest count that is known; see [`SharedValue::get`](crate::SharedValue::get). If
    /// somebody writes what is no count, it is the one before.
    #[must_use]
    pub fn get(&self) -> i64 {
        self.value.value()
    }

    /// The count, and each newer one that is heard of. Some can be skipped, never the last.
    #[must_use]
    pub fn updates(&self) -> Updates<M, i64> {
        self.value.updates()
    }

    /// Counts this many on, or back if it is negative, and answers what it is then.
    ///
    /// # Errors
    ///
    /// [`Misuse`](zk_client::Misuse::Text): there is no room for the sum, or what is there is no
    /// count. `NoAuth`, `QuotaExceeded`;
    /// [`DeadlineExceeded`](zk_client::ErrorKind::DeadlineExceeded), and it may still be counted;
    /// that the session is over.
    pub fn add(&self, amount: i64) -> M::Output<i64> {
        let layout = self.layout;
        self.edit(move |count| {
            let room = || misuse(format!("there is no room for {count} and {amount}"));
            layout.write(count.checked_add(amount).ok_or_else(room)?)
        })
    }

    /// Counts one on.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add).
    pub fn increment(&self) -> M::Output<i64> {
        self.add(1)
    }

    /// Writes `new` if it is `expected`, and says whether it was.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add).
    pub fn compare_and_set(&self, expected: i64, new: i64) -> M::Output<bool> {
        let layout = self.layout;
        let edit = move |value: &Versioned| {
            if layout.read(&value.data)? == expected {
                layout.write(new)
            } else {
                Err(ErrorCode::BadVersion.into())
            }
        };
        self.value.ask(Wish::Edit(Box::new(edit)), |result| match result {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some(ErrorCode::BadVersion) => Ok(false),
            Err(error) => Err(error),
        })
    }

    /// Writes it, whatever it is now.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add).
    pub fn set(&self, count: i64) -> M::Output<()> {
        let layout = self.layout;
        let edit = move |_: &Versioned| layout.write(count);
        self.value.ask(Wish::Edit(Box::new(edit)), |result| result.map(drop))
    }

    fn edit(
        &self,
        change: impl Fn(i64) -> Result<Bytes, Error> + Send + 'static,
    ) -> M::Output<i64> {
        let layout = self.layout;
        let edit = move |value: &Versioned| change(layout.read(&value.data)?);
        self.value.ask(Wish::Edit(Box::new(edit)), move |result| layout.read(&result?.data))
    }
}

impl<M: Mode> Clone for Counter<M> {
    fn clone(&self) -> Self {
        Self { value: self.value.clone(), layout: self.layout }
    }
}
