//! What went wrong, who is to blame, and what is known of the request.

use alloc::boxed::Box;
use core::fmt;

use crate::path::PathError;
use crate::{ErrorCode, OpCode};

/// Why an operation did not succeed: the reason, the operation, and the path it was about.
///
/// [`kind`](Self::kind) says who is to blame, [`outcome`](Self::outcome) whether the request can
/// have been applied, [`is_retryable`](Self::is_retryable) whether to try the same again.
///
/// ```
/// use zk_proto::{Error, ErrorCode, ErrorKind, OpCode, Outcome};
///
/// let error = Error::from(ErrorKind::Server(ErrorCode::NoNode)).about(OpCode::GetData, "/app");
/// assert_eq!(error.to_string(), "getData /app: no such node");
/// assert_eq!(error.outcome(), Outcome::NotApplied);
/// assert_eq!(error.code(), Some(ErrorCode::NoNode));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Facts>);

/// In a box, so that a result is no larger than what it holds when all is well.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Facts {
    kind: ErrorKind,
    op: Option<OpCode>,
    path: Option<Box<str>>,
}

/// The reason of an [`Error`], by who is to blame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The server said no.
    #[error("{0}")]
    Server(ErrorCode),
    /// The server refused a transaction because of one of its operations.
    #[error("operation {index} of the transaction: {code}")]
    Transaction {
        /// Which operation, counted from zero in the order of the request.
        index: usize,
        /// Why.
        code: ErrorCode,
    },
    /// The server's answer is not what the protocol says.
    #[error("the server broke the protocol: {0}")]
    Malformed(Malformed),
    /// The request cannot be sent as it is.
    #[error("{0}")]
    Misuse(#[from] Misuse),
    /// The queue of requests is full.
    #[error("too many requests are waiting")]
    QueueFull,
    /// The connection broke before the answer came.
    #[error("connection lost ({fault}), {outcome}")]
    ConnectionLost {
        /// Why the connection ended.
        fault: Fault,
        /// Whether the request can have reached the server.
        outcome: Outcome,
    },
    /// The request's deadline passed.
    #[error("deadline exceeded, {0}")]
    DeadlineExceeded(Outcome),
    /// The session has expired.
    #[error("session expired, {0}")]
    SessionExpired(Outcome),
    /// The session could not say who it is, and is over.
    #[error("authentication failed ({reason}), {outcome}")]
    AuthFailed {
        /// What went wrong.
        reason: AuthFailure,
        /// Whether the request can have been applied.
        outcome: Outcome,
    },
    /// The session was closed by its owner.
    #[error("session closed, {0}")]
    Closed(Outcome),
    /// The caller gave the operation up.
    #[error("cancelled, {0}")]
    Cancelled(Outcome),
    /// No server could be reached in time; says each address and why.
    #[error("no server could be reached: {0}")]
    Unreachable(Box<str>),
    /// A server was asked a four-letter word, and did not answer; says which, and why.
    #[error("no answer: {0}")]
    Unanswered(Box<str>),
}

/// What is known of a request that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was not applied: never sent, or refused. Repeating it is safe.
    NotApplied,
    /// It was sent, and nobody can tell whether it was applied.
    Unknown,
}

/// What a caller did wrong; the request was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misuse {
    /// The path is not one that ZooKeeper accepts.
    #[error("invalid path: {0}")]
    Path(#[from] PathError),
    /// The request is longer than the server accepts.
    #[error("the request has {size} bytes, more than the {limit} that the server accepts")]
    TooLarge {
        /// Its length in bytes, header included.
        size: usize,
        /// The limit in bytes: `jute.maxbuffer` of the server.
        limit: usize,
    },
    /// The time to live is not between 1 ms and 2^40 - 1 ms.
    #[error("a time to live must have 1 to {max} milliseconds", max = crate::CreateMode::MAX_TTL.as_millis())]
    TimeToLive,
    /// The access control list is empty.
    #[error("the access control list is empty")]
    EmptyAcl,
    /// A name or path in a text that has no room for it, such as a host of a connect string.
    #[error("{0}")]
    Text(Box<str>),
}

/// What about a message is not as the protocol says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub(crate) &'static str);

