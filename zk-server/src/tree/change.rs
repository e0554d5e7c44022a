//! What a write does to a tree, once it is known that it may.

use std::sync::Arc;

use bytes::Bytes;
use zk_proto::{Acl, Stat};

use super::{Owner, Tree, Znode, split};

/// A change that was found to be allowed.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are those of the requests")]
pub enum Change {
    /// A new node.
    Create { path: Box<str>, data: Option<Bytes>, acl: Arc<[Acl]>, owner: Owner },
    /// A node goes.
    Delete { path: Box<str> },
    /// New data.
    SetData { path: Box<str>, data: Option<Bytes> },
    /// A new access control list.
    SetAcl { path: Box<str>, acl: Arc<[Acl]> },
    /// Nothing: a version was compared.
    Check,
}

/// When something changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The transaction.
    pub zxid: i64,
    /// Milliseconds since 1970.
    pub time: i64,
}

/// What has to be known of a change after it was applied: who may hear of it, and how to take it
/// back.
#[derive(Debug)]
pub struct Applied {
    /// The stat that the node has now, if it is there and was written.
    pub stat: Option<Stat>,
    /// The access control list of the node; of one that went, its last.
    pub acl: Option<Arc<[Acl]>>,
    /// That of its parent, if its children changed.
    pub parent_acl: Option<Arc<[Acl]>>,
    undo: Undo,
}

#[derive(Debug)]
enum Undo {
    Nothing,
    Create { path: Box<str>, parent_pzxid: i64 },
    Delete { path: Box<str>, node: Box<Znode>, parent_pzxid: i64 },
    SetData { path: Box<str>, data: Option<Bytes>, mzxid: i64, mtime: i64 },
    SetAcl { path: Box<str>, acl: Arc<[Acl]> },
}

impl Applied {
    fn nothing() -> Self {
        Self { stat: None, acl: None, parent_acl: None, undo: Undo::Nothing }
    }

    /// How many bytes of data the node had before.
    pub(super) fn bytes_before(&self) -> i64 {
        let bytes = match &self.undo {
            Undo::Delete { node, .. } => node.len(),
            Undo::SetData { data, .. } => data.as_ref().map_or(0, Bytes::len),
            Undo::Nothing | Undo::Create { .. } | Undo::SetAcl { .. } => 0,
        };
        i64::try_from(bytes).unwrap_or(i64::MAX)
    }
}

impl Change {
    /// The same, if it is a new node, but that this is a container.
    #[must_use]
    pub fn into_container(self) -> Self {
        match self {
            Self::Create { path, data, acl, .. } => {
                Self::Create { path, data, acl, owner: Owner::Children }
            }
            Self::Delete { .. } | Self::SetData { .. } | Self::SetAcl { .. } | Self::Check => self,
        }
    }

    /// The path of the node; none of a comparison.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Create { path, .. }
            | Self::Delete { path }
            | Self::SetData { path, .. }
            | Self::SetAcl { path, .. } => Some(path),
            Self::Check => None,
        }
    }
}

impl Tree {
    /// Carries a change out. It was prepared on this tree, or on another in the same state.
    pub fn apply(&mut self, change: &Change, at: Stamp) -> Applied {
        self.advance(at.zxid);
        match change {
            Change::Create { path, data, acl, owner } => {
                let node = Znode {
                    data: data.clone(),
                    owner: *owner,
                    czxid: at.zxid,
                    mzxid: at.zxid,
                    pzxid: at.zxid,
                    ctime: at.time,
                    mtime: at.time,
                    ..Znode::new(acl.clone())
                };
                self.create(path, node, at)
            }
            Change::Delete { path } => self.delete(path, at),
            Change::SetData { path, data } => self.set_data(path, data.clone(), at),
            Change::SetAcl { path, acl } => self.set_acl(path, acl.clone()),
            Change::Check => Applied::nothing(),
        }
    }

    /// Takes a change back: the last one first.
    pub fn undo(&mut self, applied: Applied) {
        match applied.undo {
            Undo::Nothing => {}
            Undo::Create { path, parent_pzxid } => {
                self.remove(&path);
                self.with_parent(&path, |parent, _| {
                    parent.creations = parent.creations.wrapping_sub(1);
                    parent.pzxid = parent_pzxid;
                });
            }
            Undo::Delete { path, node, parent_pzxid } => {
                self.insert(&path, *node);
                self.with_parent(&path, |parent, _| parent.pzxid = parent_pzxid);
            }
            Undo::SetData { path, data, mzxid, mtime } => {
                self.replace_data(&path, data);
                if let Some(node) = self.node_mut(&path) {
                    (node.mzxid, node.mtime) = (mzxid, mtime);
                    node.version = node.version.wrapping_sub(1);
                }
            }
            Undo::SetAcl { path, acl } => {
                if let Some(node) = self.node_mut(&path) {
                    node.acl = acl;
                    node.aversion = node.aversion.wrapping_sub(1);
                }
            }
        }
    }

