//! An election in which everybody leads for one term at a time.

use std::borrow::Cow;
use std::time::Duration;

use zk_client::{Acl, Client, Mode};

use crate::contender::Contestant;
use crate::{Lock, LockGuard};

/// The term of a leader: it leads until this is dropped, or lost. It is the guard of a lock, whose
/// [token](LockGuard::fencing_token) and [fenced writes](LockGuard::fenced) are the leader's.
pub type Leadership<M> = LockGuard<M>;

/// An election in which everybody leads for one term at a time, and gets in line again for the next
/// one if they wish.
///
/// On the wire it is Curator's `LeaderSelector` and kazoo's `Election`, which are locks: whoever
/// holds it leads.
///
/// ```
/// use zk_recipes::LeaderSelector;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = zk_server::Server::start()?;
/// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
/// let election = LeaderSelector::new(&zk, "/app/leader").id("worker 7");
/// for _ in 0..3 {
///     let leadership = election.lead().await?; // gets in line, and waits
///     assert!(leadership.is_held());
///     leadership.release().await?; // the next one's turn
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct LeaderSelector<M: Mode>(Lock<M>);

impl<M: Mode> LeaderSelector<M> {
    /// The election at this path, which is created when it is needed.
    #[must_use]
    pub fn new(client: &Client<M>, path: &str) -> Self {
        Self(Lock::new(client, path))
    }

    /// Who a candidate is, for others to see. Curator reads UTF-8. Empty otherwise.
    #[must_use]
    pub fn id(self, id: impl AsRef<[u8]>) -> Self {
        Self(self.0.data(id))
    }

    /// The access control list of a candidate's node, which has to let it read. Open to everybody
    /// otherwise.
    #[must_use]
    pub fn acl(self, acl: impl Into<Cow<'static, [Acl]>>) -> Self {
        Self(self.0.acl(acl))
    }

    /// The same election, for whom it is not worth waiting any longer than this.
    #[must_use]
    pub fn within(&self, timeout: Duration) -> Self {
        Self(self.0.within(timeout))
    }

    /// Gets in line, and waits until it leads. Ask again for another term.
    ///
    /// # Errors
    ///
    /// Those of [`Lock::acquire`].
    ///
    /// # Cancel safety
    ///
    /// Whenever the reply is dropped, its node is deleted.
    pub fn lead(&self) -> M::Output<Leadership<M>> {
        self.0.acquire()
    }

    /// All who lead or wait to, in their order: the first one leads, or is about to.
    ///
    /// # Errors
    ///
    /// `NoAuth`; that the session is over; that the time is over.
    pub fn candidates(&self) -> M::Output<Vec<Contestant>> {
        self.0.contenders()
    }
}

impl<M: Mode> Clone for LeaderSelector<M> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}
