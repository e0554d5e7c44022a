//! An election in which everybody who joins leads once it is their turn.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use zk_client::machine::{Task, Updates};
use zk_client::{Acl, Client, Mode, State};

use super::board::{Board, LatchStatus, Term, Window};
use super::machine::Latch;
use crate::contender::{Contestant, Entry, InLine, Roster};

const LINE: InLine = InLine { marks: &["latch-"] };

/// An election: of all who have joined, the one that came first leads, for as long as it lives and
/// does not leave.
///
/// On the wire it is Curator's `LeaderLatch`. To lead for one task at a time, take turns with a
/// [`LeaderSelector`](super::LeaderSelector).
///
/// ```
/// use zk_recipes::LeaderLatch;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = zk_server::Server::start()?;
/// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
/// let election = LeaderLatch::new(&zk, "/app/leader").id("10.0.0.7:8080");
/// let candidate = election.join().await?;
/// let term = candidate.wait_leader().await?;
/// assert!(candidate.is_leader() && term.token > 0);
///
/// let leader = election.leader().await?.expect("it is us");
/// assert_eq!(leader.node.data, "10.0.0.7:8080");
/// candidate.close().await?;
/// # Ok(())
/// # }
/// ```
pub struct LeaderLatch<M: Mode> {
    client: Client<M>,
    /// The same, with the time that a caller waits at most.
    waiting: Client<M>,
    path: String,
    id: Vec<u8>,
    acl: Cow<'static, [Acl]>,
}

impl<M: Mode> LeaderLatch<M> {
    /// The election at this path, which is created when it is needed.
    #[must_use]
    pub fn new(client: &Client<M>, path: &str) -> Self {
        Self {
            client: client.clone(),
            waiting: client.clone(),
            path: path.to_owned(),
            id: Vec::new(),
            acl: Acl::OPEN.into(),
        }
    }

    /// Who a candidate is, for others to see. Curator reads UTF-8. Empty otherwise.
    #[must_use]
    pub fn id(self, id: impl AsRef<[u8]>) -> Self {
        Self { id: id.as_ref().to_owned(), ..self }
    }

    /// The access control list of a candidate's node, which has to let it read. Open to everybody
    /// otherwise.
    #[must_use]
    pub fn acl(self, acl: impl Into<Cow<'static, [Acl]>>) -> Self {
        Self { acl: acl.into(), ..self }
    }

    /// The same election, for whom it is not worth waiting any longer than this: to have joined, to
    /// lead, to be told who does.
    #[must_use]
    pub fn within(&self, timeout: Duration) -> Self {
        Self { waiting: self.client.within(timeout), ..self.clone() }
    }

    /// Joins, and waits until it stands in line; who is the first in line leads a moment later. It
    /// is a candidate until what this returns is closed or dropped, or the session is over. If
    /// somebody deletes its node, it joins again, as the last one.
    ///
    /// # Errors
    ///
    /// `NoAuth`, `InvalidAcl`, `QuotaExceeded`, `NoChildrenForEphemerals`, of its node or a parent;
    /// that the session is over; that the time is over.
    ///
    /// # Cancel safety
    ///
    /// Whenever the reply is dropped, its node is deleted.
    pub fn join(&self) -> M::Output<Candidate<M>> {
        let (board, window) = Board::new();
        let entry = Entry {
            data: self.id.clone(),
            acl: self.acl.clone(),
            ..Entry::new(&self.path, "latch-")
        };
        let (client, waiting) = (self.client.clone(), self.waiting.clone());
        let wrap = |(), task| Candidate { task, window, client, waiting };
        self.waiting.host(Latch::new(entry, LINE, board), wrap)
    }

    /// Who leads, or is about to: `None` if there are no candidates.
    ///
    /// # Errors
    ///
    /// `NoAuth`; that the session is over; that the time is over.
    pub fn leader(&self) -> M::Output<Option<Contestant>> {
        self.waiting.host(Roster::new(&self.path, LINE), |all, _| all.into_iter().next())
    }

    /// All candidates, in their order: the first one leads, or is about to.
    ///
    /// # Errors
    ///
    /// `NoAuth`; that the session is over; that the time is over.
    pub fn candidates(&self) -> M::Output<Vec<Contestant>> {
        self.waiting.host(Roster::new(&self.path, LINE), |all, _| all)
    }
}

impl<M: Mode> Clone for LeaderLatch<M> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            waiting: self.waiting.clone(),
            path: self.path.clone(),
            id: self.id.clone(),
            acl: self.acl.clone(),
        }
    }
}

impl<M: Mode> fmt::Debug for LeaderLatch<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeaderLatch").field("path", &self.path).finish_non_exhaustive()
    }
}

/// A candidate in a [`LeaderLatch`]. Dropping it leaves the election, without waiting for that.
#[must_use = "dropping it leaves the election"]
pub struct Candidate<M: Mode> {
    task: Task,
    window: Window,
    client: Client<M>,
    waiting: Client<M>,
}

impl<M: Mode> Candidate<M> {
    /// Whether it leads, as far as the client knows: not while the connection is lost. A program
    /// that was paused may not know for a while: see [`Term::fence`].
    #[must_use]
    pub fn is_leader(&self) -> bool {
        let leads = |status: &LatchStatus| matches!(status, LatchStatus::Leader(_));
        self.client.state() == State::Connected && self.window.status.with(leads)
    }

    /// Where it stands.
    #[must_use]
    pub fn status(&self) -> LatchStatus {
        self.window.status.value()
    }

    /// Where it stands, and each change of that; ends when it is no candidate any more. A reader that
    /// is far behind misses some, never the last.
    #[must_use]
    pub fn statuses(&self) -> Updates<M, LatchStatus> {
        self.window.status.updates(&self.client)
    }

    /// Waits until it leads, which may be over again when that is heard: see
    /// [`statuses`](Self::statuses).
    ///
    /// # Errors
    ///
    /// That the session is over; that the [time](LeaderLatch::within) is over; `NoAuth`, if its node
    /// was deleted and it may not join again.
    ///
    /// # Cancel safety
    ///
    /// It is a candidate all the same when the reply is dropped.
    pub fn wait_leader(&self) -> M::Output<Term> {
        self.waiting.promised(|promise| self.window.hopes.add(promise))
    }

    /// Leaves the election, and waits until its node is gone.
    ///
    /// # Errors
    ///
    /// `NoAuth`: it is not allowed to delete its node, which goes with the session. That the
    /// session is over.
    pub fn close(self) -> M::Output<()> {
        self.task.stop::<M>()
    }
}

impl<M: Mode> fmt::Debug for Candidate<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Candidate").field("status", &self.status()).finish_non_exhaustive()
    }
}
