//! What a machine may ask for.

use std::collections::VecDeque;
use std::time::Duration;

use zk_proto::{
    Answer, Chroot, Error, Event, Failure, Host, Instant, Request, RequestId, Scope, State,
    WatchRequest,
};

use crate::shared::{Shared, Token, Watcher};
use crate::view::View;

/// What a machine may ask for, and what it may look at.
#[derive(Debug)]
pub struct Cx<'a> {
    pub(super) shared: &'a Shared,
    pub(super) key: u64,
    pub(super) view: &'a View,
    /// Answers that are there at once.
    pub(super) events: &'a mut VecDeque<Event<Token, Watcher>>,
}

impl Cx<'_> {
    /// Asks for an operation; its answer comes as [`Input::Answer`](super::Input::Answer).
    pub fn call(&mut self, tag: u64, request: &impl Request) {
        self.submit(tag, request, self.view.scope(self.shared));
    }

    /// Asks for an operation by the server's paths, also outside of the caller's part of the tree.
    pub fn call_by_server_path(&mut self, tag: u64, request: &impl Request) {
        let scope = Scope { chroot: &Chroot::ALL, ..self.view.scope(self.shared) };
        self.submit(tag, request, scope);
    }

    /// The part of the tree that the caller sees.
    #[must_use]
    pub fn chroot(&self) -> &Chroot {
        &self.view.chroot
    }

    fn submit(&mut self, tag: u64, request: &impl Request, scope: Scope<'_>) {
        let token = Token::Machine { key: self.key, tag };
        let (op, path) = (request.op(), request.path());
        if let Err((token, error)) = self.shared.submit(request, scope, token, false) {
            self.events.push_back(Event::Reply(token, Err(error.about(op, &path))));
        }
    }

    /// Asks for an operation that leaves a watch; its news come as
    /// [`Input::Watch`](super::Input::Watch) with the same tag. `None` if it is refused at once,
    /// which also comes as an answer.
    pub fn watch(&mut self, tag: u64, request: &impl WatchRequest) -> Option<RequestId> {
        let key = self.key;
        let (token, watcher) = (Token::Machine { key, tag }, Watcher::Machine { key, tag });
        let (op, path) = (request.op(), request.path());
        let scope = self.view.scope(self.shared);
        match self.shared.submit_watch(request, scope, token, watcher, false) {
            Ok(id) => Some(id),
            Err((token, _, error)) => {
                self.events.push_back(Event::Reply(token, Err(error.about(op, &path))));
                None
            }
        }
    }

    /// Gives a watch up, by its path and what [`watch`](Self::watch) returned.
    pub fn unwatch(&mut self, path: &str, id: RequestId) {
        self.shared.unwatch(&self.view.chroot.server_path(path), id);
    }

    /// Asks to be stepped with [`Input::Timer`](super::Input::Timer) after this time.
    pub fn timer(&mut self, tag: u64, after: Duration) {
        let at = self.now() + after;
        let key = self.key;
        self.shared.with(false, |core| core.timers.insert((at, key, tag)));
    }

    /// Reads the answer to a request of type `R`.
    ///
    /// # Errors
    ///
    /// Those of the operation.
    pub fn decode<R: Request>(&self, answer: Answer) -> Result<R::Response, Error> {
        R::decode(answer, &self.view.chroot)
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.shared.now()
    }

    /// Where the session stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.shared.with(false, |core| core.session.state())
    }

    /// Why no request succeeds any more, once the session is over.
    #[must_use]
    pub fn final_error(&self) -> Option<Error> {
        self.shared.with(false, |core| core.session.final_error())
    }

    /// The session's number, to recognise its own ephemeral nodes.
    #[must_use]
    pub fn session_id(&self) -> i64 {
        self.shared.with(false, |core| core.session.id())
    }

    pub(crate) fn failures(&self) -> Vec<Failure> {
        self.shared.with(false, |core| core.session.failures().to_vec())
    }

    pub(crate) fn replace_hosts(&self, hosts: Vec<Host>) {
        let now = self.now();
        self.shared.with(false, |core| core.session.replace_hosts(now, hosts));
    }

    pub(crate) fn close_session(&self) {
        let now = self.now();
        self.shared.with(false, |core| core.session.close(now));
    }

    pub(crate) fn abandon_session(&self) {
        self.shared.with(false, |core| core.session.abandon());
    }
}
