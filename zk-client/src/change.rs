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
    pub(crate) fn from_news(news: &News, chroot: &Chroot, watched: &str) -> Option<Self> {
        let (kind, path, zxid) = match news {
            News::Change(change) | News::Last(change) => {
                let kind = match change.kind {
                    EventType::NodeCreated => ChangeKind::Created,
                    EventType::NodeDeleted => ChangeKind::Deleted,
                    EventType::NodeDataChanged => ChangeKind::DataChanged,
                    EventType::NodeChildrenChanged => ChangeKind::ChildrenChanged,
                    EventType::None => return None,
                };
                (kind, &*change.path, change.zxid)
            }
            News::Resync => (ChangeKind::Resync, watched, None),
            News::NotSet | News::SessionOver(_) => return None,
        };
        // The configuration of the ensemble has one path in every view.
        let path = chroot.strip(path).unwrap_or(path).to_owned();
        Some(Self { kind, path, zxid })
    }
}
