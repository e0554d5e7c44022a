//! What the owners of a value ask for.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use zk_client::Error;
use zk_client::machine::{Promise, Task};

use super::Versioned;

/// What is to be done, and who waits for it.
#[derive(Debug)]
pub(crate) struct Letter {
    pub(crate) wish: Wish,
    pub(crate) answer: Box<dyn Answer>,
    /// The machine is at work until all letters are answered.
    pub(crate) _task: Arc<Task>,
}

impl Letter {
    /// There will be no answer.
    pub(crate) fn refuse(self, error: Option<Error>) {
        if let Some(error) = error {
            self.answer.leave(Err(error));
        }
    }
}

pub(crate) enum Wish {
    /// Writes, whatever is there.
    Set(Bytes),
    /// Writes what has this version.
    CompareAndSet { version: i32, data: Bytes },
    /// Writes what this makes of what is there.
    Edit(Edit),
}

/// What is to be written in place of what is there. An error is final if it is of the latest value.
pub(crate) type Edit = Box<dyn Fn(&Versioned) -> Result<Bytes, Error> + Send>;

/// Whoever waits.
pub(crate) trait Answer: Send + fmt::Debug {
    fn is_abandoned(&self) -> bool;
    fn leave(self: Box<Self>, result: Result<Versioned, Error>);
}

type PartOf<T> = Box<dyn FnOnce(Result<Versioned, Error>) -> Result<T, Error> + Send>;

/// Somebody who waits for a part of it.
pub(crate) struct Part<T> {
    pub(crate) promise: Promise<T>,
    pub(crate) part: PartOf<T>,
}

impl<T: Send> Answer for Part<T> {
    fn is_abandoned(&self) -> bool {
        self.promise.is_abandoned()
    }

    fn leave(self: Box<Self>, result: Result<Versioned, Error>) {
        self.promise.fulfil((self.part)(result));
    }
}

impl<T> fmt::Debug for Part<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.promise.fmt(f)
    }
}

impl fmt::Debug for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Set(_) => "Set",
            Self::CompareAndSet { .. } => "CompareAndSet",
            Self::Edit(_) => "Edit",
        })
    }
}
