//! What precedes each request and each reply.

use alloc::vec::Vec;

use super::Record;
use crate::OpCode;
use crate::error::Malformed;
use crate::wire::{Reader, put_int, put_long};

/// What precedes each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestHeader {
    /// The number that comes back with the reply.
    pub xid: i32,
    /// What is asked for.
    pub op: OpCode,
}

/// What precedes each reply and each notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReplyHeader {
    /// The number of the request, or one of the special ones.
    pub xid: i32,
    /// The transaction that the server had processed last.
    pub zxid: i64,
    /// The error code, or 0.
    pub err: i32,
}

impl ReplyHeader {
    /// Its length on the wire, in bytes.
    pub const LEN: usize = 16;
    /// The xid of a notification.
    pub const NOTIFICATION: i32 = -1;
    /// The xid of a ping, both ways.
    pub const PING: i32 = -2;
    /// The xid of an auth packet, both ways.
    pub const AUTH: i32 = -4;
}

impl Record for RequestHeader {
    #[inline]
    fn encode(&self, out: &mut Vec<u8>) {
        put_int(out, self.xid);
        put_int(out, self.op.code());
    }

    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { xid: reader.int("xid")?, op: OpCode::from_code(reader.int("operation")?) })
    }
}

impl Record for ReplyHeader {
    #[inline]
    fn encode(&self, out: &mut Vec<u8>) {
        put_int(out, self.xid);
        put_long(out, self.zxid);
        put_int(out, self.err);
    }

    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut header = Reader::new(reader.take(Self::LEN, "reply header")?);
        Ok(Self {
            xid: header.int("xid")?,
            zxid: header.long("zxid")?,
            err: header.int("error code")?,
        })
    }
}
