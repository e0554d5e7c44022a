//! Reading, writing and deleting one node.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::{WatchRequest, demanded, nothing, record};
use crate::error::{Malformed, Misuse};
use crate::path::validate_path;
use crate::records::{Acl, Node, Record, Stat, put_acls, take_acls};
use crate::wire::Reader;
use crate::{Chroot, ErrorCode, WatchKind};

/// Requests that are nothing but a path.
macro_rules! path_requests {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub struct $name<'a> {
            /// Which node.
            pub path: &'a str,
        }

        impl<'a> $name<'a> {
            /// About this node.
            #[must_use]
            pub const fn new(path: &'a str) -> Self {
                Self { path }
            }
        }
    )+};
}

path_requests! {
    /// Asks whether a node exists; answers its stat if so.
    Exists;
    /// Reads a node's data and stat.
    GetData;
    /// Reads a node's access control list. Hashes of passwords are masked, unless the client may
    /// change the list.
    GetAcl;
    /// Lets the server that the client is connected to catch up with the leader, so that reads
    /// which follow see at least what was written before. The node need not exist.
    Sync;
}

/// Deletes a node that has no children.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Delete<'a> {
    /// Which node.
    pub path: &'a str,
    /// The version that it must have, if any.
    pub version: Option<i32>,
}

impl<'a> Delete<'a> {
    /// Deletes this node, whatever its version.
    #[must_use]
    pub const fn new(path: &'a str) -> Self {
        Self { path, version: None }
    }

    /// Only if it has this version.
    #[must_use]
    pub fn version(self, version: i32) -> Self {
        Self { version: Some(version), ..self }
    }
}

/// Writes a node's data; answers its new stat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SetData<'a> {
    /// Which node.
    pub path: &'a str,
    /// The data; `None` is no data at all.
    pub data: Option<&'a [u8]>,
    /// The version that it must have, if any.
    pub version: Option<i32>,
}

impl<'a> SetData<'a> {
    /// Writes this node, whatever its version.
    #[must_use]
    pub fn new(path: &'a str, data: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        Self { path, data: Some(data.as_ref()), version: None }
    }

    /// Takes the data away.
    #[must_use]
    pub fn without_data(path: &'a str) -> Self {
        Self { path, data: None, version: None }
    }

    /// Only if it has this version.
    #[must_use]
    pub fn version(self, version: i32) -> Self {
        Self { version: Some(version), ..self }
    }
}

/// Replaces a node's access control list; answers its new stat.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SetAcl<'a> {
    /// Which node.
    pub path: &'a str,
    /// The list; at least one entry.
    pub acl: Cow<'a, [Acl]>,
    /// The `aversion` that it must have, if any.
    pub version: Option<i32>,
}

impl<'a> SetAcl<'a> {
    /// Replaces the list of this node, whatever its version.
    #[must_use]
    pub fn new(path: &'a str, acl: impl Into<Cow<'a, [Acl]>>) -> Self {
        Self { path, acl: acl.into(), version: None }
    }

    /// Only if the list has this version: [`Stat::aversion`].
    #[must_use]
    pub fn version(self, version: i32) -> Self {
        Self { version: Some(version), ..self }
    }
}

/// A node's access control list and stat: the answer to [`GetAcl`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AclOf {
    /// The list.
    pub acl: Vec<Acl>,
    /// The stat.
    pub stat: Stat,
}

impl AclOf {
    /// A list and a stat.
    #[must_use]
    pub fn new(acl: Vec<Acl>, stat: Stat) -> Self {
        Self { acl, stat }
    }
}

impl Record for AclOf {
    fn encode(&self, out: &mut Vec<u8>) {
        put_acls(out, &self.acl);
        self.stat.encode(out);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { acl: take_acls(reader)?, stat: Stat::decode(reader)? })
    }
}

about_one_node!(Exists: Exists -> Option<Stat>, |_, out| {
    out.watch();
    Ok(())
}, |answer, _| match answer {
    Err(error) if error.code() == Some(ErrorCode::NoNode) => Ok(None),
    answer => record(answer).map(Some),
});
about_one_node!(GetData: GetData -> Node, |_, out| {
    out.watch();
    Ok(())
}, |answer, _| Ok(Node::decode(answer?)?));
about_one_node!(GetAcl: GetAcl -> AclOf, |_, _| Ok(()), |answer, _| record(answer));
about_one_node!(Sync: Sync -> String, |_, _| Ok(()), super::path);
about_one_node!(Delete: Delete -> (), |request, out| {
    out.int(demanded(request.version));
    Ok(())
}, |answer, _| nothing(answer));
about_one_node!(SetData: SetData -> Stat, |request, out| {
    out.buffer(request.data);
    out.int(demanded(request.version));
    Ok(())
}, |answer, _| record(answer));
about_one_node!(SetAcl: SetAcl -> Stat, |request, out| {
    out.acls(&request.acl)?;
    out.int(demanded(request.version));
    Ok(())
}, |answer, _| record(answer));

impl WatchRequest for Exists<'_> {
    fn watch_kind(&self) -> WatchKind {
        WatchKind::Exists
    }

    fn watch_path(&self, chroot: &Chroot) -> Result<Box<str>, Misuse> {
        watch_path(self.path, chroot)
    }
}

impl WatchRequest for GetData<'_> {
    fn watch_kind(&self) -> WatchKind {
        WatchKind::Data
    }

    fn watch_path(&self, chroot: &Chroot) -> Result<Box<str>, Misuse> {
        watch_path(self.path, chroot)
    }
}

pub(super) fn watch_path(path: &str, chroot: &Chroot) -> Result<Box<str>, Misuse> {
    validate_path(path)?;
    Ok(chroot.server_path(path).into())
}
