//! What a watch tells.

use std::fmt;

use zk_proto::{Chroot, EventType, News};

/// What a watch saw.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// To which node, as the client that set the watch sees it. For a
    /// [`Resync`](ChangeKind::Resync), the node that is watched.
    pub path: String,
    /// By which transaction, if the server tells: from 3.9 on, and not for what happened while
    /// the connection was down.
    pub zxid: Option<i64>,
}

/// What happened to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChangeKind {
    /// It was created.
    Created,
    /// It was deleted.
    Deleted,
    /// Its data was written.
    DataChanged,
    /// A child was created or deleted.
    ChildrenChanged,
    /// Changes may have been missed: the connection was lost and is back, or the watch was not
    /// read in time. Read again what is watched. Only persistent watches say this.
    Resync,
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Created => "created",
            Self::Deleted => "deleted",
            Self::DataChanged => "data changed",
            Self::ChildrenChanged => "children changed",
            Self::Resync => "resync",
        })
    }
}

impl Change {
    /// What the session's news are for a client with this chroot; `None` if they are not a change
    /// that it can see. `watched` is the server's path of the watched node.
    pub(crate) fn from_news(news: News, chroot: &Chroot, watched: &str) -> Option<Self> {
        let (kind, path, zxid) = match news {
            News::Change(change) | News::Last(change) => {
                (ChangeKind::of(change.kind)?, change.path, change.zxid)
            }
            News::Resync => (ChangeKind::Resync, watched.into(), None),
            News::NotSet | News::SessionOver(_) => return None,
        };
        // The configuration of the ensemble has one path in every view.
        let path = match chroot.strip(&path) {
            Some(inside) if inside.len() < path.len() => inside.to_owned(),
            Some(_) | None => path.into(),
        };
        Some(Self { kind, path, zxid })
    }
}

impl ChangeKind {
    fn of(event: EventType) -> Option<Self> {
        Some(match event {
            EventType::NodeCreated => Self::Created,
            EventType::NodeDeleted => Self::Deleted,
            EventType::NodeDataChanged => Self::DataChanged,
            EventType::NodeChildrenChanged => Self::ChildrenChanged,
            EventType::None => return None,
        })
    }
}
