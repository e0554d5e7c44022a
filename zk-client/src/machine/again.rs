//! Which answers are a reason to ask again.

use std::time::Duration;

use zk_proto::{Error, ErrorCode, ErrorKind};

use super::Cx;

/// When to repeat what may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// At once: if there is no connection, the request waits for one.
    Now,
    /// After a [`pause`]: the server is there, and said so.
    Later,
    /// The next answer would be the same.
    Never,
}

impl Again {
    /// Whether to repeat a request that was answered so. Whether it may be repeated is another
    /// question: see [`Error::outcome`].
    #[must_use]
    pub fn after(error: &Error) -> Self {
        let not_now = [Some(ErrorCode::Throttled), Some(ErrorCode::NotReadOnly)];
        if matches!(error.kind(), ErrorKind::ConnectionLost { .. }) {
            Self::Now
        } else if not_now.contains(&error.code()) {
            Self::Later
        } else {
            Self::Never
        }
    }
}

/// How long to leave a server alone that cannot serve now: 100 to 200 ms.
#[must_use]
pub fn pause(cx: &mut Cx<'_>) -> Duration {
    Duration::from_millis(100 + cx.random() % 100)
}
