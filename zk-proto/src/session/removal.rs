//! Taking watches back that nobody wants any more.

use alloc::boxed::Box;

use super::watches::WatchKind;
use crate::records::WatcherType;

/// A watch to be removed at the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Removal {
    pub(super) path: Box<str>,
    pub(super) kind: WatcherType,
}

impl Removal {
    pub(super) fn new(path: &str, kind: WatchKind) -> Self {
        let kind = match kind {
            WatchKind::Data | WatchKind::Exists => WatcherType::Data,
            WatchKind::Children => WatcherType::Children,
            WatchKind::Persistent => WatcherType::Persistent,
            WatchKind::PersistentRecursive => WatcherType::PersistentRecursive,
        };
        Self { path: path.into(), kind }
    }

    /// What to try at a server before 3.9, which does not know the persistent types: all kinds at
    /// once. Only good if nothing else of ours watches the path.
    pub(super) fn fallback(self) -> Option<Self> {
        match self.kind {
            WatcherType::Persistent | WatcherType::PersistentRecursive => {
                Some(Self { kind: WatcherType::Any, ..self })
            }
            WatcherType::Children | WatcherType::Data | WatcherType::Any => None,
        }
    }
}