/// Why a session could not say who it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthFailure {
    /// The server refused an identity that was added to the session.
    #[error("identity of the scheme {scheme}: {code}")]
    Identity {
        /// How the identity was to be established.
        scheme: Box<str>,
        /// What the server said.
        code: ErrorCode,
    },
    /// The server serves only those who authenticate by SASL, and the session did not.
    #[error("the server requires SASL")]
    SaslRequired,
    /// The server refused a token of the SASL mechanism. Apache ZooKeeper answers
    /// [`ErrorCode::AuthFailed`], or [`ErrorCode::SessionClosedRequireSaslAuth`] where it requires
    /// SASL, and never says more.
    #[error("SASL: refused by the server: {0}")]
    Refused(ErrorCode),
    /// The server answered with no token, while the SASL mechanism still waited for one: it does
    /// not do SASL, or lets those in whom it did not recognise.
    #[error("SASL: the server answered without a token: it has no SASL, or does not insist on it")]
    NoSasl,
    /// The server went on after the SASL mechanism had sent its last token.
    #[error("SASL: the server goes on after the last token")]
    NotTheEnd,
    /// The SASL mechanism gave up, for this reason: it has no credentials, say, or the server did
    /// not prove to be the right one.
    #[error("SASL: {0}")]
    Mechanism(Box<str>),
}

/// Why a connection ended, or why one never came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The transport failed, or the server closed it.
    #[error("closed")]
    Closed,
    /// Nothing came for a third of the session timeout although a request or a ping was to be
    /// answered, or for all of it no answer to any request, whatever else came.
    #[error("no answer")]
    Silent,
    /// A frame did not come to its end in two thirds of the session timeout.
    #[error("unfinished frame")]
    Stalled,
    /// Name, connection and handshake took longer than the connect timeout.
    #[error("connect timeout")]
    ConnectTimeout,
    /// The transport is up, but of no use: what it does with the bytes, such as TLS, failed.
    #[error("transport failed")]
    Transport,
    /// The server answered the handshake with a record of TLS: a client of its port has to speak
    /// that.
    #[error("the server speaks TLS on this port, and the client does not")]
    TlsPort,
    /// A frame is longer than the limit.
    #[error("frame too long")]
    FrameTooLong,
    /// A reply to another request than the oldest, or to none.
    #[error("reply out of order")]
    OutOfOrder,
    /// A message that cannot be read.
    #[error("{0}")]
    Malformed(Malformed),
    /// The server is there, but does not serve this session now.
    #[error("not serving")]
    NotServing,
    /// The session is served by another server.
    #[error("session moved")]
    SessionMoved,
    /// A better server was found: one that can write, or one of a new list.
    #[error("moving to another server")]
    Moving,
    /// The session is over.
    #[error("session over")]
    SessionOver,
}

impl Error {
    /// The reason.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The operation that failed, if it was one.
    #[must_use]
    pub fn op(&self) -> Option<OpCode> {
        self.0.op
    }

