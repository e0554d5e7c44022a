//! An answer on its way: a future, and something a thread can wait for.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use zk_proto::{Answer, Chroot, Error, ErrorKind, OpCode, Outcome, RequestId};

use crate::shared::Shared;
use crate::slot::Slot;
use crate::view::Hold;
use crate::wait::park;

/// The answer to an operation, on its way.
///
/// The operation was asked for when this was made: the order of calls is the order in which the
/// server sees them, whatever the order in which their replies are awaited.
///
/// Dropping it cancels the operation as far as that is possible: a request that was not handed to
/// the transport yet is never sent, one that was may be applied, and its answer is ignored.
/// [`detach`](Self::detach) lets it go on by itself.
#[must_use = "an operation is not known to have succeeded until its reply is looked at, and is \
              cancelled when its reply is dropped"]
pub struct Reply<T>(Source<T>);

/// Where the answer will lie. It is decoded where it is awaited, not under a lock.
enum Source<T> {
    Request(Asked<T>),
    Machine {
        shared: Arc<Shared>,
        slot: Arc<Slot<Result<T, Error>>>,
        key: Option<u64>,
    },
    /// Of no session.
    Alone(Arc<Slot<Result<T, Error>>>),
    /// Found by whoever awaits it.
    Polled {
        shared: Arc<Shared>,
        poll: Poller<T>,
    },
    Ready(Result<T, Error>),
    Done,
}

type Poller<T> = Box<dyn FnMut(&mut Context<'_>) -> Poll<Result<T, Error>> + Send>;

/// A request that was submitted.
pub(crate) struct Asked<T> {
    pub(crate) hold: Arc<Hold>,
    pub(crate) slot: Arc<Slot<Answer>>,
    pub(crate) id: RequestId,
    pub(crate) about: About,
    pub(crate) decode: Decode<T>,
}

/// What an error of the request is about.
pub(crate) struct About {
    pub(crate) op: OpCode,
    pub(crate) path: Box<str>,
}

/// Turns bytes into what the caller asked for.
pub(crate) enum Decode<T> {
    Plain(fn(Answer, &Chroot) -> Result<T, Error>),
    Owned(OwnedDecode<T>),
}

type OwnedDecode<T> = Box<dyn FnOnce(Answer, &Chroot) -> Result<T, Error> + Send>;

impl<T> Reply<T> {
    pub(crate) fn request(asked: Asked<T>) -> Self {
        Self(Source::Request(asked))
    }

    /// The result of a machine that the driver steps; dropping the reply cancels it.
    pub(crate) fn machine(
        shared: Arc<Shared>,
        slot: Arc<Slot<Result<T, Error>>>,
        key: u64,
    ) -> Self {
        Self(Source::Machine { shared, slot, key: Some(key) })
    }

    /// A result that the driver will leave; dropping the reply changes nothing.
    pub(crate) fn left(shared: Arc<Shared>, slot: Arc<Slot<Result<T, Error>>>) -> Self {
        Self(Source::Machine { shared, slot, key: None })
    }

    /// A result that somebody will leave who belongs to no session.
    pub(crate) fn alone(slot: Arc<Slot<Result<T, Error>>>) -> Self {
        Self(Source::Alone(slot))
    }

    /// A result that whoever awaits it finds.
    pub(crate) fn polled(shared: Arc<Shared>, poll: Poller<T>) -> Self {
        Self(Source::Polled { shared, poll })
    }

    pub(crate) fn ready(result: Result<T, Error>) -> Self {
        Self(Source::Ready(result))
    }

    /// Lets the operation go on by itself: its outcome will not be known.
    pub fn detach(mut self) {
        self.0 = Source::Done;
    }

    /// Blocks this thread until the answer is there.
    ///
    /// # Errors
    ///
    /// Those of the operation.
    pub fn wait(mut self) -> Result<T, Error> {
        let shared = match &self.0 {
            Source::Request(asked) => asked.hold.shared().clone(),
            Source::Machine { shared, .. } | Source::Polled { shared, .. } => shared.clone(),
            Source::Alone(_) => return park(|cx| Pin::new(&mut self).poll(cx)),
            Source::Ready(_) | Source::Done => return self.take_result(),
        };
        shared.wait_for_answer(|cx| Pin::new(&mut self).poll(cx))
    }

    /// The result of what does not have to be waited for.
    fn take_result(&mut self) -> Result<T, Error> {
        match std::mem::replace(&mut self.0, Source::Done) {
            Source::Ready(result) => result,
            Source::Request(_)
            | Source::Machine { .. }
            | Source::Alone(_)
            | Source::Polled { .. }
            | Source::Done => Err(ErrorKind::Cancelled(Outcome::Unknown).into()),
        }
    }

    fn decode(&mut self, answer: Answer) -> Result<T, Error> {
        match std::mem::replace(&mut self.0, Source::Done) {
            Source::Request(asked) => asked.decode(answer),
            Source::Ready(result) => result,
            Source::Machine { .. } | Source::Alone(_) | Source::Polled { .. } | Source::Done => {
                Err(ErrorKind::Cancelled(Outcome::Unknown).into())
            }
        }
    }
}

impl<T> Asked<T> {
    fn decode(self, answer: Answer) -> Result<T, Error> {
        let chroot = self.hold.chroot();
        let result = match self.decode {
            Decode::Plain(decode) => decode(answer, chroot),
            Decode::Owned(decode) => decode(answer, chroot),
        };
        result.map_err(|error| error.about(self.about.op, &self.about.path))
    }
}

impl<T> Unpin for Reply<T> {}

impl<T> Future for Reply<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Source::Request(asked) => match asked.slot.poll_take(cx) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(answer) => Poll::Ready(self.decode(answer)),
            },
            Source::Machine { slot, .. } | Source::Alone(slot) => match slot.poll_take(cx) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(result) => {
                    self.0 = Source::Done;
                    Poll::Ready(result)
                }
            },
            Source::Polled { poll, .. } => {
                let poll = poll(cx);
                if poll.is_ready() {
                    self.0 = Source::Done;
                }
                poll
            }
            Source::Ready(_) => Poll::Ready(self.take_result()),
            Source::Done => Poll::Pending,
        }
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        match &self.0 {
            Source::Request(asked) => asked.hold.shared().cancel_request(asked.id),
            Source::Machine { shared, key: Some(key), .. } => shared.cancel_machine(*key),
            Source::Machine { key: None, .. }
            | Source::Alone(_)
            | Source::Polled { .. }
            | Source::Ready(_)
            | Source::Done => {}
        }
    }
}

impl<T> fmt::Debug for Reply<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut reply = f.debug_struct("Reply");
        if let Source::Request(asked) = &self.0 {
            reply.field("op", &asked.about.op).field("path", &asked.about.path);
        }
        reply.finish_non_exhaustive()
    }
}
