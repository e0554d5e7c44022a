//! Where services are registered.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use zk_client::{Async, Client, Error, Misuse, Mode};

use super::{Registration, RoundRobin, ServiceInstance, ServiceProvider, ServiceType};
use crate::PersistentNode;
use crate::cache::ChildrenCache;

/// Where services are registered and found: a node whose children are the services, and whose
/// grandchildren are their instances, as those of Curator's `ServiceDiscovery` are.
///
/// ```
/// use zk_recipes::discovery::{ServiceInstance, Services};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = zk_server::Server::start()?;
/// # let zk = zk_tokio::Client::connect(&server.connect_string()).await?;
/// let services = Services::<_, String>::new(&zk, "/services");
/// let instance = ServiceInstance::new("web", "web-1").address("10.0.0.1").port(80).payload("v2");
/// let registration = services.register(&instance).await?;
///
/// let web = services.provider("web").await?;
/// let offer = web.choose().expect("somebody offers it");
/// assert_eq!(offer.address.as_deref(), Some("10.0.0.1"));
/// registration.unregister().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Services<M: Mode, P = serde_json::Value> {
    client: Client<M>,
    path: String,
    payload: PhantomData<fn() -> P>,
}

impl<M: Mode, P> Services<M, P> {
    /// The services below this node, which is created when it is needed.
    #[must_use]
    pub fn new(client: &Client<M>, path: &str) -> Self {
        Self { client: client.clone(), path: path.to_owned(), payload: PhantomData }
    }

    /// The same, for calls that are answered within this time, in whichever way.
    #[must_use]
    pub fn within(&self, timeout: Duration) -> Self {
        Self { client: self.client.within(timeout), path: self.path.clone(), payload: PhantomData }
    }

    fn service(&self, name: &str) -> String {
        format!("{}/{name}", self.path.strip_suffix('/').unwrap_or(&self.path))
    }
}

impl<M: Mode, P: Serialize> Services<M, P> {
    /// Registers an instance, and keeps it registered until what this answers is dropped, or until
    /// the session ends; a `Static` or `Permanent` one stays when the session ends.
    ///
    /// If another session has registered one of the same name and id, this waits until that is gone:
    /// it may be that of an earlier life of this process, which is about to expire.
    ///
    /// # Errors
    ///
    /// [`Misuse`](zk_client::ErrorKind::Misuse) for a name or id that is none, or a payload that is
    /// no JSON; those of [`PersistentNodeBuilder::open`](crate::PersistentNodeBuilder::open).
    ///
    /// # Cancel safety
    ///
    /// Dropping the reply unregisters what was registered by then.
    pub fn register(&self, instance: &ServiceInstance<P>) -> M::Output<Registration<M, P>> {
        let (name, id) = (&*instance.name, &*instance.id);
        if name.is_empty() || id.is_empty() || name.contains('/') || id.contains('/') {
            let text = format!("a service is not named {name:?}, nor an instance of it {id:?}");
            return failed(&self.client, Misuse::Text(text.into()).into());
        }
        let data = match encode(instance) {
            Ok(data) => data,
            Err(error) => return failed(&self.client, error),
        };
        let path = format!("{}/{id}", self.service(name));
        let node = PersistentNode::builder(&self.client.with_mode::<Async>(), &path).data(data);
        let mut node = match instance.service_type {
            ServiceType::Dynamic | ServiceType::DynamicSequential => node.open(),
            ServiceType::Static | ServiceType::Permanent => node.persistent().open(),
        };
        let client = self.client.clone();
        self.client.polled(move |cx| {
            Pin::new(&mut node).poll(cx).map(|node| Ok(Registration::new(&client, node?)))
        })
    }
}

impl<M: Mode, P: DeserializeOwned + Send + Sync + 'static> Services<M, P> {
    /// Finds who offers a service, and keeps that up to date. Answers when all have been read once.
    ///
    /// # Errors
    ///
    /// Those of a [`ChildrenCache`].
    pub fn provider(&self, service: &str) -> M::Output<ServiceProvider<M, P>> {
        let client = self.client.clone();
        let mut cache = ChildrenCache::new(&client.with_mode::<Async>(), &self.service(service));
        let asker = client.clone();
        asker.polled(move |cx| {
            let cache = Pin::new(&mut cache).poll(cx);
            cache.map(|cache| Ok(ServiceProvider::new(&client, cache?, RoundRobin::default())))
        })
    }
}

impl<M: Mode, P> Clone for Services<M, P> {
    fn clone(&self) -> Self {
        Self { client: self.client.clone(), path: self.path.clone(), payload: PhantomData }
    }
}

pub(super) fn encode<P: Serialize>(instance: &ServiceInstance<P>) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(instance).map_err(|error| {
        Misuse::Text(format!("the instance cannot be written as JSON: {error}").into()).into()
    })
}

/// An answer that is known at once.
pub(super) fn failed<M: Mode, T>(client: &Client<M>, error: Error) -> M::Output<T> {
    client.polled(move |_| Poll::Ready(Err(error.clone())))
}
