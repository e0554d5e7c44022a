//! A lock that its owner may take again.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use zk_client::Mode;

use super::{LINE, LockGuard, LockStatus, PREFIX, Site};

/// One who wants a [`Lock`](super::Lock), and may take it again while it has it.
///
/// Who that is cannot be told from the thread or the task, which change, so it is a value: hand it
/// on to what is called while the lock is held. Each call of [`Lock::owner`](super::Lock::owner)
/// makes another owner, who waits for the others. Two `acquire` of one owner that wait *at the same
/// time* wait for each other: one has to be answered before the next is asked for.
///
/// ```
/// use zk_recipes::{Lock, LockOwner};
/// use zk_tokio::{Error, Tokio};
///
/// async fn transfer(owner: &mut LockOwner<Tokio>) -> Result<(), Error> {
///     let guard = owner.acquire().await?;
///     book(owner).await?;
///     guard.release().await
/// }
///
/// async fn book(owner: &mut LockOwner<Tokio>) -> Result<(), Error> {
///     let guard = owner.acquire().await?;   // at once, if the caller has it already
///     guard.release().await                 // who has it still, then
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = zk_server::Server::start()?;
/// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
/// let mut owner = Lock::new(&zk, "/accounts").owner();
/// transfer(&mut owner).await?;
/// book(&mut owner).await?;
/// # Ok(())
/// # }
/// ```
pub struct LockOwner<M: Mode> {
    site: Site<M>,
    /// What it has, if it has it.
    held: Arc<Mutex<Weak<LockGuard<M>>>>,
}

impl<M: Mode> LockOwner<M> {
    pub(super) fn new(site: Site<M>) -> Self {
        Self { site, held: Arc::new(Mutex::new(Weak::new())) }
    }

    /// Waits for the lock as [`Lock::acquire`](super::Lock::acquire) does; at once, and without
    /// asking the servers, if this owner has it. One that was lost is waited for anew.
    ///
    /// # Errors
    ///
    /// Those of [`Lock::acquire`](super::Lock::acquire).
    pub fn acquire(&mut self) -> M::Output<NestedGuard<M>> {
        if let Some(guard) = self.held() {
            return self.site.client.promised(|promise| promise.fulfil(Ok(NestedGuard(guard))));
        }
        self.site.acquire(self.site.entry(PREFIX), LINE, self.keep())
    }

    /// The same if nobody else has it.
    ///
    /// # Errors
    ///
    /// Those of [`Lock::acquire`](super::Lock::acquire).
    pub fn try_acquire(&mut self) -> M::Output<Option<NestedGuard<M>>> {
        if let Some(guard) = self.held() {
            let guard = Some(NestedGuard(guard));
            return self.site.client.promised(|promise| promise.fulfil(Ok(guard)));
        }
        self.site.try_acquire(self.site.entry(PREFIX), LINE, self.keep())
    }

    fn held(&self) -> Option<Arc<LockGuard<M>>> {
        let guard = self.held.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
        guard.filter(|guard| !matches!(guard.status(), LockStatus::Lost(_)))
    }

    fn keep(&self) -> impl FnOnce(LockGuard<M>) -> NestedGuard<M> + Send + 'static {
        let held = self.held.clone();
        move |guard| {
            let guard = Arc::new(guard);
            *held.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&guard);
            NestedGuard(guard)
        }
    }
}

/// A lock that an owner has, perhaps more than once; all that a [`LockGuard`] can do, it can. The
/// lock is released with the last of an owner's guards.
#[must_use = "the lock is released when the last guard is dropped"]
pub struct NestedGuard<M: Mode>(Arc<LockGuard<M>>);

impl<M: Mode> NestedGuard<M> {
    /// Gives it up; if it was the owner's last, the lock is released, and this waits until its node
    /// is gone.
    ///
    /// # Errors
    ///
    /// Those of [`LockGuard::release`].
    pub fn release(self) -> M::Output<()> {
        let client = self.0.client();
        match Arc::into_inner(self.0) {
            Some(guard) => guard.release(),
            None => client.promised(|promise| promise.fulfil(Ok(()))),
        }
    }
}

impl<M: Mode> Deref for NestedGuard<M> {
    type Target = LockGuard<M>;

    fn deref(&self) -> &LockGuard<M> {
        &self.0
    }
}

impl<M: Mode> fmt::Debug for LockOwner<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockOwner")
            .field("path", &self.site.path)
            .field("held", &self.held())
            .finish_non_exhaustive()
    }
}

impl<M: Mode> fmt::Debug for NestedGuard<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NestedGuard").field(&self.0).finish()
    }
}
