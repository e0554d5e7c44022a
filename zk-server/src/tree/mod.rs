//! The data tree: what an ensemble keeps, and the rules by which it changes.
//!
//! A write is *prepared* against a tree, which says what it would change or why it is refused, and
//! then *applied*, which always succeeds and always does the same. So one tree can follow another,
//! a transaction can be undone, and a history of writes can be played again.
//!
//! ```
//! use zk_proto::Create;
//! use zk_server::tree::{Caller, Stamp, Tree};
//!
//! let mut tree = Tree::new();
//! let create = tree.prepare_create(&Create::new("/a", "hello"), &Caller::SUPER)?;
//! tree.apply(&create, Stamp { zxid: 1, time: 0 });
//! assert_eq!(tree.node("/a").and_then(|node| node.data()).as_deref(), Some(&b"hello"[..]));
//! # Ok::<(), zk_proto::ErrorCode>(())
//! ```

mod access;
mod change;
mod prepare;
mod quota;
mod reap;
mod transaction;
mod znode;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use zk_proto::Acl;

pub use access::{Caller, Identity};
pub use change::{Applied, Change, Stamp};
pub use prepare::Policy;
pub use transaction::Transaction;
pub use znode::{Owner, Znode};

use access::resolve_acl;
pub(crate) use access::{masked, permits};
pub(crate) use prepare::demand;
use quota::Quotas;

/// All znodes of an ensemble.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    nodes: HashMap<Box<str>, Znode>,
    /// The ephemeral nodes of each session.
    ephemerals: BTreeMap<i64, BTreeSet<Box<str>>>,
    /// Nodes that go by themselves: containers, and those with a time to live.
    mortals: BTreeSet<Box<str>>,
    quotas: Quotas,
    policy: Policy,
    /// Bytes of data and of paths.
    size: usize,
    zxid: i64,
}

impl Tree {
    /// Where an ensemble keeps what is its own.
    pub const SYSTEM: &'static str = "/zookeeper";
    /// The members of the ensemble.
    pub const CONFIG: &'static str = "/zookeeper/config";
    /// Limits of other nodes.
    pub const QUOTA: &'static str = "/zookeeper/quota";

    /// A tree as a new ensemble has it: `/`, `/zookeeper` and the two nodes below it.
    #[must_use]
    pub fn new() -> Self {
        let mut tree = Self {
            nodes: HashMap::new(),
            ephemerals: BTreeMap::new(),
            mortals: BTreeSet::new(),
            quotas: Quotas::default(),
            policy: Policy::default(),
            size: 0,
            zxid: 0,
        };
        let open: Arc<[Acl]> = Acl::OPEN.into();
        tree.plant("/", &open, &["zookeeper"]);
        tree.plant(Self::SYSTEM, &open, &["config", "quota"]);
        tree.plant(Self::CONFIG, &Acl::READ.into(), &[]);
        tree.plant(Self::QUOTA, &open, &[]);
        if let Some(config) = tree.node_mut(Self::CONFIG) {
            config.aversion = -1;
        }
        tree
    }

    /// The same, by another policy.
    #[must_use]
    pub fn with_rules(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// The same, by another policy.
    #[must_use]
    pub fn with_policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    fn plant(&mut self, path: &str, acl: &Arc<[Acl]>, children: &[&str]) {
        let node = Znode {
            data: Some(bytes::Bytes::new()),
            children: children.iter().map(|name| Box::from(*name)).collect(),
            ..Znode::new(acl.clone())
        };
        self.nodes.insert(path.into(), node);
    }

    /// Who the members are, before anything is written.
    pub(crate) fn set_config(&mut self, text: bytes::Bytes) {
        self.replace_data(Self::CONFIG, Some(text));
    }

    /// The node at this path. The empty path is that of the root, as servers have it.
    #[must_use]
    pub fn node(&self, path: &str) -> Option<&Znode> {
        self.nodes.get(if path.is_empty() { "/" } else { path })
    }

    fn node_mut(&mut self, path: &str) -> Option<&mut Znode> {
        self.nodes.get_mut(if path.is_empty() { "/" } else { path })
    }

    /// The zxid of the last write, or attempt at one, that it has seen.
    #[must_use]
    pub fn zxid(&self) -> i64 {
        self.zxid
    }

    /// Takes note of a zxid that changed no node: of a session, or of a write that was refused.
    pub fn advance(&mut self, zxid: i64) {
        self.zxid = self.zxid.max(zxid);
    }

    /// How many nodes there are, with those of the ensemble.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Never: the root cannot be deleted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// How many bytes its data and its paths have.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// The ephemeral nodes of a session, in the order of their paths.
    pub fn ephemerals(&self, session: i64) -> impl Iterator<Item = &str> {
        self.ephemerals.get(&session).into_iter().flatten().map(|path| &**path)
    }

    /// The sessions that have ephemeral nodes.
    pub fn owners(&self) -> impl Iterator<Item = i64> {
        self.ephemerals.keys().copied()
    }

    /// How many nodes are below this one; `None` if it does not exist.
    #[must_use]
    pub fn descendants(&self, path: &str) -> Option<usize> {
        self.node(path)?;
        Some(self.walk(path).count().saturating_sub(1))
    }

    /// This node and all below it, parents first, with their paths.
    pub fn walk<'a>(&'a self, path: &str) -> impl Iterator<Item = (Box<str>, &'a Znode)> {
        let start = if path.is_empty() { "/" } else { path };
        let mut open: Vec<Box<str>> = vec![start.into()];
        std::iter::from_fn(move || {
            loop {
                let path = open.pop()?;
                if let Some(node) = self.node(&path) {
                    open.extend(node.children().rev().map(|name| join(&path, name)));
                    return Some((path, node));
                }
            }
        })
    }
}

impl Default for Tree {
    fn default() -> Self {
        Self::new()
    }
}

/// The path of a child.
fn join(parent: &str, name: &str) -> Box<str> {
    format!("{}/{name}", parent.trim_end_matches('/')).into()
}

/// The path of the parent, and the name. The root's parent is itself, under the empty path, as
/// servers have it; a path without a slash has none.
fn split(path: &str) -> Option<(&str, &str)> {
    path.rsplit_once('/')
}
