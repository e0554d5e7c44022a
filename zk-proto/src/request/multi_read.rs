//! Several reads in one message.

use alloc::boxed::Box;
use alloc::vec::Vec;

use bytes::{Buf, Bytes};

use super::multi::{put_end, put_header, put_result_header, take_header};
use super::{Answer, Encoder, GetChildren, GetData, Request};
use crate::error::{Error, Malformed, Misuse};
use crate::records::{Children, Node, Record, Stat};
use crate::wire::{Reader, push, put_int};
use crate::{Chroot, ErrorCode, OpCode};

/// Several reads in one message (ZooKeeper 3.6). Each result stands for itself: one that fails
/// does not spoil the others. It is no snapshot: a write can fall between two of the reads.
///
/// ```
/// use zk_proto::MultiRead;
///
/// let reads = MultiRead::new().get("/a").children("/b");
/// assert_eq!(reads.operations().len(), 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MultiRead<'a> {
    operations: Vec<ReadOperation<'a>>,
}

/// One of several reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReadOperation<'a> {
    /// Reads a node.
    GetData(GetData<'a>),
    /// Lists the children of a node.
    GetChildren(GetChildren<'a>),
}

/// What one of several reads found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Read {
    /// A node.
    Data(Box<Node>),
    /// The children of a node.
    Children(Children),
}

impl<'a> MultiRead<'a> {
    /// No reads yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a node.
    #[must_use]
    pub fn get(mut self, path: &'a str) -> Self {
        self.operations.push(ReadOperation::GetData(GetData::new(path)));
        self
    }

    /// Lists the children of a node.
    #[must_use]
    pub fn children(mut self, path: &'a str) -> Self {
        self.operations.push(ReadOperation::GetChildren(GetChildren::new(path)));
        self
    }

    /// The reads, in their order.
    #[must_use]
    pub fn operations(&self) -> &[ReadOperation<'a>] {
        &self.operations
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "operations are an open set")]
    pub(super) fn decode_body(reader: &mut Reader<'a>) -> Result<Self, ErrorCode> {
        let mut operations = Vec::new();
        while let Some(op) = take_header(reader)?.op() {
            let path = reader.string("path")?;
            reader.bool("watch")?;
            let operation = match op {
                OpCode::GetData => ReadOperation::GetData(GetData::new(path)),
                OpCode::GetChildren => ReadOperation::GetChildren(GetChildren::new(path)),
                _ => return Err(ErrorCode::MarshallingError),
            };
            push(&mut operations, operation, reader.rest().len(), ReadOperation::LEAST);
        }
        Ok(Self { operations })
    }
}

impl<'a> ReadOperation<'a> {
    /// The least that one takes on the wire, in bytes: a header, an empty path and a flag.
    const LEAST: usize = 14;

    fn op(&self) -> OpCode {
        match self {
            Self::GetData(_) => OpCode::GetData,
            Self::GetChildren(_) => OpCode::GetChildren,
        }
    }

    fn path(&self) -> &'a str {
        match self {
            Self::GetData(get) => get.path,
            Self::GetChildren(get) => get.path,
        }
    }
}

impl Request for MultiRead<'_> {
    type Response = Vec<Result<Read, ErrorCode>>;

    fn op(&self) -> OpCode {
        OpCode::MultiRead
    }

    fn path(&self) -> Box<str> {
        let paths: Vec<_> = self.operations.iter().map(ReadOperation::path).collect();
        paths.join("\0").into()
    }

    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), Misuse> {
        for operation in &self.operations {
            put_header(out, operation.op());
            out.path(operation.path())?;
            out.bool(false); // servers set no watch here
        }
        put_end(out);
        Ok(())
    }

    fn decode(answer: Answer, _: &Chroot) -> Result<Self::Response, Error> {
        let mut body = answer?;
        let mut results = Vec::new();
        while let Some(op) = take(&mut body, |reader| Ok(take_header(reader)?.op()))? {
            let result = take_read(op, &mut body)?;
            push(&mut results, result, body.len(), RESULT_LEAST);
        }
        Ok(results)
    }
}

/// The least that a result takes on the wire, in bytes: a header, and a code or a count.
const RESULT_LEAST: usize = 13;

#[expect(clippy::wildcard_enum_match_arm, reason = "operations are an open set")]
fn take_read(op: OpCode, body: &mut Bytes) -> Result<Result<Read, ErrorCode>, Malformed> {
    match op {
        OpCode::GetData => {
            let mut node = body.clone();
            take(body, |reader| {
                reader.buffer("data")?;
                Stat::decode(reader)
            })?;
            node.truncate(node.len().saturating_sub(body.len()));
            Ok(Ok(Read::Data(Node::decode(node)?.into())))
        }
        OpCode::GetChildren => {
            let (children, taken) = Children::decode(body)?;
            body.advance(taken);
            Ok(Ok(Read::Children(children)))
        }
        OpCode::Error => {
            let code = take(body, |reader| reader.int("error code"))?;
            Ok(Err(ErrorCode::from_code(code)))
        }
        _ => Err(Malformed("type of a result")),
    }
}

/// Reads something off the front.
fn take<T>(
    body: &mut Bytes,
    read: impl FnOnce(&mut Reader<'_>) -> Result<T, Malformed>,
) -> Result<T, Malformed> {
    let mut reader = Reader::new(body);
    let value = read(&mut reader)?;
    let taken = body.len().saturating_sub(reader.rest().len());
    body.advance(taken);
    Ok(value)
}

/// Appends the results of several reads, in the server's direction.
pub fn encode_read_results(out: &mut Vec<u8>, results: &[Result<Read, ErrorCode>]) {
    for result in results {
        match result {
            Ok(Read::Data(node)) => {
                put_result_header(out, OpCode::GetData.code(), false, 0);
                node.encode(out);
            }
            Ok(Read::Children(children)) => {
                put_result_header(out, OpCode::GetChildren.code(), false, 0);
                children.encode(out);
            }
            Err(code) => {
                put_result_header(out, -1, false, code.code());
                put_int(out, code.code());
            }
        }
    }
    put_result_header(out, -1, true, -1);
}
