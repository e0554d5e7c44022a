//! The members of the ensemble.

use alloc::boxed::Box;

use super::{Answer, Encoder, Request, WatchRequest};
use crate::error::{Error, Malformed, Misuse};
use crate::records::Node;
use crate::wire::Reader;
use crate::{Chroot, OpCode, WatchKind};

/// Reads the configuration of the ensemble, whatever the chroot; its data is empty if the server
/// stands alone. [`EnsembleConfig::parse`](crate::EnsembleConfig::parse) reads the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetConfig;

impl GetConfig {
    /// The node that holds it (`ZooDefs.CONFIG_NODE`).
    pub const PATH: &'static str = "/zookeeper/config";
}

impl Request for GetConfig {
    type Response = Node;

    fn op(&self) -> OpCode {
        OpCode::GetData
    }

    fn path(&self) -> Box<str> {
        Self::PATH.into()
    }

    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), Misuse> {
        out.string(Self::PATH);
        out.watch();
        Ok(())
    }

    fn decode(answer: Answer, _: &Chroot) -> Result<Node, Error> {
        Ok(Node::decode(answer?)?)
    }
}

impl WatchRequest for GetConfig {
    fn watch_kind(&self) -> WatchKind {
        WatchKind::Data
    }

    fn watch_path(&self, _: &Chroot) -> Result<Box<str>, Misuse> {
        Ok(Self::PATH.into())
    }
}

/// Changes the members of the ensemble (ZooKeeper 3.5, `reconfigEnabled`); answers the new
/// configuration, as [`GetConfig`] does.
///
/// Members are written as in the configuration: `server.3=host:2888:3888:participant;2181`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Reconfig<'a> {
    /// Which members there are to be.
    pub members: Members<'a>,
    /// The version that the configuration must have, if any.
    pub version: Option<i64>,
}

/// How a [`Reconfig`] says which members there are to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Members<'a> {
    /// Some join, some leave: both separated by commas, the latter by their ids.
    Incremental {
        /// Who joins, or changes.
        joining: Option<&'a str>,
        /// Who leaves.
        leaving: Option<&'a str>,
    },
    /// These and no others, separated by commas.
    Full(&'a str),
}

impl<'a> Reconfig<'a> {
    /// These members join, separated by commas, or change.
    #[must_use]
    pub const fn joining(members: &'a str) -> Self {
        let members = Members::Incremental { joining: Some(members), leaving: None };
        Self { members, version: None }
    }

    /// The members with these ids leave, separated by commas.
    #[must_use]
    pub const fn leaving(ids: &'a str) -> Self {
        let members = Members::Incremental { joining: None, leaving: Some(ids) };
        Self { members, version: None }
    }

    /// Some join and some leave, at once.
    #[must_use]
    pub const fn exchanging(joining: &'a str, leaving: &'a str) -> Self {
        let members = Members::Incremental { joining: Some(joining), leaving: Some(leaving) };
        Self { members, version: None }
    }

    /// There are these members and no others, separated by commas.
    #[must_use]
    pub const fn full(members: &'a str) -> Self {
        Self { members: Members::Full(members), version: None }
    }

    /// Only if the configuration has this version.
    #[must_use]
    pub fn version(self, version: i64) -> Self {
        Self { version: Some(version), ..self }
    }

    pub(super) fn decode_body(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        let joining = reader.nullable_string("joining")?;
        let leaving = reader.nullable_string("leaving")?;
        let full = reader.nullable_string("members")?;
        let version = Some(reader.long("version")?).filter(|version| *version != -1);
        let members = full.map_or(Members::Incremental { joining, leaving }, Members::Full);
        Ok(Self { members, version })
    }
}

impl Request for Reconfig<'_> {
    type Response = Node;

    fn op(&self) -> OpCode {
        OpCode::Reconfig
    }

    fn path(&self) -> Box<str> {
        GetConfig::PATH.into()
    }

    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), Misuse> {
        let (joining, leaving, full) = match self.members {
            Members::Incremental { joining, leaving } => (joining, leaving, None),
            Members::Full(members) => (None, None, Some(members)),
        };
        out.nullable_string(joining);
        out.nullable_string(leaving);
        out.nullable_string(full);
        out.long(self.version.unwrap_or(-1));
        Ok(())
    }

    fn decode(answer: Answer, _: &Chroot) -> Result<Node, Error> {
        Ok(Node::decode(answer?)?)
    }
}
