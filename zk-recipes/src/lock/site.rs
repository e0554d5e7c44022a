//! Where a lock is, and how its callers wait for it.

use std::borrow::Cow;
use std::time::Duration;

use zk_client::{Acl, Client, Mode};

use super::revoke::Revoke;
use super::{LockGuard, machine};
use crate::contender::{Contender, Contestant, Entry, InLine, Patience, Roster, Rule};

/// Where a lock is, and how its callers wait for it: what locks of all kinds have.
pub(crate) struct Site<M: Mode> {
    pub(crate) client: Client<M>,
    /// The same, with the time that a caller waits at most.
    pub(crate) waiting: Client<M>,
    pub(crate) path: String,
    data: Vec<u8>,
    acl: Cow<'static, [Acl]>,
}

impl<M: Mode> Site<M> {
    pub(crate) fn new(client: &Client<M>, path: &str) -> Self {
        Self {
            client: client.clone(),
            waiting: client.clone(),
            path: path.to_owned(),
            data: Vec::new(),
            acl: Acl::OPEN.into(),
        }
    }

    pub(crate) fn data(self, data: &[u8]) -> Self {
        Self { data: data.to_owned(), ..self }
    }

    pub(crate) fn acl(self, acl: Cow<'static, [Acl]>) -> Self {
        Self { acl, ..self }
    }

    pub(crate) fn within(&self, timeout: Duration) -> Self {
        Self { waiting: self.client.within(timeout), ..self.clone() }
    }

    /// With which node somebody contends.
    pub(crate) fn entry(&self, prefix: &str) -> Entry {
        let (data, acl) = (self.data.clone(), self.acl.clone());
        Entry { data, acl, ..Entry::new(&self.path, prefix) }
    }

    /// Waits for the lock; `wrap` makes of its guard what the caller gets.
    pub(crate) fn acquire<T: Send + 'static>(
        &self,
        entry: Entry,
        rule: impl Rule,
        wrap: impl FnOnce(LockGuard<M>) -> T + Send + 'static,
    ) -> M::Output<T> {
        let contender = Contender::new(entry, rule, Patience::Endless);
        let wrap = |own, hold| wrap(LockGuard::new(own, hold));
        machine::acquire(&self.client, &self.waiting, contender, wrap)
    }

    /// The same if nobody has it.
    pub(crate) fn try_acquire<T: Send + 'static>(
        &self,
        entry: Entry,
        rule: impl Rule,
        wrap: impl FnOnce(LockGuard<M>) -> T + Send + 'static,
    ) -> M::Output<Option<T>> {
        let contender = Contender::new(entry, rule, Patience::None);
        let wrap = |own, hold| wrap(LockGuard::new(own, hold));
        machine::try_acquire(&self.client, &self.waiting, contender, wrap)
    }

    pub(crate) fn contenders(&self, line: InLine) -> M::Output<Vec<Contestant>> {
        self.waiting.run(Roster::new(&self.path, line))
    }

    pub(crate) fn request_revocation(&self, node: &str) -> M::Output<()> {
        self.waiting.run(Revoke::new(node))
    }
}

impl<M: Mode> Clone for Site<M> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            waiting: self.waiting.clone(),
            path: self.path.clone(),
            data: self.data.clone(),
            acl: self.acl.clone(),
        }
    }
}
