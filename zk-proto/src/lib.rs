//! The ZooKeeper protocol without I/O: bytes in, events out; requests in, bytes out.
//!
//! [`Session`] is the client's half of a session: handshake, requests and replies, pings, watches,
//! reconnects. It reads no clock, opens no socket and draws no random number: whoever hosts it
//! passes bytes and time in, and carries out what comes out. That is why it runs on any runtime,
//! in a simulator, under a fuzzer, or where there is no operating system at all: as a module of
//! WebAssembly it imports nothing (`wasm/` in the repository hosts one in Node.js).
//!
//! Operations are types: [`GetData`], [`Create`], [`Multi`] and the others are [`Request`]s, and
//! each knows what its answer is. Everything can be read and written in both directions, so that
//! servers and tools which look at traffic use the same code.
//!
//! Most programs want a crate that hosts this one, such as `zk-tokio`. Whoever has a loop of its own
//! finds in [`Session`] what that has to do, and in the crate's `examples`:
//!
//! * `by_hand`: one session on a socket of the standard library, with `poll`; begin here,
//! * `thousand_sessions`: many in one thread, and what they cost,
//! * `decode_capture`: both directions of a connection that somebody else has recorded.
#![no_std]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod code;
mod connect_string;
#[cfg(feature = "digest")]
pub mod digest;
#[cfg(feature = "digest-md5")]
pub mod digest_md5;
mod ensemble_config;
mod error;
mod path;
mod random;
mod records;
mod request;
pub mod sasl;
mod session;
mod time;
pub mod wire;

pub use code::{ErrorCode, OpCode};
pub use connect_string::{ConnectString, ConnectStringError, Host};
pub use ensemble_config::{EnsembleConfig, Member};
pub use error::{AuthFailure, Error, ErrorKind, Fault, Malformed, Misuse, Outcome};
pub use path::{Chroot, PathError, parent_of, validate_path, validate_sequential_path};
pub use records::{
    Acl, Children, ChildrenIter, ClientInfo, ConnectRequest, ConnectResponse, CreateMode, Created,
    EventType, KeeperState, Node, Permissions, Record, ReplyHeader, RequestHeader, Stat, WatchMode,
    WatchedEvent, WatcherType,
};
pub use request::{
    AclOf, AddWatch, Answer, AnyRequest, Auth, Check, CheckWatches, CloseSession, Create,
    CreateWithStat, Delete, Encoder, Exists, GetAcl, GetAllChildrenNumber, GetChildren,
    GetChildrenWithStat, GetConfig, GetData, GetEphemerals, Listing, Members, Multi, MultiRead,
    MultiResult, Operation, Ping, Raw, Read, ReadOperation, Reconfig, RemoveWatches, Request, Sasl,
    SetAcl, SetData, SetWatches, Sync, WatchRequest, WhoAmI, encode_multi_error,
    encode_multi_results, encode_path, encode_read_results,
};
pub use sasl::{Mechanism, Step};
pub use session::{
    Action, Admission, AuthPacket, Cancelled, Change, Config, Event, Failure, Limits, Lookup, News,
    Probe, Reason, RequestId, Scope, Session, State, Stats, Target, Ticket, WatchKind,
};
pub use time::Instant;
