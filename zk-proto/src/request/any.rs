//! A request of any operation, as a server reads it.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{
    AddWatch, Auth, CheckWatches, Create, CreateWithStat, Delete, Encoder, Exists, GetAcl,
    GetAllChildrenNumber, GetChildren, GetChildrenWithStat, GetData, GetEphemerals, Multi,
    MultiRead, Reconfig, RemoveWatches, Request, Sasl, SetAcl, SetData, SetWatches, Sync,
    take_version,
};
use crate::error::Misuse;
use crate::records::{WatchMode, WatcherType, take_acls};
use crate::wire::Reader;
use crate::{Chroot, ErrorCode, OpCode};

/// A request of any operation, as a server or an inspector of traffic reads it.
///
/// ```
/// use zk_proto::{AnyRequest, GetData, OpCode};
///
/// let request = AnyRequest::decode(OpCode::GetData, &[0, 0, 0, 2, b'/', b'a', 1]);
/// assert_eq!(request, Ok(AnyRequest::GetData(GetData::new("/a"), true)));
/// # let request = request.unwrap();
/// assert_eq!((&*request.path(), request.wants_watch()), ("/a", true));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "each is the request that it is named after; a flag asks for a watch"
)]
pub enum AnyRequest<'a> {
    Create(Create<'a>),
    CreateWithStat(CreateWithStat<'a>),
    Delete(Delete<'a>),
    Exists(Exists<'a>, bool),
    GetData(GetData<'a>, bool),
    SetData(SetData<'a>),
    GetAcl(GetAcl<'a>),
    SetAcl(SetAcl<'a>),
    GetChildren(GetChildren<'a>, bool),
    GetChildrenWithStat(GetChildrenWithStat<'a>, bool),
    GetAllChildrenNumber(GetAllChildrenNumber<'a>),
    GetEphemerals(GetEphemerals<'a>),
    Sync(Sync<'a>),
    Multi(Multi<'a>),
    MultiRead(MultiRead<'a>),
    Reconfig(Reconfig<'a>),
    CheckWatches(CheckWatches<'a>),
    RemoveWatches(RemoveWatches<'a>),
    SetWatches(SetWatches<'a>),
    AddWatch(AddWatch<'a>),
    Auth(Auth<'a>),
    Sasl(Sasl<'a>),
    WhoAmI,
    Ping,
    CloseSession,
}

impl<'a> AnyRequest<'a> {
    /// Reads the body of a request. What follows it is ignored, as servers do. A path that is not
    /// UTF-8 reads as another that no node can have: `/` and U+FFFD.
    ///
    /// # Errors
    ///
    /// The code that a server answers: the body cannot be read
    /// ([`MarshallingError`](ErrorCode::MarshallingError)), has flags that do not exist
    /// ([`BadArguments`](ErrorCode::BadArguments)), or the operation is not one for clients
    /// ([`Unimplemented`](ErrorCode::Unimplemented)).
    #[expect(clippy::wildcard_enum_match_arm, reason = "operations are an open set")]
    pub fn decode(op: OpCode, body: &'a [u8]) -> Result<Self, ErrorCode> {
        let reader = &mut Reader::lenient(body);
        Ok(match op {
            OpCode::Create | OpCode::CreateContainer | OpCode::CreateTtl => {
                Self::Create(Create::decode_body(op, reader)?)
            }
            OpCode::Create2 => Self::CreateWithStat(Create::decode_body(op, reader)?.with_stat()),
            OpCode::Multi => Self::Multi(Multi::decode_body(reader)?),
            OpCode::MultiRead => Self::MultiRead(MultiRead::decode_body(reader)?),
            OpCode::Reconfig => Self::Reconfig(Reconfig::decode_body(reader)?),
            OpCode::SetWatches | OpCode::SetWatches2 => {
                Self::SetWatches(SetWatches::decode_body(op, reader)?)
            }
            OpCode::Auth => {
                reader.int("type")?;
                let (scheme, data) = (reader.string("scheme")?, reader.buffer("auth")?);
                Self::Auth(Auth { scheme, data })
            }
            OpCode::Sasl => Self::Sasl(Sasl(reader.buffer("token")?)),
            OpCode::GetEphemerals => {
                let prefix = reader.nullable_string("prefix")?.unwrap_or_default();
                Self::GetEphemerals(GetEphemerals { prefix })
            }
            OpCode::WhoAmI => Self::WhoAmI,
            OpCode::Ping => Self::Ping,
            OpCode::CloseSession => Self::CloseSession,
            _ => Self::decode_about_path(op, reader)?,
        })
    }

    /// Those that begin with a path.
    fn decode_about_path(op: OpCode, reader: &mut Reader<'a>) -> Result<Self, ErrorCode> {
        let Some(read) = Self::reader_after_path(op) else { return Err(ErrorCode::Unimplemented) };
        let path = reader.string("path")?;
        read(path, reader)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "operations are an open set")]
    fn reader_after_path(op: OpCode) -> Option<ReadAfterPath<'a>> {
        Some(match op {
            OpCode::Delete => {
                |path, r| Ok(Self::Delete(Delete { path, version: take_version(r)? }))
            }
            OpCode::Exists => |path, r| Ok(Self::Exists(Exists { path }, r.bool("watch")?)),
            OpCode::GetData => |path, r| Ok(Self::GetData(GetData { path }, r.bool("watch")?)),
            OpCode::SetData => |path, r| {
                let data = r.buffer("data")?;
                Ok(Self::SetData(SetData { path, data, version: take_version(r)? }))
            },
            OpCode::GetAcl => |path, _| Ok(Self::GetAcl(GetAcl { path })),
            OpCode::SetAcl => |path, r| {
                let acl = take_acls(r)?.into();
                Ok(Self::SetAcl(SetAcl { path, acl, version: take_version(r)? }))
            },
            OpCode::GetChildren => {
                |path, r| Ok(Self::GetChildren(GetChildren { path }, r.bool("watch")?))
            }
            OpCode::GetChildren2 => |path, r| {
                Ok(Self::GetChildrenWithStat(GetChildrenWithStat { path }, r.bool("watch")?))
            },
            OpCode::GetAllChildrenNumber => {
                |path, _| Ok(Self::GetAllChildrenNumber(GetAllChildrenNumber { path }))
            }
            OpCode::Sync => |path, _| Ok(Self::Sync(Sync { path })),
            OpCode::CheckWatches => {
                |path, r| Ok(Self::CheckWatches(CheckWatches { path, kind: take_type(r)? }))
            }
            OpCode::RemoveWatches => {
                |path, r| Ok(Self::RemoveWatches(RemoveWatches { path, kind: take_type(r)? }))
            }
            OpCode::AddWatch => |path, r| {
                let mode = WatchMode::from_code(r.int("mode")?);
                Ok(Self::AddWatch(AddWatch {
                    path,
                    mode: mode.ok_or(ErrorCode::MarshallingError)?,
                }))
            },
            _ => return None,
        })
    }

    /// The operation on the wire.
    #[must_use]
    pub fn op(&self) -> OpCode {
        let mut op = OpCode::Ping;
        self.with(|request, _| op = request.op());
        op
    }

    /// The path that it is about, as [`Request::path`] gives it.
    #[must_use]
    pub fn path(&self) -> Box<str> {
        let mut path = Box::default();
        self.with(|request, _| path = request.path());
        path
    }

    /// Whether it asks for a watch that tells of one change.
    #[must_use]
    pub fn wants_watch(&self) -> bool {
        let mut wants = false;
        self.with(|_, watch| wants = watch);
        wants
    }

    /// Appends the body, by the server's paths.
    ///
    /// # Errors
    ///
    /// A path or another argument is not one that a client would send.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), Misuse> {
        let mut result = Ok(());
        self.with(|request, watch| {
            result = request.encode(&mut Encoder::new(out, &Chroot::root(), watch));
        });
        result
    }

    fn with(&self, f: impl FnOnce(&dyn Erased, bool)) {
        match self {
            Self::Create(request) => f(request, false),
            Self::CreateWithStat(request) => f(request, false),
            Self::Delete(request) => f(request, false),
            Self::Exists(request, watch) => f(request, *watch),
            Self::GetData(request, watch) => f(request, *watch),
            Self::SetData(request) => f(request, false),
            Self::GetAcl(request) => f(request, false),
            Self::SetAcl(request) => f(request, false),
            Self::GetChildren(request, watch) => f(request, *watch),
            Self::GetChildrenWithStat(request, watch) => f(request, *watch),
            Self::GetAllChildrenNumber(request) => f(request, false),
            Self::GetEphemerals(request) => f(request, false),
            Self::Sync(request) => f(request, false),
            Self::Multi(request) => f(request, false),
            Self::MultiRead(request) => f(request, false),
            Self::Reconfig(request) => f(request, false),
            Self::CheckWatches(request) => f(request, false),
            Self::RemoveWatches(request) => f(request, false),
            Self::SetWatches(request) => f(request, false),
            Self::AddWatch(request) => f(request, false),
            Self::Auth(request) => f(request, false),
            Self::Sasl(request) => f(request, false),
            Self::WhoAmI => f(&super::WhoAmI, false),
            Self::Ping => f(&super::Ping, false),
            Self::CloseSession => f(&super::CloseSession, false),
        }
    }
}

type ReadAfterPath<'a> = fn(&'a str, &mut Reader<'a>) -> Result<AnyRequest<'a>, ErrorCode>;

fn take_type(reader: &mut Reader<'_>) -> Result<WatcherType, ErrorCode> {
    WatcherType::from_code(reader.int("type")?).ok_or(ErrorCode::MarshallingError)
}

/// A request that has forgotten what its answer is.
trait Erased {
    fn op(&self) -> OpCode;
    fn path(&self) -> Box<str>;
    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), Misuse>;
}

impl<R: Request> Erased for R {
    fn op(&self) -> OpCode {
        Request::op(self)
    }

    fn path(&self) -> Box<str> {
        Request::path(self)
    }

    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), Misuse> {
        Request::encode(self, out)
    }
}

/// A request as bytes: whatever operation, whatever body. The answer is its body.
///
/// For operations that this crate does not know, and for tests of servers. A wrong operation
/// costs the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw<'a> {
    /// The operation.
    pub op: OpCode,
    /// The body, without the header.
    pub body: &'a [u8],
}

impl Request for Raw<'_> {
    type Response = bytes::Bytes;

    fn op(&self) -> OpCode {
        self.op
    }

    fn path(&self) -> Box<str> {
        "".into()
    }

    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), Misuse> {
        out.raw(self.body);
        Ok(())
    }

    fn decode(answer: super::Answer, _: &Chroot) -> Result<bytes::Bytes, crate::Error> {
        answer
    }
}
