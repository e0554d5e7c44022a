//! How a caller waits.

use zk_proto::Error;

use crate::Reply;

/// How a caller waits: the one difference between clients. Implemented by [`Async`], [`Blocking`]
/// and the modes of the adapters.
pub trait Mode: Sized + Send + 'static {
    /// What an operation hands back.
    type Output<T>;

    /// Whether the caller itself moves bytes while it waits, and so need not wake the driver.
    #[doc(hidden)]
    const DRIVES: bool;

    /// Turns an answer on its way into that.
    #[doc(hidden)]
    fn finish<T>(reply: Reply<T>) -> Self::Output<T>;
}

/// Operations hand back futures, of any runtime.
#[derive(Clone, Copy, Debug)]
pub enum Async {}

/// Operations hand back results: for threads beside a runtime that moves the bytes, by
/// [`Client::with_mode`](crate::Client::with_mode). A thread that runs tasks must not wait for its
/// own. Without a runtime, there is `zk-blocking`.
#[derive(Clone, Copy, Debug)]
pub enum Blocking {}

impl Mode for Async {
    type Output<T> = Reply<T>;
    const DRIVES: bool = false;

    fn finish<T>(reply: Reply<T>) -> Reply<T> {
        reply
    }
}

impl Mode for Blocking {
    type Output<T> = Result<T, Error>;
    const DRIVES: bool = true;

    fn finish<T>(reply: Reply<T>) -> Result<T, Error> {
        reply.wait()
    }
}
