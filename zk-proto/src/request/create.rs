//! Creating nodes.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::{Answer, Encoder, Request};
use crate::error::{Error, Malformed, Misuse};
use crate::records::{Acl, CreateMode, Created, Record, Stat, take_acls};
use crate::wire::Reader;
use crate::{Chroot, ErrorCode, OpCode};

/// Creates a node; answers its path, which for a sequential node ends in its number.
///
/// Without further ado the node is persistent and open to everybody.
///
/// ```
/// use zk_proto::{Create, CreateMode};
///
/// let create = Create::new("/jobs/job-", "payload").ephemeral_sequential();
/// assert_eq!(create.mode, CreateMode::EphemeralSequential);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Create<'a> {
    /// The path; of a sequential node, without its number.
    pub path: &'a str,
    /// The data; `None` is no data at all, which is not the same as empty data.
    pub data: Option<&'a [u8]>,
    /// Who may do what with the node; at least one entry.
    pub acl: Cow<'a, [Acl]>,
    /// What kind of node.
    pub mode: CreateMode,
}

impl<'a> Create<'a> {
    /// Creates `path` with this data: a persistent node, open to everybody.
    #[must_use]
    pub fn new(path: &'a str, data: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        let (data, acl) = (Some(data.as_ref()), Cow::Borrowed(Acl::OPEN));
        Self { path, data, acl, mode: CreateMode::Persistent }
    }

    /// Creates `path` without data.
    #[must_use]
    pub fn without_data(path: &'a str) -> Self {
        Self { data: None, ..Self::new(path, "") }
    }

    /// What kind of node.
    #[must_use]
    pub fn mode(self, mode: CreateMode) -> Self {
        Self { mode, ..self }
    }

    /// Gone with the session.
    #[must_use]
    pub fn ephemeral(self) -> Self {
        self.mode(CreateMode::Ephemeral)
    }

    /// Gone with the session, and with a number.
    #[must_use]
    pub fn ephemeral_sequential(self) -> Self {
        self.mode(CreateMode::EphemeralSequential)
    }

    /// With a number.
    #[must_use]
    pub fn sequential(self) -> Self {
        self.mode(CreateMode::PersistentSequential)
    }

    /// Gone some time after its last child.
    #[must_use]
    pub fn container(self) -> Self {
        self.mode(CreateMode::Container)
    }

    /// Gone when it has no children and was not written for this long: 1 ms to 2^40 - 1 ms.
    #[must_use]
    pub fn ttl(self, ttl: Duration) -> Self {
        self.mode(CreateMode::PersistentWithTtl(ttl))
    }

    /// With this access control list, of at least one entry.
    #[must_use]
    pub fn acl(self, acl: impl Into<Cow<'a, [Acl]>>) -> Self {
        Self { acl: acl.into(), ..self }
    }

