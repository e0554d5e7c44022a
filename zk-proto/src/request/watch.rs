//! Setting, checking and removing watches.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::node::watch_path;
use super::{Answer, Encoder, Request, WatchRequest, nothing};
use crate::error::{Error, Malformed, Misuse};
use crate::records::{WatchMode, WatcherType};
use crate::wire::Reader;
use crate::{Chroot, OpCode, WatchKind};

/// Adds a persistent watch (ZooKeeper 3.6). The node need not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct AddWatch<'a> {
    /// Which node.
    pub path: &'a str,
    /// What to see of it.
    pub mode: WatchMode,
}

impl<'a> AddWatch<'a> {
    /// Watches this node.
    #[must_use]
    pub const fn new(path: &'a str, mode: WatchMode) -> Self {
        Self { path, mode }
    }
}

// The answer's body is an error code, 0 from Apache ZooKeeper; ClickHouse Keeper has sent none.
about_one_node!(AddWatch: AddWatch -> (), |request, out| {
    out.int(request.mode as i32);
    Ok(())
}, |answer, _| nothing(answer));

impl WatchRequest for AddWatch<'_> {
    fn watch_kind(&self) -> WatchKind {
        match self.mode {
            WatchMode::Persistent => WatchKind::Persistent,
            WatchMode::Recursive => WatchKind::PersistentRecursive,
        }
    }

    fn watch_path(&self, chroot: &Chroot) -> Result<Box<str>, Misuse> {
        watch_path(self.path, chroot)
    }
}

/// Asks whether this connection has a watch of a kind on a node; the server answers
/// [`NoWatcher`](crate::ErrorCode::NoWatcher) if not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CheckWatches<'a> {
    /// Which node.
    pub path: &'a str,
    /// Which kind.
    pub kind: WatcherType,
}

/// Removes this connection's watches of a kind from a node; the server answers
/// [`NoWatcher`](crate::ErrorCode::NoWatcher) if there are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RemoveWatches<'a> {
    /// Which node.
    pub path: &'a str,
    /// Which kind.
    pub kind: WatcherType,
}

impl<'a> CheckWatches<'a> {
    /// Asks for this kind on this node.
    #[must_use]
    pub const fn new(path: &'a str, kind: WatcherType) -> Self {
        Self { path, kind }
    }
}

impl<'a> RemoveWatches<'a> {
    /// Removes this kind from this node.
    #[must_use]
    pub const fn new(path: &'a str, kind: WatcherType) -> Self {
        Self { path, kind }
    }
}

about_one_node!(CheckWatches: CheckWatches -> (), |request, out| {
    out.int(request.kind as i32);
    Ok(())
}, |answer, _| nothing(answer));
about_one_node!(RemoveWatches: RemoveWatches -> (), |request, out| {
    out.int(request.kind as i32);
    Ok(())
}, |answer, _| nothing(answer));

/// Sets watches again after a reconnect, by the server's paths. The server tells at once what
/// changed since a transaction, for the first three kinds only.
///
/// A session does this by itself; it is public for servers and for tools that look at traffic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SetWatches<'a> {
    /// The last transaction that the client saw.
    pub relative_zxid: i64,
    /// Nodes whose data is watched.
    pub data: Vec<&'a str>,
    /// Nodes that were missing and are waited for.
    pub exist: Vec<&'a str>,
    /// Nodes whose children are watched.
    pub child: Vec<&'a str>,
    /// Nodes with persistent watches.
    pub persistent: Vec<&'a str>,
    /// Nodes with persistent recursive watches.
    pub persistent_recursive: Vec<&'a str>,
}

impl<'a> SetWatches<'a> {
    /// Sets nothing yet.
    #[must_use]
    pub fn since(relative_zxid: i64) -> Self {
        Self { relative_zxid, ..Self::default() }
    }

    /// Whether it sets nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lists().iter().all(|list| list.is_empty())
    }

    /// Adds a watch.
    pub fn push(&mut self, kind: WatchKind, path: &'a str) {
        match kind {
            WatchKind::Data => self.data.push(path),
            WatchKind::Exists => self.exist.push(path),
            WatchKind::Children => self.child.push(path),
            WatchKind::Persistent => self.persistent.push(path),
            WatchKind::PersistentRecursive => self.persistent_recursive.push(path),
        }
    }

    fn lists(&self) -> [&Vec<&'a str>; 5] {
        [&self.data, &self.exist, &self.child, &self.persistent, &self.persistent_recursive]
    }

    pub(super) fn decode_body(op: OpCode, reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        let list = |reader: &mut Reader<'a>| reader.vector("paths", 4, |r| r.string("path"));
        let relative_zxid = reader.long("zxid")?;
        let (data, exist, child) = (list(reader)?, list(reader)?, list(reader)?);
        let (persistent, persistent_recursive) = if op == OpCode::SetWatches2 {
            (list(reader)?, list(reader)?)
        } else {
            Default::default()
        };
        Ok(Self { relative_zxid, data, exist, child, persistent, persistent_recursive })
    }
}

impl Request for SetWatches<'_> {
    type Response = ();

    /// The older operation where it does, so that servers before 3.6 understand it.
    fn op(&self) -> OpCode {
        if self.persistent.is_empty() && self.persistent_recursive.is_empty() {
            OpCode::SetWatches
        } else {
            OpCode::SetWatches2
        }
    }

    fn path(&self) -> Box<str> {
        String::new().into()
    }

    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), Misuse> {
        out.long(self.relative_zxid);
        let count = if self.op() == OpCode::SetWatches { 3 } else { 5 };
        self.lists().iter().take(count).for_each(|list| out.server_paths(list));
        Ok(())
    }

    fn decode(answer: Answer, _: &Chroot) -> Result<(), Error> {
        answer.map(drop)
    }
}
