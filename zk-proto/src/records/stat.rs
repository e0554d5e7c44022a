//! The metadata of a znode.

use alloc::vec::Vec;

use super::Record;
use crate::error::Malformed;
use crate::wire::{Reader, put_int, put_long};

/// The metadata of a znode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Stat {
    /// The transaction that created the node.
    pub czxid: i64,
    /// The transaction that wrote its data last.
    pub mzxid: i64,
    /// When it was created, in milliseconds since 1970.
    pub ctime: i64,
    /// When its data was written last, in milliseconds since 1970.
    pub mtime: i64,
    /// How often its data was written. Wraps; servers from 3.10 skip -1.
    pub version: i32,
    /// How often its list of children changed.
    pub cversion: i32,
    /// How often its access control list changed.
    pub aversion: i32,
    /// The session that an ephemeral node goes with; 0 for other nodes.
    pub ephemeral_owner: i64,
    /// The length of its data in bytes.
    pub data_length: i32,
    /// How many children it has.
    pub num_children: i32,
    /// The transaction that created or deleted a child last.
    pub pzxid: i64,
}

impl Stat {
    /// Its length on the wire, in bytes.
    pub const LEN: usize = 68;
}

impl Record for Stat {
    #[inline]
    fn encode(&self, out: &mut Vec<u8>) {
        for long in [self.czxid, self.mzxid, self.ctime, self.mtime] {
            put_long(out, long);
        }
        for int in [self.version, self.cversion, self.aversion] {
            put_int(out, int);
        }
        put_long(out, self.ephemeral_owner);
        put_int(out, self.data_length);
        put_int(out, self.num_children);
        put_long(out, self.pzxid);
    }

    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        // Once it is known to be long enough, the compiler drops the other checks.
        let mut stat = Reader::new(reader.take(Self::LEN, "stat")?);
        Ok(Self {
            czxid: stat.long("stat")?,
            mzxid: stat.long("stat")?,
            ctime: stat.long("stat")?,
            mtime: stat.long("stat")?,
            version: stat.int("stat")?,
            cversion: stat.int("stat")?,
            aversion: stat.int("stat")?,
            ephemeral_owner: stat.long("stat")?,
            data_length: stat.int("stat")?,
            num_children: stat.int("stat")?,
            pzxid: stat.long("stat")?,
        })
    }
}
