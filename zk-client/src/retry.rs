//! Asking again, where that is safe.

use std::fmt;
use std::time::Duration;

use zk_proto::{Encoder, Request};

use crate::machine::retried::Retried;
use crate::{Client, Mode, Reply};

/// How often, how fast and for how long a request is asked again that has failed.
///
/// What is asked again:
///
/// | the failure | reads, `sync` | writes that demand a version | other writes |
/// |---|---|---|---|
/// | not applied, and may succeed later | yes | yes | yes |
/// | outcome unknown | yes | if it can be shown that it was not applied | no |
/// | anything else | no | no | no |
///
/// *Not applied* is what the server throttled or cannot do now ([`Throttled`], [`NotReadOnly`],
/// [`ReconfigInProgress`], [`NewConfigNoQuorum`]), what found no room in the queue, and what was
/// not sent yet when the connection was lost.
///
/// *Outcome unknown*: the connection was lost while it was on its way, or there was trouble inside
/// of the server. To repeat a write then can apply it twice, and undo what
/// others wrote in between. For one that demands a version (`SetData`, `SetAcl` and `Delete` with
/// one) the node is looked at first, after a `sync`: if it is there since before the request was
/// made, as the transaction numbers tell, and still has that version, then the write was not
/// applied and never will be, and is asked again. In all other cases its caller is told that the
/// outcome is unknown: nobody can tell one's own write from another's. So a version conflict of a
/// repeated write always is another's doing.
///
/// What is created has no version: to create exactly once, there is
/// [`create_protected`](Client::create_protected). So it is with transactions; those can create or
/// check a node by which to find out.
///
/// [`Throttled`]: zk_proto::ErrorCode::Throttled
/// [`NotReadOnly`]: zk_proto::ErrorCode::NotReadOnly
/// [`ReconfigInProgress`]: zk_proto::ErrorCode::ReconfigInProgress
/// [`NewConfigNoQuorum`]: zk_proto::ErrorCode::NewConfigNoQuorum
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    pub(crate) attempts: u32,
    pub(crate) total: Option<Duration>,
    pub(crate) first_pause: Duration,
    pub(crate) longest_pause: Duration,
}

impl Default for Retry {
    /// 5 attempts, with pauses of 100 ms, and twice as long each time, up to 5 s; as long as that
    /// takes.
    fn default() -> Self {
        Self {
            attempts: 5,
            total: None,
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(5),
        }
    }
}

impl Retry {
    /// The default.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How often at most it is asked, the first time included; at least once.
    #[must_use]
    pub fn attempts(self, attempts: u32) -> Self {
        Self { attempts: attempts.max(1), ..self }
    }

    /// How long all of it may take. [`Client::within`] limits each attempt instead; when that time
    /// is over, the caller is told, and it is not asked again: it could only be answered later.
    #[must_use]
    pub fn total(self, total: Duration) -> Self {
        Self { total: Some(total), ..self }
    }

    /// How long to leave a server alone that cannot do it now: this long at first, twice as long
    /// each time, up to the longest. Each pause is shortened by up to a half, by chance, so that
    /// clients do not come back all at once. After a lost connection there is none: the request
    /// waits for the next connection, for which there are pauses already.
    #[must_use]
    pub fn pause(self, first: Duration, longest: Duration) -> Self {
        Self { first_pause: first, longest_pause: longest, ..self }
    }

    /// The pause after so many failures, by this chance.
    pub(crate) fn pause_after(&self, failures: u32, chance: u64) -> Duration {
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
        let pause = self.first_pause.saturating_mul(doubled).min(self.longest_pause);
        let nanos = u64::try_from(pause.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(nanos - chance.checked_rem(nanos / 2).unwrap_or(0))
    }
}

impl<M: Mode> Client<M> {
    /// A view of this client that asks again where that is safe; see [`Retry`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use zk_server::{Effect, Rule};
    /// use zk_tokio::{ErrorCode, GetData, OpCode, Retry};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = zk_server::Server::start()?;
    /// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
    /// // A server that has too much to do, and once executes a request and dies before it answers.
    /// let gets = |op, _: &str| op == OpCode::GetData;
    /// server.add_rule(Rule::new(Effect::Fail(ErrorCode::Throttled), gets).times(1));
    /// server.add_rule(Rule::new(Effect::Lose, gets).times(1));
    ///
    /// let patient = Retry::new().attempts(3).pause(Duration::from_millis(1), Duration::MAX);
    /// let node = zk.retrying(patient).call(GetData::new("/")).await?;
    /// assert_eq!(node.data, "");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn retrying(&self, retry: Retry) -> Retrying<M> {
        Retrying { client: self.with_mode(), retry }
    }
}

/// A client that asks again where that is safe; see [`Client::retrying`].
pub struct Retrying<M: Mode> {
    client: Client<M>,
    retry: Retry,
}

impl<M: Mode> Retrying<M> {
    /// Asks for an operation, and asks again as the policy says.
    ///
    /// # Errors
    ///
    /// Those of the operation: the last one, if it is not asked again any more. When the
    /// [total time](Retry::total) is over, what has failed by then, or
    /// [`DeadlineExceeded`](zk_proto::ErrorKind::DeadlineExceeded).
    ///
    /// # Cancel safety
    ///
    /// As for a [`Client`]; it is not asked again.
    pub fn call<R: Request>(&self, request: R) -> M::Output<R::Response>
    where
        R::Response: Send + 'static,
    {
        let mut body = Vec::new();
        let mut out = Encoder::new(&mut body, self.client.hold.chroot(), false);
        match request.encode(&mut out) {
            Ok(()) => self.client.run(Retried::new(self.retry, &request, body)),
            Err(misuse) => {
                let error = zk_proto::Error::from(misuse).about(request.op(), &request.path());
                M::finish(Reply::ready(Err(error)))
            }
        }
    }
}

impl<M: Mode> Clone for Retrying<M> {
    fn clone(&self) -> Self {
        Self { client: self.client.clone(), retry: self.retry }
    }
}

impl<M: Mode> fmt::Debug for Retrying<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client, retry } = self;
        f.debug_struct("Retrying").field("client", client).field("retry", retry).finish()
    }
}
