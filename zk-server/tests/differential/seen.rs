//! What a client saw of a server, without what differs from run to run.

use std::fmt;

/// Something that came over one connection, or how that ended.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Seen {
    /// The handshake was answered.
    Connected {
        /// Which of the script's sessions it is, or `None` if it was refused.
        session: Option<usize>,
        timeout: i32,
        password: usize,
        read_only: Option<bool>,
    },
    /// A frame in place of an answer to the handshake.
    Odd(String),
    Event {
        zxid: Zxid,
        kind: i32,
        state: i32,
        path: String,
    },
    Reply {
        /// The xid, if it is not that of the request.
        xid: Option<i32>,
        zxid: Zxid,
        code: i32,
        /// Its parts.
        body: Vec<String>,
    },
    /// What came over a connection without a handshake.
    Answer(String),
    /// The server closed the connection.
    Closed,
    /// The server did not answer.
    Silence,
}

/// A zxid, counted from the beginning of the script; or none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Zxid {
    /// The number itself: 0 and -1, which stand for no zxid.
    None(i64),
    /// From before the script.
    Before,
    At(i64),
}

/// How a server numbers what the script does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbering {
    base: i64,
    latest: i64,
    /// Those that the server took for what is not counted.
    gaps: Vec<i64>,
}

impl Numbering {
    /// From here on a script is counted.
    pub(crate) fn begin(&mut self) {
        self.base = self.latest;
        self.gaps.clear();
    }

    /// The server has told its latest zxid; returns how many it went on.
    pub(crate) fn note(&mut self, zxid: i64) -> i64 {
        let before = self.latest;
        self.latest = before.max(zxid);
        self.latest - before
    }

    /// The latest zxid that the server has told.
    pub(crate) fn latest(&self) -> i64 {
        self.latest
    }

    /// The latest zxid is not to be counted.
    pub(crate) fn leave_out(&mut self) {
        self.gaps.push(self.latest);
    }

    /// Counts a zxid from the beginning of the script.
    pub(crate) fn count(&self, zxid: i64) -> Zxid {
        match zxid {
            -1 | 0 => Zxid::None(zxid),
            zxid if zxid <= self.base => Zxid::Before,
            zxid => {
                let gaps = self.gaps.iter().filter(|gap| **gap <= zxid).count();
                Zxid::At(zxid - self.base - i64::try_from(gaps).unwrap())
            }
        }
    }

    /// The server's number of a zxid that is counted from the beginning of the script.
    pub(crate) fn number(&self, counted: i64) -> i64 {
        let number = |zxid: i64, gap: &i64| if *gap <= zxid { zxid + 1 } else { zxid };
        self.gaps.iter().fold(self.base + counted, number)
    }
}

impl Seen {
    /// The code of the reply that this is.
    pub(crate) fn code(&self) -> Option<i32> {
        match self {
            Self::Reply { code, .. } => Some(*code),
            Self::Connected { .. }
            | Self::Odd(_)
            | Self::Event { .. }
            | Self::Answer(_)
            | Self::Closed
            | Self::Silence => None,
        }
    }
}

impl Seen {
    /// Whether it is a reply after which a server closes the connection. What was sent after the
    /// request may be answered before it does.
    pub(crate) fn is_farewell(&self) -> bool {
        match self {
            Self::Reply { code: -115, .. } => true,
            Self::Reply { code: -6, zxid, .. } => *zxid == Zxid::None(-1),
            Self::Reply { .. }
            | Self::Connected { .. }
            | Self::Odd(_)
            | Self::Event { .. }
            | Self::Answer(_)
            | Self::Closed
            | Self::Silence => false,
        }
    }
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connected { session: Some(session), timeout, password, read_only } => write!(
                f,
                "connected: session {session}, {timeout} ms, password of {password}, {read_only:?}"
            ),
            Self::Connected { session: None, timeout, password, read_only } => {
                write!(f, "refused: {timeout} ms, password of {password}, {read_only:?}")
            }
            Self::Odd(frame) => write!(f, "in place of a handshake {frame}"),
            Self::Event { zxid, kind, state, path } => {
                write!(f, "event {kind} {path:?} {zxid:?} state {state}")
            }
            Self::Reply { xid, zxid, code, body } => {
                write!(f, "reply {code} {zxid:?} {}", body.join(" "))?;
                xid.map_or(Ok(()), |xid| write!(f, " with xid {xid}"))
            }
            Self::Answer(text) => write!(f, "answer {text:?}"),
            Self::Closed => write!(f, "closed"),
            Self::Silence => write!(f, "SILENCE"),
        }
    }
}

impl fmt::Debug for Zxid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None(number) => write!(f, "zxid {number}"),
            Self::Before => write!(f, "zxid before"),
            Self::At(count) => write!(f, "zxid+{count}"),
        }
    }
}