    /// The path that it was about, as its caller wrote it.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    /// The server's error code, if it was the server that said no. For a refused transaction,
    /// the code of the operation that failed.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        match &self.0.kind {
            ErrorKind::Server(code) | ErrorKind::Transaction { code, .. } => Some(*code),
            ErrorKind::Malformed(_)
            | ErrorKind::Misuse(_)
            | ErrorKind::QueueFull
            | ErrorKind::ConnectionLost { .. }
            | ErrorKind::DeadlineExceeded(_)
            | ErrorKind::SessionExpired(_)
            | ErrorKind::AuthFailed { .. }
            | ErrorKind::Closed(_)
            | ErrorKind::Cancelled(_)
            | ErrorKind::Unreachable(_)
            | ErrorKind::Unanswered(_) => None,
        }
    }

    /// Which operation of a transaction failed, counted from zero.
    #[must_use]
    pub fn failed_operation(&self) -> Option<usize> {
        if let ErrorKind::Transaction { index, .. } = self.0.kind { Some(index) } else { None }
    }

    /// Whether the request can have been applied.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match &self.0.kind {
            ErrorKind::Server(code) | ErrorKind::Transaction { code, .. } => code.outcome(),
            ErrorKind::Malformed(_) | ErrorKind::Unanswered(_) => Outcome::Unknown,
            ErrorKind::Misuse(_) | ErrorKind::QueueFull | ErrorKind::Unreachable(_) => {
                Outcome::NotApplied
            }
            ErrorKind::ConnectionLost { outcome, .. }
            | ErrorKind::DeadlineExceeded(outcome)
            | ErrorKind::SessionExpired(outcome)
            | ErrorKind::AuthFailed { outcome, .. }
            | ErrorKind::Closed(outcome)
            | ErrorKind::Cancelled(outcome) => *outcome,
        }
    }

    /// Whether the same request on the same session was certainly not applied and may succeed
    /// when it is repeated, perhaps a little later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match &self.0.kind {
            ErrorKind::Server(code) => *code == ErrorCode::Throttled,
            ErrorKind::QueueFull => true,
            ErrorKind::ConnectionLost { outcome, .. } | ErrorKind::DeadlineExceeded(outcome) => {
                *outcome == Outcome::NotApplied
            }
            ErrorKind::Transaction { .. }
            | ErrorKind::Malformed(_)
            | ErrorKind::Misuse(_)
            | ErrorKind::SessionExpired(_)
            | ErrorKind::AuthFailed { .. }
            | ErrorKind::Closed(_)
            | ErrorKind::Cancelled(_)
            | ErrorKind::Unreachable(_)
            | ErrorKind::Unanswered(_) => false,
        }
    }

    /// Whether the session has ended and no request on it can succeed any more.
    #[must_use]
    pub fn is_session_over(&self) -> bool {
        let says_so = [ErrorCode::SessionExpired, ErrorCode::SessionClosedRequireSaslAuth];
        matches!(
            self.0.kind,
            ErrorKind::SessionExpired(_) | ErrorKind::AuthFailed { .. } | ErrorKind::Closed(_)
        ) || self.code().is_some_and(|code| says_so.contains(&code))
    }

    /// Names the operation and the paths it was about. The paths of a transaction are separated
    /// by NUL, in the order of its operations; of these, the one that failed is kept.
    #[must_use]
    pub fn about(mut self, op: OpCode, paths: &str) -> Self {
        let path = paths.split('\0').nth(self.failed_operation().unwrap_or(0));
        self.0.path = path.filter(|path| !path.is_empty()).map(Box::from);
        self.0.op = Some(op);
        self
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self(Box::new(Facts { kind, op: None, path: None }))
    }
}

impl From<Misuse> for Error {
    fn from(misuse: Misuse) -> Self {
        ErrorKind::Misuse(misuse).into()
    }
}

impl From<PathError> for Error {
    fn from(error: PathError) -> Self {
        Misuse::Path(error).into()
    }
}

impl From<Malformed> for Error {
    fn from(malformed: Malformed) -> Self {
        ErrorKind::Malformed(malformed).into()
    }
}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        ErrorKind::Server(code).into()
    }
}

impl From<Malformed> for Fault {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Facts { kind, op, path } = &*self.0;
        f.debug_struct("Error").field("kind", kind).field("op", op).field("path", path).finish()
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        if let ErrorKind::Misuse(misuse) = &self.0.kind {
            return Some(misuse);
        }
        if let ErrorKind::ConnectionLost { fault, .. } = &self.0.kind {
            return Some(fault);
        }
        if let ErrorKind::AuthFailed { reason, .. } = &self.0.kind {
            return Some(reason);
        }
        None
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(op) = self.0.op {
            write!(f, "{op}")?;
            if let Some(path) = &self.0.path {
                write!(f, " {path}")?;
            }
            f.write_str(": ")?;
        }
        write!(f, "{}", self.0.kind)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotApplied => "not applied",
            Self::Unknown => "outcome unknown",
        })
    }
}

impl ErrorCode {
    /// What is known of a request that the server answered with this code.
    ///
    /// A refusal is a refusal; but some codes tell of trouble inside of the server, in which a
    /// write may have survived.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        let unclear = matches!(
            self,
            Self::SystemError
                | Self::RuntimeInconsistency
                | Self::DataInconsistency
                | Self::ConnectionLoss
                | Self::OperationTimeout
                | Self::OutOfMemory
                | Self::RequestTimeout
                | Self::Unknown(_)
        );
        if unclear { Outcome::Unknown } else { Outcome::NotApplied }
    }
}
