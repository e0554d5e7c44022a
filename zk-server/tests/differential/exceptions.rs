//! Where servers are known to differ, with the reason.
//!
//! Ours is held to Apache ZooKeeper 3.9. Where an older one answers otherwise, what it answers is
//! not asked of it, or not compared.

use std::fmt;

use zk_proto::OpCode;

use crate::script::{Damage, Entry, Field, Request};
use crate::seen::{Seen, Zxid};

/// A known difference.
#[derive(Debug)]
pub(crate) struct Exception {
    /// What differs, and why.
    pub(crate) reason: &'static str,
    /// Where that is written.
    pub(crate) source: &'static str,
    treatment: Treatment,
}

#[derive(Debug)]
enum Treatment {
    /// A client does not ask for it.
    NotAsked(fn(usize, &Request) -> bool),
    /// Both sides are rewritten before they are compared.
    Blurred(fn(&mut Seen)),
    /// The answers to a request may differ: Apache's first, ours second. The rest of the script is
    /// not compared if the request has consequences.
    Answered(fn(&Request, &Seen, &Seen) -> bool),
    /// A request to write that cannot be read takes a zxid, which is left out of the count.
    UnreadableWritesCount,
}

/// Those that hold for a comparison.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exceptions {
    list: Vec<&'static Exception>,
}

/// What Apache ZooKeeper 3.8 does otherwise than 3.9.
const OF_3_8: &[Exception] = &[
    Exception {
        reason: "the header of an event has the zxid -1; since 3.9 that of the transaction",
        source: "ZOOKEEPER-4655; NIOServerCnxn.process",
        treatment: Treatment::Blurred(|seen| {
            if let Seen::Event { zxid, .. } = seen {
                *zxid = Zxid::None(-1);
            }
        }),
    },
    Exception {
        reason: "create2 in a multi is answered like create; since 3.9 with a stat",
        source: "ZOOKEEPER-4026; FinalRequestProcessor, case OpCode.multi",
        treatment: Treatment::Blurred(forget_stats_of_multi),
    },
    Exception {
        reason: "exists asks for no right; since 3.9.2 for READ",
        source: "ZOOKEEPER-2590; FinalRequestProcessor, case OpCode.exists",
        treatment: Treatment::Answered(|request, apache, ours| {
            request.op == OpCode::Exists.code()
                && apache.code() == Some(0)
                && ours.code() == Some(-102)
        }),
    },
    Exception {
        reason: "a request to write that cannot be read takes a zxid; since 3.9 it takes none",
        source: "PrepRequestProcessor.pRequest",
        treatment: Treatment::UnreadableWritesCount,
    },
    Exception {
        reason: "check outside of a multi is never answered; since 3.9 it is refused",
        source: "Request.isValid",
        treatment: Treatment::NotAsked(|_, request| request.op == OpCode::Check.code()),
    },
    Exception {
        reason: "watches of several kinds replace each other, and one removal takes several kinds",
        source: "ZOOKEEPER-4466, ZOOKEEPER-4471, ZOOKEEPER-4472; WatchManager, DataTree",
        treatment: Treatment::NotAsked(mixes_watches),
    },
    Exception {
        reason: "checkWatches finds watches of other connections, too",
        source: "ZOOKEEPER-4472; WatchManager.containsWatcher",
        treatment: Treatment::NotAsked(|_, request| request.op == OpCode::CheckWatches.code()),
    },
    Exception {
        reason: "create in a multi: unknown flags are refused with the rest of its arguments; \
                 since 3.9 they make the multi unreadable. The kind of node goes by flags that do \
                 not fit the operation",
        source: "MultiOperationRecord.deserialize; PrepRequestProcessor.pRequest2TxnCreate",
        treatment: Treatment::NotAsked(|_, request| {
            let is_odd = |fields: &[Field]| match fields {
                [Field::Operation(op), _, _, Field::Acl(_), Field::Int(flags)] => {
                    !flags_fit(*op, *flags)
                }
                _ => false,
            };
            request.op == OpCode::Multi.code() && request.fields.windows(5).any(is_odd)
        }),
    },
    Exception {
        reason: "an IPv6 address is no identity in an access control list; since 3.9 it is",
        source: "IPAuthenticationProvider.isValid",
        treatment: Treatment::NotAsked(|_, request| {
            let has_address = |entry: &Entry| entry.id.as_deref() == Some("::1");
            let is_meant = |field: &Field| matches!(field, Field::Acl(Some(entries)) if entries.iter().any(has_address));
            request.fields.iter().any(is_meant)
        }),
    },
];

