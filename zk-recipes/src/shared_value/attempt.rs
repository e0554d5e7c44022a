//! A write, and what is known of it.

use bytes::Bytes;
use zk_client::{Error, ErrorKind, Outcome, SetData};

use super::Versioned;

/// A write that is on its way, or may have been applied.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) data: Bytes,
    pub(super) version: Option<i32>,
    /// An answer that was lost: it was applied, or it was not.
    pub(super) doubt: Option<Error>,
}

impl Attempt {
    pub(super) fn request<'a>(&'a self, path: &'a str) -> SetData<'a> {
        let request = SetData::new(path, &self.data);
        match self.version {
            Some(version) => request.version(version),
            None => request,
        }
    }

    /// Whether the write that took the place of what we compared with was certainly not ours.
    pub(super) fn is_anothers(&self, value: &Versioned) -> bool {
        let next = self.version.map(|version| version.wrapping_add(1));
        next == Some(value.version) && value.data != self.data
    }

    /// What its owner is told, if this is the last that is heard.
    pub(super) fn error(self, error: Error) -> Error {
        match self.doubt {
            None => error,
            Some(_) if error.is_session_over() => in_doubt(error),
            Some(doubt) => doubt,
        }
    }
}

/// The same, of something that may have been applied.
fn in_doubt(error: Error) -> Error {
    let outcome = Outcome::Unknown;
    if let ErrorKind::SessionExpired(_) = error.kind() {
        ErrorKind::SessionExpired(outcome).into()
    } else if let ErrorKind::Closed(_) = error.kind() {
        ErrorKind::Closed(outcome).into()
    } else if let ErrorKind::AuthFailed { reason, .. } = error.kind() {
        ErrorKind::AuthFailed { reason: reason.clone(), outcome }.into()
    } else {
        error
    }
}
