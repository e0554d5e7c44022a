//! What disturbs a program at one of its moments.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use zk_client::{Error, ErrorCode, ErrorKind};
use zk_proto::{Delete, SetData};
use zk_server::Lag;
use zk_server::tree::Tree;

use super::stage::Stage;
use crate::fault::{Clock, Cut, Fault, Strike, Way};

/// What disturbs the program of the first client at one of its moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Trouble {
    /// Nothing.
    None,
    /// The connection is reset: what is on its way is lost, requests as well as replies.
    Cut,
    /// The connection is closed: requests that are on their way are executed, their replies lost.
    Closed,
    /// The connection is cut, and there is no other one for half of the session timeout.
    Away,
    /// What is sent arrives after half of the session timeout.
    Held,
    /// The server is killed, and started again after a second.
    Killed,
    /// The leader of three is killed.
    LeaderKilled,
    /// The connection is cut, and the next one is to a server that has not seen the last moments.
    Moved,
    /// The process is stopped for a part of the session timeout.
    Paused,
    /// The process is stopped until its session has expired.
    Slept,
    /// The servers call the session expired.
    Expired,
    /// The client is cut off until it calls its session expired itself.
    CutOff,
    /// The program closes the session, by another handle.
    SessionClosed,
    /// The program's future is dropped, and the session goes on.
    Dropped,
    /// It is dropped, and the connection reset so many moments later.
    DroppedAndCut(u8),
    /// It is dropped, and the session expired so many moments later.
    DroppedAndExpired(u8),
    /// It is dropped, and so many moments later the connection cut, and the next one is to a server
    /// that is behind.
    DroppedAndMoved(u8),
    /// The deadline of what is asked for passes.
    Deadline,
    /// Somebody deletes the ephemeral nodes of the session.
    OwnDeleted,
    /// Somebody writes to the ephemeral nodes of the session.
    OwnWritten,
    /// Somebody deletes the place and all that is below it.
    TreeDeleted,
    /// Somebody writes to the place.
    TreeWritten,
    /// All kinds of faults, and programs that are dropped: see [`weather`](super::weather()).
    Weather,
}

/// Those of a world with one server.
const ALONE: [Trouble; 22] = [
    Trouble::Cut,
    Trouble::Closed,
    Trouble::Away,
    Trouble::Held,
    Trouble::Killed,
    Trouble::Paused,
    Trouble::Slept,
    Trouble::Expired,
    Trouble::CutOff,
    Trouble::SessionClosed,
    Trouble::Dropped,
    Trouble::DroppedAndCut(0),
    Trouble::DroppedAndCut(1),
    Trouble::DroppedAndCut(2),
    Trouble::DroppedAndCut(4),
    Trouble::DroppedAndExpired(0),
    Trouble::DroppedAndExpired(2),
    Trouble::Deadline,
    Trouble::OwnDeleted,
    Trouble::OwnWritten,
    Trouble::TreeDeleted,
    Trouble::TreeWritten,
];

/// Those of a world with three.
const AMONG_THREE: [Trouble; 6] = [
    Trouble::Cut,
    Trouble::LeaderKilled,
    Trouble::Moved,
    Trouble::DroppedAndCut(1),
    Trouble::DroppedAndMoved(0),
    Trouble::DroppedAndMoved(1),
];

