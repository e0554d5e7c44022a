//! Transactions.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::{
    Answer, Create, CreateWithStat, Delete, Encoder, Request, SetData, client_path, demanded,
    take_version,
};
use crate::error::{Error, ErrorKind, Malformed, Misuse};
use crate::records::{Record, Stat};
use crate::wire::{Reader, push, put_bool, put_int, put_string};
use crate::{Chroot, ErrorCode, OpCode};

/// A transaction: all of its operations are applied, or none.
///
/// Each operation sees what those before it did. If one fails, the error names it:
/// [`Error::failed_operation`] and [`Error::path`].
///
/// ```
/// use zk_proto::{Create, Multi};
///
/// let multi = Multi::new()
///     .check("/a", 3)
///     .set("/a", "x")
///     .create("/b", "")
///     .add(Create::new("/b/c-", "").sequential());
/// assert_eq!(multi.operations().len(), 4);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Multi<'a> {
    operations: Vec<Operation<'a>>,
}

/// One operation of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation<'a> {
    /// Creates a node of any kind; servers before 3.9 do not tell its stat.
    Create(Create<'a>),
    /// Creates a node of any kind, and tells its stat; servers before 3.9 do not.
    CreateWithStat(CreateWithStat<'a>),
    /// Deletes a node.
    Delete(Delete<'a>),
    /// Writes a node.
    SetData(SetData<'a>),
    /// Compares a version.
    Check(Check<'a>),
}

/// Demands that a node has a version. Only inside of a transaction: alone, it upsets servers
/// (ZOOKEEPER-2623).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Check<'a> {
    /// Which node.
    pub path: &'a str,
    /// The version that it must have; `None` demands only that it exists.
    pub version: Option<i32>,
}

impl<'a> Check<'a> {
    /// Demands this version.
    #[must_use]
    pub const fn new(path: &'a str, version: i32) -> Self {
        Self { path, version: Some(version) }
    }

    /// Demands that it exists.
    #[must_use]
    pub const fn exists(path: &'a str) -> Self {
        Self { path, version: None }
    }
}

/// What an operation of a transaction did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MultiResult {
    /// Created this path; with its stat, if the server tells.
    Created {
        /// The path, with the number of a sequential node.
        path: String,
        /// The stat.
        stat: Option<Box<Stat>>,
    },
    /// Wrote the node, which has this stat now.
    Set(Box<Stat>),
    /// Deleted the node.
    Deleted,
    /// The version was the expected one.
    Checked,
}

impl<'a> Multi<'a> {
    /// A transaction without operations, which succeeds.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Demands that a node has this version.
    #[must_use]
    pub fn check(self, path: &'a str, version: i32) -> Self {
        self.add(Check::new(path, version))
    }

    /// Creates a persistent node that is open to everybody; for others, [`add`](Self::add) a
    /// [`Create`].
    #[must_use]
    pub fn create(self, path: &'a str, data: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        self.add(Create::new(path, data))
    }

    /// Writes a node, whatever its version.
    #[must_use]
    pub fn set(self, path: &'a str, data: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        self.add(SetData::new(path, data))
    }

    /// Deletes a node, whatever its version.
    #[must_use]
    pub fn delete(self, path: &'a str) -> Self {
        self.add(Delete::new(path))
    }

    /// Adds any operation.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "it adds an operation, not a number")]
    pub fn add(mut self, operation: impl Into<Operation<'a>>) -> Self {
        self.operations.push(operation.into());
        self
    }

    /// The operations, in their order.
    #[must_use]
    pub fn operations(&self) -> &[Operation<'a>] {
        &self.operations
    }

    pub(super) fn decode_body(reader: &mut Reader<'a>) -> Result<Self, ErrorCode> {
        let mut operations = Vec::new();
        while let Some(op) = take_header(reader)?.op() {
            let operation = Operation::decode_body(op, reader)?;
            push(&mut operations, operation, reader.rest().len(), Operation::LEAST);
        }
        Ok(Self { operations })
    }
}

impl<'a> Operation<'a> {
    /// The least that one takes on the wire, in bytes: a header, an empty path and a version.
    const LEAST: usize = 17;

    fn path(&self) -> &'a str {
        match self {
            Self::Create(create) | Self::CreateWithStat(CreateWithStat(create)) => create.path,
            Self::Delete(delete) => delete.path,
            Self::SetData(set) => set.path,
            Self::Check(check) => check.path,
        }
    }

    fn op(&self) -> OpCode {
        match self {
            Self::Create(create) => create.op(),
            Self::CreateWithStat(create) => create.op(),
            Self::Delete(_) => OpCode::Delete,
            Self::SetData(_) => OpCode::SetData,
            Self::Check(_) => OpCode::Check,
        }
    }

    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), Misuse> {
        match self {
            Self::Create(create) | Self::CreateWithStat(CreateWithStat(create)) => {
                create.encode(out)
            }
            Self::Delete(delete) => Request::encode(delete, out),
            Self::SetData(set) => Request::encode(set, out),
            Self::Check(check) => {
                out.path(check.path)?;
                out.int(demanded(check.version));
                Ok(())
            }
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "operations are an open set")]
    fn decode_body(op: OpCode, reader: &mut Reader<'a>) -> Result<Self, ErrorCode> {
        match op {
            OpCode::Create | OpCode::Create2 | OpCode::CreateContainer | OpCode::CreateTtl => {
                let create = Create::decode_operation(op, reader)?;
                // What is created goes by the flags, what is answered by the operation.
                Ok(if op == OpCode::Create || op == create.op() {
                    Self::Create(create)
                } else {
                    Self::CreateWithStat(create.with_stat())
                })
            }
            OpCode::Delete => {
                let path = reader.string("path")?;
                Ok(Self::Delete(Delete { path, version: take_version(reader)? }))
            }
            OpCode::SetData => {
                let (path, data) = (reader.string("path")?, reader.buffer("data")?);
                Ok(Self::SetData(SetData { path, data, version: take_version(reader)? }))
            }
            OpCode::Check => {
                let path = reader.string("path")?;
                Ok(Self::Check(Check { path, version: take_version(reader)? }))
            }
            _ => Err(ErrorCode::MarshallingError),
        }
    }
}

