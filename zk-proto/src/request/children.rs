//! What is below a node.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use bytes::Buf;

use super::node::watch_path;
use super::{Answer, Encoder, Request, WatchRequest};
use crate::error::{Error, Malformed, Misuse};
use crate::records::{Children, Record, Stat};
use crate::wire::Reader;
use crate::{Chroot, OpCode, WatchKind};

/// Lists the names of a node's children.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct GetChildren<'a> {
    /// Which node.
    pub path: &'a str,
}

/// Lists the names of a node's children, and its stat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct GetChildrenWithStat<'a> {
    /// Which node.
    pub path: &'a str,
}

/// Counts all nodes below a node, itself not counted (ZooKeeper 3.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct GetAllChildrenNumber<'a> {
    /// Which node.
    pub path: &'a str,
}

/// Lists the paths of the ephemeral nodes of this session that begin with a prefix
/// (ZooKeeper 3.6). The prefix is a text: `/pa` also finds `/pab/x`; `/` finds all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct GetEphemerals<'a> {
    /// What their paths begin with.
    pub prefix: &'a str,
}

/// A node's children and stat: the answer to [`GetChildrenWithStat`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listing {
    /// The names of the children.
    pub children: Children,
    /// The stat of the node.
    pub stat: Stat,
}

impl Listing {
    /// A list and a stat.
    #[must_use]
    pub fn new(children: Children, stat: Stat) -> Self {
        Self { children, stat }
    }

    /// Appends it.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.children.encode(out);
        self.stat.encode(out);
    }
}

impl<'a> GetChildren<'a> {
    /// The children of this node.
    #[must_use]
    pub const fn new(path: &'a str) -> Self {
        Self { path }
    }

    /// The same, with the stat of the node.
    #[must_use]
    pub const fn with_stat(self) -> GetChildrenWithStat<'a> {
        GetChildrenWithStat { path: self.path }
    }
}

impl<'a> GetChildrenWithStat<'a> {
    /// The children of this node.
    #[must_use]
    pub const fn new(path: &'a str) -> Self {
        Self { path }
    }
}

impl<'a> GetAllChildrenNumber<'a> {
    /// Those below this node.
    #[must_use]
    pub const fn new(path: &'a str) -> Self {
        Self { path }
    }
}

impl<'a> GetEphemerals<'a> {
    /// Those whose paths begin like this.
    #[must_use]
    pub const fn new(prefix: &'a str) -> Self {
        Self { prefix }
    }
}

about_one_node!(GetChildren: GetChildren -> Children, |_, out| {
    out.watch();
    Ok(())
}, |answer, _| {
    let (children, _) = Children::decode(&answer?)?;
    Ok(children)
});
about_one_node!(GetChildrenWithStat: GetChildren2 -> Listing, |_, out| {
    out.watch();
    Ok(())
}, |answer, _| {
    let mut body = answer?;
    let (children, taken) = Children::decode(&body)?;
    body.advance(taken);
    Ok(Listing { children, stat: Stat::decode(&mut Reader::new(&body))? })
});
about_one_node!(GetAllChildrenNumber: GetAllChildrenNumber -> usize, |_, _| Ok(()), |answer, _| {
    let number = Reader::new(&answer?).int("number of nodes")?;
    Ok(usize::try_from(number).map_err(|_| Malformed("number of nodes"))?)
});

impl Request for GetEphemerals<'_> {
    type Response = Vec<String>;

    fn op(&self) -> OpCode {
        OpCode::GetEphemerals
    }

    fn path(&self) -> Box<str> {
        self.prefix.into()
    }

    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), Misuse> {
        out.prefix(self.prefix);
        Ok(())
    }

    /// The server finds by text: `/app2/x` begins with the chroot `/app`, but is not below it.
    fn decode(answer: Answer, chroot: &Chroot) -> Result<Vec<String>, Error> {
        let body = answer?;
        let mut reader = Reader::new(&body);
        let count = reader.count("ephemeral nodes", 4)?;
        let mut paths = Vec::with_capacity(count);
        for _ in 0..count {
            let path = reader.string("path")?;
            paths.extend(chroot.strip(path).map(String::from));
        }
        Ok(paths)
    }
}

impl WatchRequest for GetChildren<'_> {
    fn watch_kind(&self) -> WatchKind {
        WatchKind::Children
    }

    fn watch_path(&self, chroot: &Chroot) -> Result<Box<str>, Misuse> {
        watch_path(self.path, chroot)
    }
}

impl WatchRequest for GetChildrenWithStat<'_> {
    fn watch_kind(&self) -> WatchKind {
        WatchKind::Children
    }

    fn watch_path(&self, chroot: &Chroot) -> Result<Box<str>, Misuse> {
        watch_path(self.path, chroot)
    }
}