    fn create(&mut self, path: &str, node: Znode, at: Stamp) -> Applied {
        let (acl, stat) = (Some(node.acl.clone()), Some(node.stat()));
        self.insert(path, node);
        let parent = self.with_parent(path, |parent, _| {
            parent.creations = parent.creations.wrapping_add(1);
            (parent.acl.clone(), std::mem::replace(&mut parent.pzxid, at.zxid))
        });
        let (parent_acl, parent_pzxid) = parent.unzip();
        let parent_pzxid = parent_pzxid.unwrap_or(0);
        Applied { stat, acl, parent_acl, undo: Undo::Create { path: path.into(), parent_pzxid } }
    }

    fn delete(&mut self, path: &str, at: Stamp) -> Applied {
        let node = self.remove(path);
        let parent = self.with_parent(path, |parent, _| {
            (parent.acl.clone(), std::mem::replace(&mut parent.pzxid, at.zxid))
        });
        let (parent_acl, parent_pzxid) = parent.unzip();
        let acl = node.as_ref().map(|node| node.acl.clone());
        let parent_pzxid = parent_pzxid.unwrap_or(0);
        let undo = node.map_or(Undo::Nothing, |node| Undo::Delete {
            path: path.into(),
            node: Box::new(node),
            parent_pzxid,
        });
        Applied { stat: None, acl, parent_acl, undo }
    }

    fn set_data(&mut self, path: &str, data: Option<Bytes>, at: Stamp) -> Applied {
        let before = self.replace_data(path, data);
        let Some(node) = self.node_mut(path) else {
            return Applied::nothing();
        };
        node.version = node.version.wrapping_add(1);
        let mzxid = std::mem::replace(&mut node.mzxid, at.zxid);
        let mtime = std::mem::replace(&mut node.mtime, at.time);
        let undo = Undo::SetData { path: path.into(), data: before, mzxid, mtime };
        let (acl, stat) = (Some(node.acl.clone()), Some(node.stat()));
        Applied { stat, acl, parent_acl: None, undo }
    }

    fn set_acl(&mut self, path: &str, acl: Arc<[Acl]>) -> Applied {
        let Some(node) = self.node_mut(path) else {
            return Applied::nothing();
        };
        node.aversion = node.aversion.wrapping_add(1);
        let before = std::mem::replace(&mut node.acl, acl);
        let undo = Undo::SetAcl { path: path.into(), acl: before };
        Applied { stat: Some(node.stat()), acl: None, parent_acl: None, undo }
    }

    /// Puts a node into the tree and into its parent's list.
    fn insert(&mut self, path: &str, node: Znode) {
        self.size = self.size.saturating_add(path.len().saturating_add(node.len()));
        match node.owner {
            Owner::Nobody => {}
            Owner::Session(session) => {
                self.ephemerals.entry(session).or_default().insert(path.into());
            }
            Owner::Children | Owner::Time(_) => {
                self.mortals.insert(path.into());
            }
        }
        self.nodes.insert(path.into(), node);
        self.with_parent(path, |parent, name| parent.children.insert(name.into()));
    }

    /// Takes a node out of the tree and out of its parent's list.
    fn remove(&mut self, path: &str) -> Option<Znode> {
        let node = self.nodes.remove(path)?;
        self.size = self.size.saturating_sub(path.len().saturating_add(node.len()));
        match node.owner {
            Owner::Nobody => {}
            Owner::Session(session) => self.forget_ephemeral(session, path),
            Owner::Children | Owner::Time(_) => {
                self.mortals.remove(path);
            }
        }
        self.with_parent(path, |parent, name| parent.children.remove(name));
        Some(node)
    }

    fn forget_ephemeral(&mut self, session: i64, path: &str) {
        if let Some(paths) = self.ephemerals.get_mut(&session) {
            paths.remove(path);
            if paths.is_empty() {
                self.ephemerals.remove(&session);
            }
        }
    }

    /// Exchanges the data of a node, and nothing else.
    pub(super) fn replace_data(&mut self, path: &str, data: Option<Bytes>) -> Option<Bytes> {
        let node = self.nodes.get_mut(path)?;
        let before = node.len();
        let old = std::mem::replace(&mut node.data, data);
        let after = node.len();
        self.size = self.size.saturating_sub(before).saturating_add(after);
        old
    }

    fn with_parent<T>(&mut self, path: &str, f: impl FnOnce(&mut Znode, &str) -> T) -> Option<T> {
        let (parent, name) = split(path)?;
        self.node_mut(parent).map(|node| f(node, name))
    }
}