impl Trouble {
    /// Those of a world with so many servers.
    pub(super) fn all(members: usize) -> &'static [Self] {
        if members == 1 { &ALONE } else { &AMONG_THREE }
    }

    /// Whether this is why the program of the first client, or another one, ended in this error.
    pub(super) fn explains(&self, is_first: bool, error: &Error) -> bool {
        match self {
            Self::None
            | Self::Cut
            | Self::Closed
            | Self::Away
            | Self::Held
            | Self::Killed
            | Self::LeaderKilled
            | Self::Moved
            | Self::Paused
            | Self::Dropped
            | Self::DroppedAndCut(_)
            | Self::DroppedAndExpired(_)
            | Self::DroppedAndMoved(_) => false,
            Self::Slept | Self::Expired | Self::CutOff | Self::SessionClosed => {
                is_first && is_of_the_end(error)
            }
            Self::Deadline => is_first && matches!(error.kind(), ErrorKind::DeadlineExceeded(_)),
            Self::OwnDeleted | Self::OwnWritten => is_first,
            Self::TreeDeleted | Self::TreeWritten => true,
            Self::Weather => is_of_the_weather(error),
        }
    }

    /// Whether the program of the first client is dropped.
    pub(super) fn drops(self) -> bool {
        self == Self::Dropped || self.follow_up().is_some()
    }

    /// How many moments later there is another one, and which.
    pub(super) fn follow_up(self) -> Option<(u8, Self)> {
        match self {
            Self::DroppedAndCut(later) => Some((later, Self::Cut)),
            Self::DroppedAndExpired(later) => Some((later, Self::Expired)),
            Self::DroppedAndMoved(later) => Some((later, Self::Moved)),
            Self::None
            | Self::Cut
            | Self::Closed
            | Self::Away
            | Self::Held
            | Self::Killed
            | Self::LeaderKilled
            | Self::Moved
            | Self::Paused
            | Self::Slept
            | Self::Expired
            | Self::CutOff
            | Self::SessionClosed
            | Self::Dropped
            | Self::Deadline
            | Self::OwnDeleted
            | Self::OwnWritten
            | Self::TreeDeleted
            | Self::TreeWritten
            | Self::Weather => None,
        }
    }

    /// Whether there has to be a server that has not seen the last moments.
    pub(super) fn needs_who_is_behind(self) -> bool {
        matches!(self, Self::Moved | Self::DroppedAndMoved(_))
    }

    /// Begins now.
    pub(super) fn strike(self, stage: &mut Stage<'_>) {
        let half = TIMEOUT / 2;
        match self {
            // A deadline was set when the program asked.
            Self::None | Self::Deadline | Self::Weather => {}
            Self::Cut => stage.cut(Cut::Reset),
            Self::Closed => stage.cut(Cut::Close),
            Self::Away => {
                stage.cut(Cut::Reset);
                stage.begin_fault(
                    Fault::Partition { client: FIRST, member: None, way: Way::Both },
                    half,
                );
            }
            Self::Held => {
                stage.begin_fault(
                    Fault::Stall { client: FIRST, member: None, way: Way::Both },
                    half,
                );
            }
            Self::Killed => stage.begin_fault(Fault::Kill { member: 0 }, SECOND),
            Self::LeaderKilled => stage.begin_fault(Fault::KillLeader, SECOND),
            Self::Moved => {
                stage.cut(Cut::Reset);
                stage.begin_fault(Fault::Refuse { member: 0 }, SECOND);
            }
            Self::Paused => {
                stage.begin_fault(Fault::Stop { client: 0, clock: Clock::CatchesUp }, TIMEOUT / 4);
            }
            Self::Slept => {
                stage.begin_fault(Fault::Stop { client: 0, clock: Clock::CatchesUp }, TIMEOUT * 3);
            }
            Self::Expired => stage.begin_fault(Fault::Expire { client: 0 }, Duration::ZERO),
            Self::CutOff => {
                let fault = Fault::Partition { client: FIRST, member: None, way: Way::Both };
                stage.begin_fault(fault, TIMEOUT * 2);
            }
            Self::SessionClosed => stage.close_first(),
            Self::Dropped
            | Self::DroppedAndCut(_)
            | Self::DroppedAndExpired(_)
            | Self::DroppedAndMoved(_) => {
                stage.drop_first();
            }
            Self::OwnDeleted => stage.own_nodes().iter().for_each(|path| stage.delete(path)),
            Self::OwnWritten => stage.own_nodes().iter().for_each(|path| stage.write(path)),
            Self::TreeDeleted => stage.delete(stage.story.place),
            Self::TreeWritten => stage.write(stage.story.place),
        }
    }
}

impl Stage<'_> {
    /// For a while, who does not lead sees nothing new.
    pub(super) fn hold_back(&mut self) {
        for member in 1..self.world.members() {
            self.begin_fault(Fault::Lag { member, lag: Lag::Held }, SECOND);
        }
    }

    fn cut(&mut self, how: Cut) {
        self.begin_fault(Fault::Cut { client: 0, how }, Duration::ZERO);
    }

    fn begin_fault(&mut self, fault: Fault, lasts: Duration) {
        self.world.strike_now(Strike { after: Duration::ZERO, fault, lasts });
    }

    fn own_nodes(&self) -> Vec<String> {
        let session = self.seats.first().map_or(0, |seat| seat.zk.session_id());
        self.world.engine.tree().ephemerals(session).map(String::from).collect()
    }

    /// As somebody from outside: a node and all below it.
    fn delete(&mut self, path: &str) {
        let below = below(self.world.engine.tree(), path);
        for path in below.iter().rev() {
            let delete = Delete::new(path);
            let _ = self.world.with_ensemble(|engine, now| engine.delete(now, &delete));
        }
    }

    fn write(&mut self, path: &str) {
        let set = SetData::new(path, "written by somebody else");
        let _ = self.world.with_ensemble(|engine, now| engine.set_data(now, &set));
    }
}

/// A node and all below it, parents before their children.
fn below(tree: &Tree, path: &str) -> Vec<Box<str>> {
    if tree.node(path).is_none() {
        return Vec::new();
    }
    tree.walk(path).map(|(path, _)| path).collect()
}

/// It is what any program has to expect: that its session is over, its time, the queue full, or a
/// server that only reads.
fn is_of_the_weather(error: &Error) -> bool {
    error.code() == Some(ErrorCode::NotReadOnly)
        || matches!(
            error.kind(),
            ErrorKind::SessionExpired(_)
                | ErrorKind::Closed(_)
                | ErrorKind::DeadlineExceeded(_)
                | ErrorKind::QueueFull
        )
}

/// It is the error of a session that is over, or of a connection that was its last.
pub(super) fn is_of_the_end(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::SessionExpired(_)
            | ErrorKind::Closed(_)
            | ErrorKind::ConnectionLost { .. }
            | ErrorKind::Cancelled(_)
    )
}

const FIRST: Option<usize> = Some(0);
const SECOND: Duration = Duration::from_secs(1);
/// The session timeout of all who play.
pub(super) const TIMEOUT: Duration = Duration::from_secs(4);
impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl FromStr for Trouble {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = ALONE.iter().chain(&AMONG_THREE).chain(&[Self::None]);
        let found = all.copied().find(|trouble| trouble.to_string() == text);
        found.ok_or_else(|| format!("there is no trouble {text:?}"))
    }
}