/// Each operation can be added as what it is.
macro_rules! operations {
    ($($name:ident),+) => {$(
        impl<'a> From<$name<'a>> for Operation<'a> {
            fn from(operation: $name<'a>) -> Self {
                Self::$name(operation)
            }
        }
    )+};
}

operations!(Create, CreateWithStat, Delete, SetData, Check);

impl Request for Multi<'_> {
    type Response = Vec<MultiResult>;

    fn op(&self) -> OpCode {
        OpCode::Multi
    }

    fn path(&self) -> Box<str> {
        let paths: Vec<_> = self.operations.iter().map(Operation::path).collect();
        paths.join("\0").into()
    }

    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), Misuse> {
        for operation in &self.operations {
            put_header(out, operation.op());
            operation.encode(out)?;
        }
        put_end(out);
        Ok(())
    }

    fn decode(answer: Answer, chroot: &Chroot) -> Result<Vec<MultiResult>, Error> {
        let body = answer?;
        let mut reader = Reader::new(&body);
        let mut results = Vec::new();
        let mut failed = None;
        let mut index = 0_usize;
        while let Some(op) = take_header(&mut reader)?.op() {
            match take_result(op, &mut reader, chroot)? {
                Ok(result) => push(&mut results, result, reader.rest().len(), MultiHeader::LEN),
                // Those before the one that failed say 0, those after it another error.
                Err(code) => failed = failed.or_else(|| code.map(|code| (index, code))),
            }
            index = index.saturating_add(1);
        }
        match failed {
            Some((index, code)) => Err(ErrorKind::Transaction { index, code }.into()),
            None if results.len() == index => Ok(results),
            None => Err(Malformed("a transaction that failed without an error").into()),
        }
    }
}

