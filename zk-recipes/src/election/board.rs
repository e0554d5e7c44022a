//! What candidates see of an election.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zk_client::machine::{Owned, Promise, Publisher, Topic};
use zk_client::{Check, Error, ErrorKind, Multi, Outcome};

use crate::Loss;

/// Where a candidate stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LatchStatus {
    /// It stands in line, or is about to.
    Waiting,
    /// It leads.
    Leader(Term),
    /// It has led, but the connection is lost, and nobody can tell: the session may have ended
    /// meanwhile, and somebody else lead. It must not act as a leader.
    Suspended,
    /// It is no candidate any more, and will not be again: the session is over, or it is not allowed
    /// to stand in line.
    Lost(Loss),
}

/// A time for which somebody leads.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Term {
    /// The fencing token: higher than those of all who led before.
    pub token: i64,
    /// The path of the leader's node.
    pub node: String,
}

impl Term {
    /// A transaction that is applied only as long as the leader's node is there, whatever the leader
    /// believes: add to it what is to be written. The check is operation 0; if it fails, with
    /// `NoNode`, somebody else may lead.
    ///
    /// ```
    /// use zk_recipes::LeaderLatch;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// # zk.create("/plan", "").await?;
    /// let candidate = LeaderLatch::new(&zk, "/leader").id("a").join().await?;
    /// let term = candidate.wait_leader().await?;
    /// zk.call(term.fence().set("/plan", "of a")).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn fence(&self) -> Multi<'_> {
        Multi::new().add(Check::exists(&self.node))
    }
}

impl From<&Owned> for Term {
    fn from(own: &Owned) -> Self {
        Self { token: own.czxid, node: own.path.clone() }
    }
}

/// Where the machine shows it. Once it is gone, nobody waits any more.
#[derive(Debug)]
pub(super) struct Board {
    status: Publisher<LatchStatus>,
    hopes: Hopes,
}

/// What its owner can see.
#[derive(Clone, Debug)]
pub(super) struct Window {
    pub(super) status: Topic<LatchStatus>,
    pub(super) hopes: Hopes,
}

/// Those who wait until it leads.
#[derive(Clone, Debug)]
pub(super) struct Hopes(Arc<Mutex<Hope>>);

#[derive(Debug)]
enum Hope {
    Open(Vec<Promise<Term>>),
    Fulfilled(Term),
    Gone(Error),
}

impl Board {
    pub(super) fn new() -> (Self, Window) {
        let (publisher, status) = Topic::new(LatchStatus::Waiting);
        let hopes = Hopes(Arc::new(Mutex::new(Hope::Open(Vec::new()))));
        (Self { status: publisher, hopes: hopes.clone() }, Window { status, hopes })
    }

    pub(super) fn wait(&self) {
        self.hopes.turn(Hope::Open(Vec::new()));
        self.status.set(LatchStatus::Waiting);
    }

    pub(super) fn suspend(&self) {
        self.hopes.turn(Hope::Open(Vec::new()));
        self.status.set(LatchStatus::Suspended);
    }

    pub(super) fn lead(&self, term: &Term) {
        self.status.set(LatchStatus::Leader(term.clone()));
        self.hopes.turn(Hope::Fulfilled(term.clone()));
    }

    pub(super) fn end(&self, loss: Loss, error: Error) {
        self.status.set(LatchStatus::Lost(loss));
        self.hopes.turn(Hope::Gone(error));
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        let is_gone = matches!(*self.hopes.lock(), Hope::Gone(_));
        if !is_gone {
            self.hopes.turn(Hope::Gone(ErrorKind::Cancelled(Outcome::NotApplied).into()));
        }
    }
}

impl Hopes {
    /// Somebody waits.
    pub(super) fn add(&self, promise: Promise<Term>) {
        let answer = match &mut *self.lock() {
            Hope::Open(promises) => {
                promises.retain(|promise| !promise.is_abandoned());
                promises.push(promise);
                return;
            }
            Hope::Fulfilled(term) => Ok(term.clone()),
            Hope::Gone(error) => Err(error.clone()),
        };
        promise.fulfil(answer);
    }

    /// Those who wait are told, if there is something to tell.
    fn turn(&self, next: Hope) {
        let mut hope = self.lock();
        let answer = match &next {
            Hope::Open(_) if matches!(*hope, Hope::Open(_)) => return,
            Hope::Open(_) => None,
            Hope::Fulfilled(term) => Some(Ok(term.clone())),
            Hope::Gone(error) => Some(Err(error.clone())),
        };
        let before = std::mem::replace(&mut *hope, next);
        drop(hope);
        if let (Hope::Open(promises), Some(answer)) = (before, answer) {
            promises.into_iter().for_each(|promise| promise.fulfil(answer.clone()));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Hope> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
