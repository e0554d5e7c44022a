//! The handshake.

use alloc::vec::Vec;
use core::fmt;

use super::Record;
use crate::error::Malformed;
use crate::wire::{Reader, put_bool, put_buffer, put_int, put_long};

/// The first message of a client.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectRequest {
    /// The version of the protocol: 0.
    pub protocol_version: i32,
    /// The last transaction that the client has seen: it wants no older server.
    pub last_zxid_seen: i64,
    /// The session timeout that the client would like, in milliseconds.
    pub timeout: i32,
    /// The session to resume; 0 for a new one.
    pub session_id: i64,
    /// Its password; 16 zero bytes for a new one.
    pub password: Vec<u8>,
    /// Whether a read-only server will do; `None` leaves the byte out, as clients before 3.4 did.
    pub read_only: Option<bool>,
}

/// The first message of a server.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectResponse {
    /// The version of the protocol: 0.
    pub protocol_version: i32,
    /// The session timeout that the server grants, in milliseconds; 0 if the session has expired.
    pub timeout: i32,
    /// The session.
    pub session_id: i64,
    /// Its password.
    pub password: Vec<u8>,
    /// Whether the server is read-only; `None` if it leaves the byte out, as servers before 3.4
    /// and ClickHouse Keeper do.
    pub read_only: Option<bool>,
}

impl Record for ConnectRequest {
    fn encode(&self, out: &mut Vec<u8>) {
        put_int(out, self.protocol_version);
        put_long(out, self.last_zxid_seen);
        put_int(out, self.timeout);
        put_long(out, self.session_id);
        put_buffer(out, Some(&self.password));
        if let Some(read_only) = self.read_only {
            put_bool(out, read_only);
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            protocol_version: reader.int("protocol version")?,
            last_zxid_seen: reader.long("last zxid")?,
            timeout: reader.int("timeout")?,
            session_id: reader.long("session id")?,
            password: reader.buffer("password")?.unwrap_or_default().into(),
            read_only: reader.bool("read-only").ok(),
        })
    }
}

impl Record for ConnectResponse {
    fn encode(&self, out: &mut Vec<u8>) {
        put_int(out, self.protocol_version);
        put_int(out, self.timeout);
        put_long(out, self.session_id);
        put_buffer(out, Some(&self.password));
        if let Some(read_only) = self.read_only {
            put_bool(out, read_only);
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            protocol_version: reader.int("protocol version")?,
            timeout: reader.int("timeout")?,
            session_id: reader.long("session id")?,
            password: reader.buffer("password")?.unwrap_or_default().into(),
            read_only: reader.bool("read-only").ok(),
        })
    }
}

impl fmt::Debug for ConnectRequest {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectRequest")
            .field("last_zxid_seen", &self.last_zxid_seen)
            .field("timeout", &self.timeout)
            .field("session_id", &format_args!("{:#x}", self.session_id))
            .field("read_only", &self.read_only)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ConnectResponse {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectResponse")
            .field("timeout", &self.timeout)
            .field("session_id", &format_args!("{:#x}", self.session_id))
            .field("read_only", &self.read_only)
            .finish_non_exhaustive()
    }
}
