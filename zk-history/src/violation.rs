//! What a history can break.

use std::fmt;
use std::time::Duration;

/// A promise, by how it is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Rule {
    /// A message cannot be read.
    #[error("a message that cannot be read")]
    Unreadable,
    /// A reply to another request than the oldest that waits, after which the client went on.
    #[error("an answer out of order")]
    AnswerOutOfOrder,
    /// A session is shown an older state than before.
    #[error("the zxid of a session went back")]
    ZxidWentBack,
    /// A client that comes back tells the server of an older state than it was shown.
    #[error("the client forgot the last zxid that it was shown")]
    LastZxidForgotten,
    /// Two writes have the same zxid.
    #[error("two writes of one zxid")]
    ZxidShared,
    /// A write was asked for after something was shown, but has a lower zxid.
    #[error("a write before what had happened when it was asked for")]
    NotInRealTime,
    /// A write happened after a later one of its session.
    #[error("a write after a later one of its session")]
    SessionOrder,
    /// A write is answered otherwise than by the writes with lower zxids.
    #[error("a wrong answer to a write")]
    WrongAnswer,
    /// A read shows another state than that of its zxid.
    #[error("a read of another state than its zxid tells")]
    WrongState,
    /// The time of a transaction is not always told as the same.
    #[error("two times of one transaction")]
    TimeChanged,
    /// Something has changed, and nobody has asked for that.
    #[error("a change that nobody asked for")]
    Phantom,
    /// A write was applied more than once.
    #[error("a write that was applied twice")]
    AppliedTwice,
    /// A session did something after its end.
    #[error("a session that acts after its end")]
    ActsAfterEnd,
    /// An event that had to come before a reply has not come.
    #[error("an event is missing")]
    EventMissing,
    /// An event came after a reply that it had to come before.
    #[error("an event came too late")]
    EventLate,
    /// An event came without a cause, or once too often.
    #[error("an event without a cause")]
    EventUnexpected,
    /// Events came in another order than their causes.
    #[error("events out of order")]
    EventOutOfOrder,
    /// An event tells of another transaction than the one that caused it.
    #[error("an event of another zxid than its cause")]
    EventWrongZxid,
    /// Watches were set again relative to a state that the session had not been shown yet: what
    /// happened before that is lost.
    #[error("watches set again from a later state than was shown")]
    RearmedTooLate,
    /// The server says of a watch that it is there, or that it is not, and is wrong.
    #[error("a wrong answer about a watch")]
    WrongWatch,
}

/// A broken promise: which, when, and what was seen and what expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub rule: Rule,
    /// When it was seen, since the history began.
    pub at: Duration,
    /// Which record of the history shows it.
    pub record: usize,
    /// What was seen, and what expected.
    pub details: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, at, record, details } = self;
        write!(f, "{rule} (record {record}, at {:.3} s): {details}", at.as_secs_f64())
    }
}

impl std::error::Error for Violation {}
