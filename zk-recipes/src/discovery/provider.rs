//! Who offers a service.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::de::DeserializeOwned;
use zk_client::machine::Updates;
use zk_client::{Async, Client, Mode};

use super::down::Errors;
use super::{DownPolicy, ServiceInstance, Strategy};
use crate::cache::{CacheChange, CachedNode, ChildrenCache};

/// Who offers a service: kept up to date by a [`ChildrenCache`], so that to choose costs no request
/// and waits for nothing.
///
/// What cannot be read as an instance is left out, as are those that are not enabled.
#[must_use = "dropping it stops it"]
pub struct ServiceProvider<M: Mode, P = serde_json::Value> {
    client: Client<M>,
    cache: ChildrenCache<Async>,
    policy: DownPolicy,
    strategy: Mutex<Box<dyn Strategy<P>>>,
    errors: Arc<Mutex<Errors>>,
    read: Mutex<HashMap<String, Read<P>>>,
}

/// A node that was read, and what it says, if it is an instance.
type Read<P> = (Arc<CachedNode>, Option<Arc<ServiceInstance<P>>>);

impl<M: Mode, P: DeserializeOwned> ServiceProvider<M, P> {
    pub(super) fn new(
        client: &Client<M>,
        cache: ChildrenCache<Async>,
        strategy: impl Strategy<P> + 'static,
    ) -> Self {
        Self {
            client: client.clone(),
            cache,
            policy: DownPolicy::default(),
            strategy: Mutex::new(Box::new(strategy)),
            errors: Arc::default(),
            read: Mutex::default(),
        }
    }

    /// Chooses in another way than one after the other.
    pub fn strategy(self, strategy: impl Strategy<P> + 'static) -> Self {
        Self { strategy: Mutex::new(Box::new(strategy)), ..self }
    }

    /// Calls instances down by another policy than the default.
    pub fn down_policy(self, policy: DownPolicy) -> Self {
        Self { policy, ..self }
    }

    /// All that are enabled, in the order of their ids, those that are down among them.
    #[must_use]
    pub fn instances(&self) -> Vec<Arc<ServiceInstance<P>>> {
        let mut before = lock(&self.read);
        let mut read = HashMap::new();
        let mut instances = Vec::new();
        for node in self.cache.children() {
            let known = before.remove(node.name()).filter(|(old, _)| Arc::ptr_eq(old, &node));
            let decode = || (node.clone(), serde_json::from_slice(node.data()).ok().map(Arc::new));
            let (_, instance) = known.unwrap_or_else(decode);
            instances.extend(instance.iter().filter(|instance| instance.enabled).cloned());
            read.insert(node.name().to_owned(), (node.clone(), instance));
        }
        *before = read;
        instances
    }

    /// One of those that are enabled and not down, as the strategy chooses.
    #[must_use]
    pub fn choose(&self) -> Option<Offer<P>> {
        let mut instances = self.instances();
        let now = self.client.now();
        let mut errors = lock(&self.errors);
        errors.forget(self.policy, now);
        instances.retain(|instance| !errors.is_down(self.policy, &instance.id));
        drop(errors);
        if instances.is_empty() {
            return None;
        }
        let chosen = lock(&self.strategy).choose(&instances)?;
        instances.get(chosen).cloned().map(Offer)
    }

    /// Notes that an instance has failed. After so many errors as the policy says, it is down, and
    /// not chosen for a time.
    pub fn note_error(&self, instance: &ServiceInstance<P>) {
        lock(&self.errors).note(self.policy, self.client.now(), &instance.id);
    }

    /// Waits until all is known that was written before this was called, by anybody.
    ///
    /// # Errors
    ///
    /// As [`ChildrenCache::sync`].
    pub fn sync(&self) -> M::Output<()> {
        let mut reply = self.cache.sync();
        self.client.polled(move |cx| Pin::new(&mut reply).poll(cx))
    }

    /// What changes from now on: who comes, who goes, and who writes something else. To be used as
    /// a sign to look again.
    #[must_use]
    pub fn changes(&self) -> Updates<Async, CacheChange> {
        self.cache.changes()
    }
}

/// An instance that was chosen.
#[derive(Clone, Debug)]
pub struct Offer<P>(Arc<ServiceInstance<P>>);

impl<P> Deref for Offer<P> {
    type Target = ServiceInstance<P>;

    fn deref(&self) -> &ServiceInstance<P> {
        &self.0
    }
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<M: Mode, P> fmt::Debug for ServiceProvider<M, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceProvider").field("path", &self.cache.path()).finish_non_exhaustive()
    }
}
