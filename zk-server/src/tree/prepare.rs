//! Whether a write is allowed, in the order in which ZooKeeper asks
//! (`PrepRequestProcessor.pRequest2Txn`).

use std::sync::Arc;

use bytes::Bytes;
use zk_proto::{Check, Create, Delete, ErrorCode, Permissions, SetAcl, SetData, validate_path};

use super::{Caller, Change, Owner, Tree, Znode, permits, resolve_acl, split};

/// What is refused depends on this, beside the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Refuse what exceeds a hard limit under `/zookeeper/quota`.
    pub enforce_quota: bool,
    /// Know the scheme `sasl`.
    pub sasl: bool,
    /// Know the scheme `x509`.
    pub x509: bool,
    /// Allow nodes with a time to live.
    pub ttl_nodes: bool,
    /// How many nodes there may be.
    pub nodes: usize,
    /// How many bytes of data and paths there may be.
    pub size: usize,
}

impl Default for Policy {
    /// Everything is allowed.
    fn default() -> Self {
        let (nodes, size) = (usize::MAX, usize::MAX);
        Self { enforce_quota: false, sasl: false, x509: false, ttl_nodes: true, nodes, size }
    }
}

impl Tree {
    /// A new node.
    ///
    /// # Errors
    ///
    /// The code that a server answers.
    pub fn prepare_create(
        &self,
        create: &Create<'_>,
        caller: &Caller<'_>,
    ) -> Result<Change, ErrorCode> {
        match create.mode.ttl_millis() {
            Ok(None) => {}
            Ok(Some(_)) | Err(_) if !self.policy.ttl_nodes => return Err(ErrorCode::Unimplemented),
            Ok(Some(_)) => {}
            Err(_) => return Err(ErrorCode::BadArguments),
        }
        let (parent_path, _) = self.place(create.path)?;
        let acl = self.resolved(resolve_acl(&create.acl, *caller, &self.policy)?, parent_path);
        let parent = self.node(parent_path).ok_or(ErrorCode::NoNode)?;
        demand(parent, caller, Permissions::CREATE)?;
        let path: Box<str> = match create.mode.is_sequential() {
            true => format!("{}{:010}", create.path, parent.creations).into(),
            false => create.path.into(),
        };
        valid(&path)?;
        if self.node(&path).is_some() {
            return Err(ErrorCode::NodeExists);
        }
        if parent.session().is_some() {
            return Err(ErrorCode::NoChildrenForEphemerals);
        }
        self.within_quota(&path, 1, length(create.data))?;
        self.within_limits(1, path.len() + create.data.map_or(0, <[u8]>::len))?;
        let owner = Owner::of(create.mode, caller.session);
        Ok(Change::Create { path, data: create.data.map(Bytes::copy_from_slice), acl, owner })
    }

    /// A node goes.
    ///
    /// # Errors
    ///
    /// The code that a server answers.
    pub fn prepare_delete(
        &self,
        delete: &Delete<'_>,
        caller: &Caller<'_>,
    ) -> Result<Change, ErrorCode> {
        let (parent, _) = self.place(delete.path)?;
        if matches!(delete.path, "/" | Self::SYSTEM | Self::CONFIG | Self::QUOTA) {
            return Err(ErrorCode::BadArguments);
        }
        let parent = self.node(parent).ok_or(ErrorCode::NoNode)?;
        demand(parent, caller, Permissions::DELETE)?;
        let node = self.node(delete.path).ok_or(ErrorCode::NoNode)?;
        compare(delete.version, node.version)?;
        match node.children.is_empty() {
            true => Ok(Change::Delete { path: delete.path.into() }),
            false => Err(ErrorCode::NotEmpty),
        }
    }

    /// New data.
    ///
    /// # Errors
    ///
    /// The code that a server answers.
    pub fn prepare_set_data(
        &self,
        set: &SetData<'_>,
        caller: &Caller<'_>,
    ) -> Result<Change, ErrorCode> {
        let node = self.found(set.path)?;
        demand(node, caller, Permissions::WRITE)?;
        let growth = length(set.data).saturating_sub_unsigned(node.len() as u64);
        self.within_quota(set.path, 0, growth)?;
        compare(set.version, node.version)?;
        self.within_limits(0, set.data.map_or(0, <[u8]>::len))?;
        let data = set.data.map(Bytes::copy_from_slice);
        Ok(Change::SetData { path: set.path.into(), data })
    }

    /// A new access control list.
    ///
    /// # Errors
    ///
    /// The code that a server answers.
    pub fn prepare_set_acl(
        &self,
        set: &SetAcl<'_>,
        caller: &Caller<'_>,
    ) -> Result<Change, ErrorCode> {
        valid(set.path)?;
        let acl = resolve_acl(&set.acl, *caller, &self.policy)?;
        let node = self.found(set.path)?;
        demand(node, caller, Permissions::ADMIN)?;
        compare(set.version, node.aversion)?;
        Ok(Change::SetAcl { path: set.path.into(), acl })
    }

    /// A version is compared.
    ///
    /// # Errors
    ///
    /// The code that a server answers.
    pub fn prepare_check(
        &self,
        check: &Check<'_>,
        caller: &Caller<'_>,
    ) -> Result<Change, ErrorCode> {
        let node = self.found(check.path)?;
        demand(node, caller, Permissions::READ)?;
        compare(check.version, node.version)?;
        Ok(Change::Check)
    }

    /// The path of the parent, and the name.
    fn place<'a>(&self, path: &'a str) -> Result<(&'a str, &'a str), ErrorCode> {
        split(path).filter(|_| !path.contains('\0')).ok_or(ErrorCode::BadArguments)
    }

    fn found(&self, path: &str) -> Result<&Znode, ErrorCode> {
        valid(path)?;
        self.node(path).ok_or(ErrorCode::NoNode)
    }

    /// Whether so much more is within the limits of this server, which Apache's does not have.
    fn within_limits(&self, nodes: usize, bytes: usize) -> Result<(), ErrorCode> {
        let fits = self.len().saturating_add(nodes) <= self.policy.nodes
            && self.size().saturating_add(bytes) <= self.policy.size;
        if fits { Ok(()) } else { Err(ErrorCode::SystemError) }
    }

    /// The same list as the parent's is shared with it.
    fn resolved(&self, acl: Arc<[zk_proto::Acl]>, parent: &str) -> Arc<[zk_proto::Acl]> {
        match self.node(parent) {
            Some(parent) if parent.acl == acl => parent.acl.clone(),
            Some(_) | None => acl,
        }
    }
}

/// The caller must have this permission on the node.
pub(crate) fn demand(
    node: &Znode,
    caller: &Caller<'_>,
    permission: Permissions,
) -> Result<(), ErrorCode> {
    match permits(&node.acl, *caller, permission) {
        true => Ok(()),
        false => Err(ErrorCode::NoAuth),
    }
}

fn valid(path: &str) -> Result<(), ErrorCode> {
    validate_path(path).map_err(|_| ErrorCode::BadArguments)
}

fn compare(demanded: Option<i32>, version: i32) -> Result<(), ErrorCode> {
    match demanded {
        Some(demanded) if demanded != version => Err(ErrorCode::BadVersion),
        Some(_) | None => Ok(()),
    }
}

fn length(data: Option<&[u8]>) -> i64 {
    data.map_or(0, |data| i64::try_from(data.len()).unwrap_or(i64::MAX))
}