/// What precedes each operation and each result.
pub(super) struct MultiHeader {
    op: OpCode,
    done: bool,
}

impl MultiHeader {
    /// Its length on the wire, in bytes.
    pub(super) const LEN: usize = 9;

    /// The operation, or `None` at the end.
    pub(super) fn op(self) -> Option<OpCode> {
        (!self.done).then_some(self.op)
    }
}

pub(super) fn take_header(reader: &mut Reader<'_>) -> Result<MultiHeader, Malformed> {
    let op = OpCode::from_code(reader.int("operation")?);
    let done = reader.bool("done")?;
    reader.int("error code")?;
    Ok(MultiHeader { op, done })
}

pub(super) fn put_header(out: &mut Encoder<'_>, op: OpCode) {
    out.int(op.code());
    out.bool(false);
    out.int(-1);
}

pub(super) fn put_end(out: &mut Encoder<'_>) {
    out.int(-1);
    out.bool(true);
    out.int(-1);
}

/// A result, by the type that its own header tells; an error is that of an operation, `None` for
/// one that would have succeeded.
#[expect(clippy::wildcard_enum_match_arm, reason = "operations are an open set")]
fn take_result(
    op: OpCode,
    reader: &mut Reader<'_>,
    chroot: &Chroot,
) -> Result<Result<MultiResult, Option<ErrorCode>>, Malformed> {
    Ok(Ok(match op {
        OpCode::Create => MultiResult::Created { path: client_path(reader, chroot)?, stat: None },
        OpCode::Create2 | OpCode::CreateContainer | OpCode::CreateTtl => {
            let path = client_path(reader, chroot)?;
            MultiResult::Created { path, stat: Some(Stat::decode(reader)?.into()) }
        }
        OpCode::Delete => MultiResult::Deleted,
        OpCode::SetData => MultiResult::Set(Stat::decode(reader)?.into()),
        OpCode::Check => MultiResult::Checked,
        OpCode::Error => return Ok(Err(ErrorCode::of_reply(reader.int("error code")?))),
        _ => return Err(Malformed("type of a result")),
    }))
}

/// Appends the results of a transaction that succeeded, in the server's direction.
pub fn encode_multi_results(out: &mut Vec<u8>, results: &[MultiResult]) {
    for result in results {
        let op = match result {
            MultiResult::Created { stat: None, .. } => OpCode::Create,
            MultiResult::Created { stat: Some(_), .. } => OpCode::Create2,
            MultiResult::Set(_) => OpCode::SetData,
            MultiResult::Deleted => OpCode::Delete,
            MultiResult::Checked => OpCode::Check,
        };
        put_result_header(out, op.code(), false, 0);
        match result {
            MultiResult::Created { path, stat } => {
                put_string(out, path);
                if let Some(stat) = stat {
                    stat.encode(out);
                }
            }
            MultiResult::Set(stat) => stat.encode(out),
            MultiResult::Deleted | MultiResult::Checked => {}
        }
    }
    put_result_header(out, -1, true, -1);
}

/// Appends the results of a transaction of `count` operations that failed at one, in the server's
/// direction.
pub fn encode_multi_error(out: &mut Vec<u8>, count: usize, failed: usize, code: ErrorCode) {
    for index in 0..count {
        let err = match index.cmp(&failed) {
            core::cmp::Ordering::Less => 0,
            core::cmp::Ordering::Equal => code.code(),
            core::cmp::Ordering::Greater => ErrorCode::RuntimeInconsistency.code(),
        };
        put_result_header(out, -1, false, err);
        put_int(out, err);
    }
    put_result_header(out, -1, true, -1);
}

pub(super) fn put_result_header(out: &mut Vec<u8>, op: i32, done: bool, err: i32) {
    put_int(out, op);
    put_bool(out, done);
    put_int(out, err);
}
