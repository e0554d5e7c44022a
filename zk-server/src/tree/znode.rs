//! One znode.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use zk_proto::{Acl, CreateMode, Stat};

/// A znode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Znode {
    pub(super) data: Option<Bytes>,
    pub(super) acl: Arc<[Acl]>,
    pub(super) owner: Owner,
    pub(super) children: BTreeSet<Box<str>>,
    pub(super) czxid: i64,
    pub(super) mzxid: i64,
    pub(super) pzxid: i64,
    /// Milliseconds since 1970, as are those of `mtime`.
    pub(super) ctime: i64,
    pub(super) mtime: i64,
    pub(super) version: i32,
    pub(super) aversion: i32,
    /// How many children it ever had: the next number of a sequential one.
    pub(super) creations: i32,
}

/// On whom the life of a node depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// On nobody.
    Nobody,
    /// On this session.
    Session(i64),
    /// On its children: it goes after the last of them.
    Children,
    /// It goes when it has no children and was not written for this long.
    Time(Duration),
}

impl Znode {
    pub(super) fn new(acl: Arc<[Acl]>) -> Self {
        Self {
            data: None,
            acl,
            owner: Owner::Nobody,
            children: BTreeSet::new(),
            czxid: 0,
            mzxid: 0,
            pzxid: 0,
            ctime: 0,
            mtime: 0,
            version: 0,
            aversion: 0,
            creations: 0,
        }
    }

    /// Its data; `None` is no data at all.
    #[must_use]
    pub fn data(&self) -> Option<Bytes> {
        self.data.clone()
    }

    /// Its access control list.
    #[must_use]
    pub fn acl(&self) -> &Arc<[Acl]> {
        &self.acl
    }

    /// On whom its life depends.
    #[must_use]
    pub fn owner(&self) -> Owner {
        self.owner
    }

    /// The names of its children, in their order.
    pub fn children(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.children.iter().map(|name| &**name)
    }

    /// Its metadata, as clients see them. The cversion counts creations and deletions of children
    /// (`DataNode.copyStat`).
    #[must_use]
    pub fn stat(&self) -> Stat {
        let children = length(self.children.len());
        let mut stat = Stat::default();
        (stat.czxid, stat.mzxid, stat.pzxid) = (self.czxid, self.mzxid, self.pzxid);
        (stat.ctime, stat.mtime) = (self.ctime, self.mtime);
        (stat.version, stat.aversion) = (self.version, self.aversion);
        stat.cversion = self.creations.wrapping_mul(2).wrapping_sub(children);
        stat.ephemeral_owner = self.session().unwrap_or(0);
        stat.data_length = length(self.len());
        stat.num_children = children;
        stat
    }

    /// The session that it is ephemeral of.
    #[must_use]
    pub fn session(&self) -> Option<i64> {
        match self.owner {
            Owner::Session(session) => Some(session),
            Owner::Nobody | Owner::Children | Owner::Time(_) => None,
        }
    }

    /// The length of its data in bytes.
    pub(super) fn len(&self) -> usize {
        self.data.as_ref().map_or(0, Bytes::len)
    }
}

impl Owner {
    /// Whom a node depends on that is created in this mode by this session.
    #[must_use]
    pub fn of(mode: CreateMode, session: i64) -> Self {
        match mode {
            CreateMode::Persistent | CreateMode::PersistentSequential => Self::Nobody,
            CreateMode::Ephemeral | CreateMode::EphemeralSequential => Self::Session(session),
            CreateMode::Container => Self::Children,
            CreateMode::PersistentWithTtl(ttl) | CreateMode::PersistentSequentialWithTtl(ttl) => {
                Self::Time(ttl)
            }
        }
    }
}

fn length(len: usize) -> i32 {
    i32::try_from(len).unwrap_or(i32::MAX)
}
