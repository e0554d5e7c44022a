//! What a machine may ask for.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use zk_proto::{
    Admission, Answer, Chroot, Error, Event, Failure, Host, Instant, News, Request, RequestId,
    Scope, State, WatchRequest,
};

use super::nested::Nest;
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
    /// The machine's watches, by their tags.
    pub(super) watches: &'a mut Watches,
    /// The tags of what waits until something can be written.
    pub(super) paused: &'a mut BTreeSet<u64>,
    pub(super) admission: Admission,
    /// Whose tags these are.
    pub(super) nest: Nest,
}

/// The open watches of a machine, by their tags.
#[derive(Debug, Default)]
pub(super) struct Watches {
    open: BTreeMap<u64, OpenWatch>,
    /// How many there were, ever: news of one that was given up can still be on their way.
    turns: u64,
}

#[derive(Debug)]
struct OpenWatch {
    turn: u64,
    /// The server's.
    path: Box<str>,
    id: RequestId,
}

impl Watches {
    /// Whether news are those of an open watch, which ends with them if they are its last.
    pub(super) fn take_news(&mut self, tag: u64, turn: u64, news: &News) -> bool {
        let is_open = self.open.get(&tag).is_some_and(|open| open.turn == turn);
        let is_last = match news {
            News::Change(_) | News::Resync => false,
            News::Last(_) | News::NotSet | News::SessionOver(_) => true,
        };
        if is_open && is_last {
            self.open.remove(&tag);
        }
        is_open
    }

    /// Gives up what is open.
    pub(super) fn give_up(self, shared: &Shared) {
        self.open.values().for_each(|open| shared.give_up_watch(&open.path, open.id));
    }
}

impl Cx<'_> {
    /// Asks for an operation; its answer comes as [`Input::Answer`](super::Input::Answer).
    ///
    /// Only what a machine asks for as it starts can be refused for a full queue: once let in, it
    /// gets through.
    pub fn call(&mut self, tag: u64, request: &impl Request) {
        let view = self.view;
        self.submit(tag, request, Scope { admission: self.admission, ..view.scope(self.shared) });
    }

    /// Asks for an operation by the server's paths, also outside of the caller's part of the tree.
    pub fn call_by_server_path(&mut self, tag: u64, request: &impl Request) {
        let (view, admission) = (self.view, self.admission);
        let scope = Scope { chroot: &Chroot::ALL, admission, ..view.scope(self.shared) };
        self.submit(tag, request, scope);
    }

    /// The part of the tree that the caller sees.
    #[must_use]
    pub fn chroot(&self) -> &Chroot {
        &self.view.chroot
    }

    fn submit(&mut self, tag: u64, request: &impl Request, scope: Scope<'_>) {
        let token = Token::Machine { key: self.key, tag: self.nest.outer(tag) };
        let (op, path) = (request.op(), request.path());
        if let Err((token, error)) = self.shared.submit(request, scope, token, false) {
            self.events.push_back(Event::Reply(token, Err(error.about(op, &path))));
        }
    }

    /// Asks for an operation that leaves a watch; its news come as
    /// [`Input::Watch`](super::Input::Watch) with the same tag. A tag has one watch at most: the one
    /// before is given up. So are those that are open when a machine ends.
    pub fn watch(&mut self, tag: u64, request: &impl WatchRequest) {
        self.unwatch(tag);
        let (key, tag) = (self.key, self.nest.outer(tag));
        self.watches.turns += 1;
        let turn = self.watches.turns;
        let (token, watcher) = (Token::Machine { key, tag }, Watcher::Machine { key, tag, turn });
        let (op, path) = (request.op(), request.path());
        let view = self.view;
        let scope = Scope { admission: self.admission, ..view.scope(self.shared) };
        let watched = request.watch_path(scope.chroot);
        match (watched, self.shared.submit_watch(request, scope, token, watcher, false)) {
            (Ok(path), Ok(id)) => {
                self.watches.open.insert(tag, OpenWatch { turn, path, id });
            }
            (Err(_), Ok(_)) => {} // cannot be: what has no path is refused
            (_, Err((token, _, error))) => {
                self.events.push_back(Event::Reply(token, Err(error.about(op, &path))));
            }
        }
    }

    /// Gives the watch with this tag up, if there is one. If its request is still on its way, there
    /// will be no answer.
    pub fn unwatch(&mut self, tag: u64) {
        if let Some(open) = self.watches.open.remove(&self.nest.outer(tag)) {
            self.shared.give_up_watch(&open.path, open.id);
        }
    }

    /// For a machine inside of this one, of this number: its tags do not meet ours. Numbers, and
    /// the tags of a machine that has others inside, are below 2048;
    /// [`Input::split`](super::Input::split) tells whose an input is.
    #[must_use]
    pub fn nested(&mut self, child: u64) -> Cx<'_> {
        Cx {
            shared: self.shared,
            key: self.key,
            view: self.view,
            events: self.events,
            watches: self.watches,
            paused: self.paused,
            admission: self.admission,
            nest: self.nest.nested(child),
        }
    }

    /// A number that looks random and follows from the session's seed.
    pub fn random(&mut self) -> u64 {
        self.shared.with(false, |core| core.session.random())
    }

    /// A UUID (version 4) made of such numbers, to recognise one's own nodes.
    pub fn guid(&mut self) -> String {
        let (high, low) = (self.random(), self.random());
        let version = (high & !0xf000) | 0x4000;
        let variant = (low & !(0b11 << 62)) | (0b10 << 62);
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            version >> 32,
            (version >> 16) & 0xffff,
            version & 0xffff,
            variant >> 48,
            variant & 0xffff_ffff_ffff
        )
    }

    /// Asks to be stepped with [`Input::Timer`](super::Input::Timer) after this time.
    pub fn timer(&mut self, tag: u64, after: Duration) {
        let at = self.now() + after;
        let (key, tag) = (self.key, self.nest.outer(tag));
        self.shared.with(false, |core| core.timers.insert((at, key, tag)));
    }

    /// Asks to be stepped with [`Input::Timer`](super::Input::Timer) when a server may be asked again
    /// that could not serve: after 100 to 200 ms. One that can only read is not: that waits until
    /// the session is connected to another.
    pub fn pause(&mut self, tag: u64) {
        if self.state() == State::ConnectedReadOnly {
            self.paused.insert(self.nest.outer(tag));
        } else {
            let after = Duration::from_millis(100 + self.random() % 100);
            self.timer(tag, after);
        }
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
