//! The kinds of nodes and of watches.

use core::time::Duration;

use crate::{ErrorCode, Misuse, OpCode};

/// What kind of node to create.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CreateMode {
    /// Stays until it is deleted.
    #[default]
    Persistent,
    /// Stays until it is deleted; the server appends a number to its name.
    PersistentSequential,
    /// Goes with the session that created it.
    Ephemeral,
    /// Goes with the session that created it; the server appends a number to its name.
    EphemeralSequential,
    /// Deleted by the server some time after its last child was (ZooKeeper 3.5).
    Container,
    /// Deleted by the server when it was not written for this long and has no children
    /// (ZooKeeper 3.5 with `extendedTypesEnabled`). At least 1 ms, at most [`MAX_TTL`](Self::MAX_TTL).
    PersistentWithTtl(Duration),
    /// The same, and the server appends a number to its name.
    PersistentSequentialWithTtl(Duration),
}

impl CreateMode {
    /// The longest time to live (`EphemeralType.TTL`).
    pub const MAX_TTL: Duration = Duration::from_millis((1 << 40) - 1);

    /// Whether the server appends a number to the name.
    #[must_use]
    pub const fn is_sequential(self) -> bool {
        matches!(
            self,
            Self::PersistentSequential
                | Self::EphemeralSequential
                | Self::PersistentSequentialWithTtl(_)
        )
    }

    /// The flags on the wire: an enumeration, not a set of bits.
    #[must_use]
    pub const fn flags(self) -> i32 {
        match self {
            Self::Persistent => 0,
            Self::Ephemeral => 1,
            Self::PersistentSequential => 2,
            Self::EphemeralSequential => 3,
            Self::Container => 4,
            Self::PersistentWithTtl(_) => 5,
            Self::PersistentSequentialWithTtl(_) => 6,
        }
    }

    /// The mode with these flags; `ttl` in milliseconds is for those that have one.
    ///
    /// # Errors
    ///
    /// What a server answers to unknown flags or an impossible time to live.
    pub fn from_flags(flags: i32, ttl: Option<i64>) -> Result<Self, ErrorCode> {
        let ttl = || {
            let ttl = ttl.and_then(|ttl| u64::try_from(ttl).ok()).map(Duration::from_millis);
            ttl.filter(|ttl| !ttl.is_zero() && *ttl <= Self::MAX_TTL).ok_or(ErrorCode::BadArguments)
        };
        Ok(match flags {
            0 => Self::Persistent,
            1 => Self::Ephemeral,
            2 => Self::PersistentSequential,
            3 => Self::EphemeralSequential,
            4 => Self::Container,
            5 => Self::PersistentWithTtl(ttl()?),
            6 => Self::PersistentSequentialWithTtl(ttl()?),
            _ => return Err(ErrorCode::BadArguments),
        })
    }

    /// The time to live in milliseconds, for the modes that have one.
    ///
    /// # Errors
    ///
    /// It is less than a millisecond or more than [`MAX_TTL`](Self::MAX_TTL).
    pub fn ttl_millis(self) -> Result<Option<i64>, Misuse> {
        match self {
            Self::PersistentWithTtl(ttl) | Self::PersistentSequentialWithTtl(ttl) => {
                match i64::try_from(ttl.as_millis()) {
                    Ok(millis @ 1..) if ttl <= Self::MAX_TTL => Ok(Some(millis)),
                    Ok(_) | Err(_) => Err(Misuse::TimeToLive),
                }
            }
            Self::Persistent
            | Self::PersistentSequential
            | Self::Ephemeral
            | Self::EphemeralSequential
            | Self::Container => Ok(None),
        }
    }

    /// The operation that creates such a node, `plain` if the mode does not demand one.
    pub(crate) const fn op(self, plain: OpCode) -> OpCode {
        match self {
            Self::Container => OpCode::CreateContainer,
            Self::PersistentWithTtl(_) | Self::PersistentSequentialWithTtl(_) => OpCode::CreateTtl,
            Self::Persistent
            | Self::PersistentSequential
            | Self::Ephemeral
            | Self::EphemeralSequential => plain,
        }
    }
}

/// What a persistent watch is to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WatchMode {
    /// The node: created, written, deleted, children added or removed.
    Persistent = 0,
    /// The node and all below it: created, written, deleted.
    Recursive = 1,
}

impl WatchMode {
    /// The mode of this number.
    #[must_use]
    pub const fn from_code(code: i32) -> Option<Self> {
        match code {
            0 => Some(Self::Persistent),
            1 => Some(Self::Recursive),
            _ => None,
        }
    }
}

/// Which watches of a path to check or to remove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WatcherType {
    /// Those for its children.
    Children = 1,
    /// Those for its data and its existence.
    Data = 2,
    /// All.
    Any = 3,
    /// The persistent ones (ZooKeeper 3.9).
    Persistent = 4,
    /// The persistent recursive ones (ZooKeeper 3.9).
    PersistentRecursive = 5,
}

impl WatcherType {
    /// The type of this number.
    #[must_use]
    pub const fn from_code(code: i32) -> Option<Self> {
        match code {
            1 => Some(Self::Children),
            2 => Some(Self::Data),
            3 => Some(Self::Any),
            4 => Some(Self::Persistent),
            5 => Some(Self::PersistentRecursive),
            _ => None,
        }
    }
}
