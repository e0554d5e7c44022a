//! With which node somebody contends.

use std::borrow::Cow;

use zk_client::machine::ProtectedCreate;
use zk_client::{Acl, CreateMode};

/// With which node somebody contends.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Below which path.
    pub(crate) parent: String,
    /// What its name has after the GUID.
    pub(crate) prefix: String,
    pub(crate) data: Vec<u8>,
    pub(crate) acl: Cow<'static, [Acl]>,
    pub(crate) mode: CreateMode,
}

impl Entry {
    /// An empty node that everybody may read and write, and that has a number.
    pub(crate) fn new(parent: &str, prefix: &str) -> Self {
        Self {
            parent: parent.to_owned(),
            prefix: prefix.to_owned(),
            data: Vec::new(),
            acl: Acl::OPEN.into(),
            mode: CreateMode::EphemeralSequential,
        }
    }

    pub(super) fn create(&self) -> ProtectedCreate {
        ProtectedCreate::new(&self.parent, &self.prefix, &self.data, self.mode)
            .acl(self.acl.clone())
    }

    /// The path of a node with this name beside it.
    pub(super) fn beside(&self, name: &str) -> String {
        format!("{}/{name}", self.parent.strip_suffix('/').unwrap_or(&self.parent))
    }
}