/// What our server does otherwise than Apache ZooKeeper 3.9.
const OF_OURS: &[Exception] = &[
    Exception {
        reason: "sync answers a path that is not UTF-8 with one replacement for each byte, not for \
                 each surrogate; and a character above U+FFFF as UTF-8, not as two surrogates. No \
                 node can have such a path",
        source: "BinaryInputArchive.readString, BinaryOutputArchive.stringToByteBuffer",
        treatment: Treatment::NotAsked(|_, request| {
            let is_odd = |path: &[u8]| {
                str::from_utf8(path).map_or(true, |s| s.chars().any(|c| c > '\u{ffff}'))
            };
            let is_meant =
                |field: &Field| matches!(field, Field::Buffer(Some(path)) if is_odd(path));
            let is_patched = matches!(request.damage, Damage::Patch(..));
            let is_odd = is_patched || request.fields.iter().any(is_meant);
            request.op == OpCode::Sync.code() && is_odd
        }),
    },
    Exception {
        reason: "what a multi does to a quota holds for its later operations; in Apache only once \
                 all of it is done",
        source: "ZooKeeperServer.checkQuota",
        treatment: Treatment::NotAsked(|_, request| {
            let is_quota = |field: &Field| field.is_below("/zookeeper/quota");
            let is_other = |field: &Field| field.is_below("/d");
            request.op == OpCode::Multi.code()
                && request.fields.iter().any(is_quota)
                && request.fields.iter().any(is_other)
        }),
    },
    Exception {
        reason: "a null list in a create of a multi fails that operation, as an empty one does; in \
                 Apache a NullPointerException makes the multi unreadable",
        source: "CreateRequest.deserialize; Op.Create",
        treatment: Treatment::NotAsked(|_, request| {
            request.op == OpCode::Multi.code() && request.fields.contains(&Field::Acl(None))
        }),
    },
];

impl Exceptions {
    /// Those for a comparison of our server with an Apache ZooKeeper of this version.
    pub(crate) fn of(version: &str) -> Self {
        let is_old = version.starts_with("3.8.");
        let list = OF_OURS.iter().chain(OF_3_8.iter().filter(|_| is_old)).collect();
        Self { list }
    }

    /// Whether a client is not to ask for this.
    pub(crate) fn forbid(&self, client: usize, request: &Request) -> bool {
        self.list.iter().any(|exception| match exception.treatment {
            Treatment::NotAsked(is_meant) => is_meant(client, request),
            Treatment::Blurred(_) | Treatment::Answered(_) | Treatment::UnreadableWritesCount => {
                false
            }
        })
    }

    /// Rewrites what was seen, on either side.
    pub(crate) fn blur(&self, seen: &mut Seen) {
        for exception in &self.list {
            if let Treatment::Blurred(rewrite) = exception.treatment {
                rewrite(seen);
            }
        }
    }

    /// Whether the answers to a request may differ so.
    pub(crate) fn allow(&self, request: &Request, apache: &Seen, ours: &Seen) -> bool {
        self.list.iter().any(|exception| match exception.treatment {
            Treatment::Answered(is_meant) => is_meant(request, apache, ours),
            Treatment::NotAsked(_) | Treatment::Blurred(_) | Treatment::UnreadableWritesCount => {
                false
            }
        })
    }

    /// Whether requests to write that cannot be read take a zxid of Apache ZooKeeper.
    pub(crate) fn unreadable_writes_count(&self) -> bool {
        let is_meant = |treatment: &_| matches!(treatment, Treatment::UnreadableWritesCount);
        self.list.iter().any(|exception| is_meant(&exception.treatment))
    }
}

impl fmt::Display for Exceptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.list.iter().try_for_each(|exception| {
            writeln!(f, "known to differ: {} ({})", exception.reason, exception.source)
        })
    }
}

/// A result of the type 15 becomes one of the type 1, without its stat.
fn forget_stats_of_multi(seen: &mut Seen) {
    let Seen::Reply { body, .. } = seen else { return };
    for line in body.iter_mut().filter(|line| line.starts_with("15 ")) {
        let end = line.find(" {").unwrap_or(line.len());
        *line = line[..end].replacen("15", "1", 1);
    }
}

/// Each client has one kind of watches: by its number one-shot, persistent or recursive ones.
fn mixes_watches(client: usize, request: &Request) -> bool {
    let is_empty = |field: &Field| matches!(field, Field::Paths(None)) || *field == no_paths();
    let own = client % 3;
    let is_damaged = matches!(request.damage, Damage::Patch(..));
    match (OpCode::from_code(request.op), &*request.fields) {
        (OpCode::Exists | OpCode::GetData | OpCode::GetChildren | OpCode::GetChildren2, fields) => {
            own != 0 && (is_damaged || fields.get(1) != Some(&Field::Byte(0)))
        }
        (OpCode::AddWatch, [_, Field::Int(mode @ (0 | 1))]) => {
            is_damaged || usize::try_from(*mode) != Ok(own.wrapping_sub(1))
        }
        (OpCode::RemoveWatches, [_, Field::Int(kind)]) => {
            is_damaged || matches!(kind, 4 | 5) || (own != 0 && *kind != 3)
        }
        (OpCode::SetWatches | OpCode::SetWatches2, [_, lists @ ..]) => {
            let is_own = |list: usize| own == list.saturating_sub(2);
            let foreign = lists.iter().enumerate().filter(|(list, _)| !is_own(*list));
            is_damaged || foreign.into_iter().any(|(_, paths)| !is_empty(paths))
        }
        _ => is_damaged && request.op == OpCode::AddWatch.code(),
    }
}

fn flags_fit(op: i32, flags: i32) -> bool {
    match op {
        19 => flags == 4,
        21 => matches!(flags, 5 | 6),
        _ => matches!(flags, 0..=3),
    }
}

fn no_paths() -> Field {
    Field::Paths(Some(Vec::new()))
}
