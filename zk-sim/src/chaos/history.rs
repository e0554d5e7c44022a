//! What has really happened to the data: the ensemble's journal, played back on a tree of our own.

use std::collections::BTreeMap;

use bytes::Bytes;
use zk_client::{ChangeKind, Stat};
use zk_server::tree::{self, Transaction, Tree};

/// All states that each node has had, and all changes that watches can tell of.
#[derive(Debug, Default)]
pub(crate) struct History {
    tree: Tree,
    versions: BTreeMap<Box<str>, Vec<Version>>,
    changes: BTreeMap<Box<str>, Vec<Change>>,
    /// Where and when each write of the workload was applied.
    written: BTreeMap<Stamp, Written>,
    last: i64,
}

/// Names a write of the workload: its number, and its place in a transaction. It is what the data
/// begins with.
pub(crate) type Stamp = (u64, u8);

/// Where and when a write was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) path: Box<str>,
    pub(crate) zxid: i64,
}

/// A state of a node, from a transaction on.
#[derive(Clone, Debug)]
struct Version {
    zxid: i64,
    state: Option<State>,
}

/// What a node is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) stat: Stat,
    pub(crate) data: Option<Bytes>,
    pub(crate) children: Vec<Box<str>>,
}

/// A change that watches can tell of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) kind: ChangeKind,
    pub(crate) zxid: i64,
}

impl History {
    /// Begins with this tree.
    pub(crate) fn begin(&mut self, tree: Tree) {
        self.last = tree.zxid();
        self.tree = tree;
    }

    /// The last transaction.
    pub(crate) fn last(&self) -> i64 {
        self.last
    }

    /// The data, as the journal makes it.
    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Notes that zxids have come this far, if only to begin an epoch.
    pub(crate) fn advance(&mut self, last: i64) {
        self.last = last;
    }

    /// Plays a transaction; returns the writes that are new, or what is wrong with them.
    pub(crate) fn play(&mut self, transaction: &Transaction) -> Vec<Result<Stamp, String>> {
        let zxid = transaction.at.zxid;
        let mut news = Vec::new();
        if zxid <= self.last {
            news.push(Err(format!("transaction {zxid:#x} after {:#x}", self.last)));
        }
        self.last = zxid;
        self.tree.follow(transaction);
        for change in &transaction.changes {
            let (kind, path, data) = match change {
                tree::Change::Create { path, data, .. } => (Some(ChangeKind::Created), path, data),
                tree::Change::SetData { path, data } => (Some(ChangeKind::DataChanged), path, data),
                tree::Change::Delete { path } => (Some(ChangeKind::Deleted), path, &None),
                tree::Change::SetAcl { path, .. } => (None, path, &None),
                tree::Change::Check => continue,
            };
            self.note(path, kind, zxid);
            if let Some(stamp) = data.as_deref().and_then(stamp_of) {
                news.push(self.note_write(stamp, path, zxid));
            }
        }
        news
    }

    fn note(&mut self, path: &str, kind: Option<ChangeKind>, zxid: i64) {
        self.note_version(path, zxid);
        let Some(kind) = kind else { return };
        self.changes.entry(path.into()).or_default().push(Change { kind, zxid });
        if kind == ChangeKind::DataChanged {
            return;
        }
        if let Some(parent) = zk_client::parent_of(path) {
            let change = Change { kind: ChangeKind::ChildrenChanged, zxid };
            self.changes.entry(parent.into()).or_default().push(change);
            self.note_version(parent, zxid);
        }
    }

    fn note_version(&mut self, path: &str, zxid: i64) {
        let state = self.tree.node(path).map(|node| State {
            stat: node.stat(),
            data: node.data(),
            children: node.children().map(Box::from).collect(),
        });
        let versions = self.versions.entry(path.into()).or_default();
        versions.pop_if(|last| last.zxid == zxid);
        versions.push(Version { zxid, state });
    }

    fn note_write(&mut self, stamp: Stamp, path: &str, zxid: i64) -> Result<Stamp, String> {
        let written = Written { path: path.into(), zxid };
        match self.written.insert(stamp, written) {
            Some(before) => Err(format!(
                "write {stamp:?} was applied twice: to {} at {:#x} and to {path} at {zxid:#x}",
                before.path, before.zxid
            )),
            None => Ok(stamp),
        }
    }

    /// Where and when this was written, if it was.
    pub(crate) fn written(&self, stamp: Stamp) -> Option<&Written> {
        self.written.get(&stamp)
    }

    /// What a node was like at a transaction.
    pub(crate) fn at(&self, path: &str, zxid: i64) -> Option<&State> {
        let all = self.versions.get(path)?;
        let count = all.partition_point(|version| version.zxid <= zxid);
        all.get(count.checked_sub(1)?)?.state.as_ref()
    }

    /// The first transaction, not before `from`, at which a node was like that.
    pub(crate) fn first(
        &self,
        path: &str,
        from: i64,
        is_like: impl Fn(Option<&State>) -> bool,
    ) -> Option<i64> {
        self.runs(path, from).find(|(_, state)| is_like(*state)).map(|(zxid, _)| zxid)
    }

    /// The last transaction, not before `from`, at which a node was like that: the one before its
    /// next change.
    pub(crate) fn latest(
        &self,
        path: &str,
        from: i64,
        is_like: impl Fn(Option<&State>) -> bool,
    ) -> Option<i64> {
        let runs: Vec<_> = self.runs(path, from).collect();
        let at = runs.iter().rposition(|(_, state)| is_like(*state))?;
        Some(runs.get(at + 1).map_or(self.last, |(next, _)| next - 1))
    }

    /// The states from a transaction on, each with the transaction that it begins at.
    fn runs(&self, path: &str, from: i64) -> impl Iterator<Item = (i64, Option<&State>)> {
        let all = self.versions.get(path).map(Vec::as_slice).unwrap_or_default();
        let count = all.partition_point(|version| version.zxid <= from);
        let before = count.checked_sub(1).and_then(|at| all.get(at));
        let first = (from, before.and_then(|version| version.state.as_ref()));
        let later = all.iter().skip(count).map(|version| (version.zxid, version.state.as_ref()));
        std::iter::once(first).chain(later)
    }

    /// The changes of a node that happened after a transaction.
    pub(crate) fn changes_after(&self, path: &str, zxid: i64) -> &[Change] {
        let all = self.changes.get(path).map(Vec::as_slice).unwrap_or_default();
        all.get(all.partition_point(|change| change.zxid <= zxid)..).unwrap_or_default()
    }

    /// This node, and all below it that ever were.
    pub(crate) fn tree_of(&self, path: &str) -> impl Iterator<Item = &str> {
        let below = format!("{}/", path.trim_end_matches('/'));
        let root = path.to_owned();
        let is_in = move |node: &&str| **node == *root || node.starts_with(&below);
        self.changes.keys().map(|path| &**path).filter(is_in)
    }
}

/// What the data of a write begins with.
pub(crate) fn stamp((number, place): Stamp) -> String {
    format!("{number:012x}{place:02x}")
}

/// Which write this data is from.
fn stamp_of(data: &[u8]) -> Option<Stamp> {
    let text = std::str::from_utf8(data.get(..14)?).ok()?;
    let number = u64::from_str_radix(text.get(..12)?, 16).ok()?;
    Some((number, u8::from_str_radix(text.get(12..)?, 16).ok()?))
}
