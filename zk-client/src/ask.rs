//! How a call becomes a request, and its answer what the caller gets.

use std::marker::PhantomData;
use std::sync::Arc;

use zk_proto::{Chroot, Error, PathError, Request, WatchRequest};

use crate::machine::Machine;
use crate::machine::run::{Running, Wrap};
use crate::reply::{About, Asked, Decode};
use crate::shared::{Token, Watcher};
use crate::slot::Slot;
use crate::view::{Hold, View};
use crate::watch::WatchQueue;
use crate::{Client, Mode, Reply, Watch};

impl<M: Mode> Client<M> {
    /// The same session, seeing only this part of the tree.
    pub(crate) fn at(self, chroot: Chroot) -> Self {
        self.with_view(|_| Ok(View { chroot, timeout: None }))
    }

    /// The same session, with another view.
    pub(crate) fn with_view(&self, change: impl FnOnce(&View) -> Result<View, PathError>) -> Self {
        let view = self.hold.view.as_ref().map_err(|error| *error).and_then(change);
        let hold = Hold { handle: self.hold.handle.clone(), view };
        Self { hold: Arc::new(hold), mode: PhantomData }
    }

    /// Runs a machine; `wrap` turns what it ends in into what the caller gets.
    pub(crate) fn start<R: Machine, T: Send + 'static>(
        &self,
        machine: R,
        wrap: Wrap<R::Output, T>,
    ) -> M::Output<T> {
        let view = match &self.hold.view {
            Ok(view) => view.clone(),
            Err(error) => return M::finish(Reply::ready(Err((*error).into()))),
        };
        let shared = self.hold.shared();
        let slot = Slot::new();
        let running = Running { machine, view, slot: slot.clone(), wrap: Some(wrap) };
        let key = shared.run(Box::new(running));
        M::finish(Reply::machine(shared.clone(), slot, key))
    }

    /// Runs a machine that nobody waits for.
    pub(crate) fn start_detached<R: Machine<Output = ()>>(&self, machine: R) {
        let view = self.hold.view.clone().unwrap_or_default();
        let wrap: Wrap<(), ()> = Box::new(Ok);
        let running = Running { machine, view, slot: Slot::new(), wrap: Some(wrap) };
        self.hold.shared().run(Box::new(running));
    }

    /// Asks for an operation.
    pub(crate) fn ask<R: Request>(&self, request: &R) -> M::Output<R::Response> {
        let view = match &self.hold.view {
            Ok(view) => view,
            Err(error) => return refuse::<M, _>(request, (*error).into()),
        };
        let shared = self.hold.shared();
        let slot = Slot::new();
        let token = Token::Caller(slot.clone());
        match shared.submit(request, view.scope(shared), token, !M::DRIVES) {
            Ok(id) => M::finish(Reply::request(Asked {
                hold: self.hold.clone(),
                slot,
                id,
                about: about(request),
                decode: Decode::Plain(R::decode),
            })),
            Err((_, error)) => refuse::<M, _>(request, error),
        }
    }

    /// Asks for an operation that leaves a watch; `wrap` makes what the caller gets.
    pub(crate) fn watch_with<R: WatchRequest, T>(
        &self,
        request: R,
        wrap: impl FnOnce(R::Response, Watch<M>) -> T + Send + 'static,
    ) -> M::Output<T> {
        let view = match &self.hold.view {
            Ok(view) => view,
            Err(error) => return refuse::<M, _>(&request, (*error).into()),
        };
        let shared = self.hold.shared();
        let (slot, queue) = (Slot::new(), WatchQueue::new(shared.watch_buffer));
        let (token, watcher) = (Token::Caller(slot.clone()), Watcher::Queue(queue.clone()));
        let path = match request.watch_path(&view.chroot) {
            Ok(path) => path,
            Err(misuse) => return refuse::<M, _>(&request, misuse.into()),
        };
        let scope = view.scope(shared);
        match shared.submit_watch(&request, scope, token, watcher, !M::DRIVES) {
            Ok(id) => {
                let watch = Watch::new(self.hold.clone(), queue, path, id);
                let decode = move |answer, chroot: &Chroot| {
                    R::decode(answer, chroot).map(|response| wrap(response, watch))
                };
                M::finish(Reply::request(Asked {
                    hold: self.hold.clone(),
                    slot,
                    id,
                    about: about(&request),
                    decode: Decode::Owned(Box::new(decode)),
                }))
            }
            Err((_, _, error)) => refuse::<M, _>(&request, error),
        }
    }
}

/// What an error of this request is about.
fn about(request: &impl Request) -> About {
    let about = About { op: request.op(), path: request.path() };
    tracing::trace!(op = %about.op, path = about.path, "asked");
    about
}

/// The answer to a request that is not sent.
fn refuse<M: Mode, T>(request: &impl Request, error: Error) -> M::Output<T> {
    M::finish(Reply::ready(Err(error.about(request.op(), &request.path()))))
}