    /// The same, answering the new node's stat as well (ZooKeeper 3.5).
    #[must_use]
    pub fn with_stat(self) -> CreateWithStat<'a> {
        CreateWithStat(self)
    }

    pub(super) fn encode(&self, out: &mut Encoder<'_>) -> Result<(), Misuse> {
        let ttl = self.mode.ttl_millis()?;
        if self.mode.is_sequential() {
            out.sequential_path(self.path)?;
        } else {
            out.path(self.path)?;
        }
        out.buffer(self.data);
        out.acls(&self.acl)?;
        out.int(self.mode.flags());
        if let Some(ttl) = ttl {
            out.long(ttl);
        }
        Ok(())
    }

    /// Reads the body of a request; the code is what a server would answer if it cannot be read.
    pub(super) fn decode_body(op: OpCode, reader: &mut Reader<'a>) -> Result<Self, ErrorCode> {
        let (path, data, acl, flags) = Self::fields(reader)?;
        let ttl = match (op, flags) {
            (OpCode::CreateTtl, 5 | 6) => Some(reader.long("time to live")?),
            (OpCode::CreateTtl, _) | (_, 5 | 6) => return Err(ErrorCode::BadArguments),
            _ => None,
        };
        let mode = match (op, CreateMode::from_flags(flags, ttl)?) {
            (OpCode::CreateContainer, _) => CreateMode::Container,
            // Servers make containers for nothing but their own operation.
            (_, CreateMode::Container) => CreateMode::Persistent,
            (_, mode) => mode,
        };
        Ok(Self { path, data, acl: acl.into(), mode })
    }

    /// The same inside of a transaction, where servers go by the flags more than by the operation.
    pub(super) fn decode_operation(op: OpCode, reader: &mut Reader<'a>) -> Result<Self, ErrorCode> {
        let (path, data, acl, flags) = Self::fields(reader)?;
        // A container whatever the flags, but for those that give a number: no mode has both.
        let flags = match (op, flags) {
            (OpCode::CreateContainer, 0 | 1) => CreateMode::Container.flags(),
            (OpCode::CreateContainer, 3) => CreateMode::PersistentSequential.flags(),
            _ => flags,
        };
        // Flags that want a time to live where none is read make no sense of the transaction.
        let has_ttl = op == OpCode::CreateTtl;
        let ttl = has_ttl.then(|| reader.long("time to live")).transpose()?;
        let mode = match (flags, ttl.map(impossible_ttl)) {
            // A time to live that cannot be makes its operation fail, not the transaction.
            (5, Some(Some(ttl))) => CreateMode::PersistentWithTtl(ttl),
            (6, Some(Some(ttl))) => CreateMode::PersistentSequentialWithTtl(ttl),
            _ => CreateMode::from_flags(flags, ttl).map_err(|_| ErrorCode::MarshallingError)?,
        };
        Ok(Self { path, data, acl: acl.into(), mode })
    }

    #[expect(clippy::type_complexity, reason = "four fields, in the order of the wire")]
    fn fields(
        reader: &mut Reader<'a>,
    ) -> Result<(&'a str, Option<&'a [u8]>, Vec<Acl>, i32), Malformed> {
        let path = reader.string("path")?;
        let data = reader.buffer("data")?;
        Ok((path, data, take_acls(reader)?, reader.int("flags")?))
    }
}

/// The time to live, if it is not one that nodes can have.
fn impossible_ttl(ttl: i64) -> Option<Duration> {
    let ttl = Duration::from_millis(u64::try_from(ttl).unwrap_or(0));
    (ttl.is_zero() || ttl > CreateMode::MAX_TTL).then_some(ttl)
}

impl From<Malformed> for ErrorCode {
    /// What a server answers to a request that it cannot read.
    fn from(_: Malformed) -> Self {
        Self::MarshallingError
    }
}

impl Request for Create<'_> {
    type Response = String;

    fn op(&self) -> OpCode {
        self.mode.op(OpCode::Create)
    }

    fn path(&self) -> Box<str> {
        self.path.into()
    }

    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), Misuse> {
        self.encode(out)
    }

    fn decode(answer: Answer, chroot: &Chroot) -> Result<String, Error> {
        super::path(answer, chroot)
    }
}

/// Creates a node; answers its path and its stat (ZooKeeper 3.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateWithStat<'a>(
    /// What to create.
    pub Create<'a>,
);

impl Request for CreateWithStat<'_> {
    type Response = Created;

    fn op(&self) -> OpCode {
        self.0.mode.op(OpCode::Create2)
    }

    fn path(&self) -> Box<str> {
        self.0.path.into()
    }

    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), Misuse> {
        self.0.encode(out)
    }

    fn decode(answer: Answer, chroot: &Chroot) -> Result<Created, Error> {
        let body = answer?;
        let mut reader = Reader::new(&body);
        let path = super::client_path(&mut reader, chroot)?;
        Ok(Created::new(path, Stat::decode(&mut reader)?))
    }
}
