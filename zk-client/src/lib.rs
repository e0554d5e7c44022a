//! The ZooKeeper client that every runtime hosts: typed operations, watches, the session's life.
//!
//! Programs use it through the crate of their runtime, such as `zk-tokio`, which opens sessions
//! and re-exports what is here. Authors of such a crate start at [`new`], which makes a pair: the
//! [`Client`] to ask with, and the [`Driver`] to move bytes with. There is no socket and no clock
//! in here.
#![forbid(unsafe_code)]

mod ask;
mod builder;
mod change;
mod client;
mod driver;
mod exchange;
pub mod machine;
mod mode;
mod nodes;
#[cfg(feature = "digest-md5")]
mod password;
mod queue;
mod reply;
mod retry;
mod shared;
mod slot;
mod states;
#[cfg(feature = "tls")]
pub mod tls;
#[cfg(not(feature = "tls"))]
#[path = "no_tls.rs"]
mod tls;
mod transport;
mod view;
mod wait;
mod watch;
mod watching;

pub use builder::{Builder, Runtime};
pub use change::{Change, ChangeKind};
pub use client::Client;
pub use driver::{Clock, Driver, Host as BlockingHost, new};
pub use exchange::Exchange;
pub use mode::{Async, Blocking, Mode};
pub use reply::Reply;
pub use retry::{Retry, Retrying};
pub use states::States;
pub use watch::{Ended, Watch};

#[cfg(feature = "digest-md5")]
pub use zk_proto::digest_md5;
pub use zk_proto::sasl;
pub use zk_proto::{
    Acl, AclOf, Action, AuthFailure, AuthPacket, Check, CheckWatches, Children, Chroot, ClientInfo,
    Config, ConnectString, ConnectStringError, Create, CreateMode, CreateWithStat, Created, Delete,
    EnsembleConfig, Error, ErrorCode, ErrorKind, Exists, Failure, Fault, GetAcl,
    GetAllChildrenNumber, GetChildren, GetChildrenWithStat, GetConfig, GetData, GetEphemerals,
    Host, Instant, Limits, Listing, Lookup, Malformed, Mechanism, Member, Members, Misuse, Multi,
    MultiRead, MultiResult, Node, OpCode, Operation, Outcome, PathError, Permissions, Probe, Raw,
    Read, ReadOperation, Reconfig, Request, SetAcl, SetData, Stat, State, Stats, Step as SaslStep,
    Sync, Target, Ticket, WatchMode, WatchRequest, WatcherType, WhoAmI, parent_of, validate_path,
    wire,
};
