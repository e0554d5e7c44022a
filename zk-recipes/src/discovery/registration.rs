//! A service that is offered.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use serde::Serialize;
use zk_client::{Async, Client, Mode, Reply};

use super::ServiceInstance;
use super::services::{encode, failed};
use crate::{NodeStatus, PersistentNode};

/// An instance that is registered, for as long as this lives: by a [`PersistentNode`], which is
/// created again if somebody deletes it.
#[must_use = "dropping it unregisters the instance"]
pub struct Registration<M: Mode, P = serde_json::Value> {
    client: Client<M>,
    node: PersistentNode<Async>,
    payload: PhantomData<fn(P)>,
}

impl<M: Mode, P: Serialize> Registration<M, P> {
    pub(super) fn new(client: &Client<M>, node: PersistentNode<Async>) -> Self {
        Self { client: client.clone(), node, payload: PhantomData }
    }

    /// The path of its node.
    #[must_use]
    pub fn path(&self) -> &str {
        self.node.path()
    }

    /// What is known of its node.
    #[must_use]
    pub fn status(&self) -> NodeStatus {
        self.node.status()
    }

    /// Writes what is to be known of it from now on; its name, id and type stay what they were.
    /// Answers when that is there.
    ///
    /// # Errors
    ///
    /// [`Misuse`](zk_client::ErrorKind::Misuse) for what is no JSON; those of
    /// [`PersistentNode::set_data`].
    pub fn update(&self, instance: &ServiceInstance<P>) -> M::Output<()> {
        match encode(instance) {
            Ok(data) => wait(&self.client, self.node.set_data(data)),
            Err(error) => failed(&self.client, error),
        }
    }

    /// Takes it away, and waits until it is gone.
    ///
    /// # Errors
    ///
    /// `NoAuth`; the session is over, with which it goes, unless it is of a type that stays.
    pub fn unregister(self) -> M::Output<()> {
        wait(&self.client, self.node.close())
    }
}

/// As callers of this mode do.
fn wait<M: Mode>(client: &Client<M>, mut reply: Reply<()>) -> M::Output<()> {
    client.polled(move |cx| Pin::new(&mut reply).poll(cx))
}

impl<M: Mode, P> fmt::Debug for Registration<M, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration").field("node", &self.node).finish_non_exhaustive()
    }
}
