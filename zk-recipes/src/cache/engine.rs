//! The machine that keeps a part of the tree.
//!
//! A persistent watch on the root tells what to read; what is read decides. A server tells of a
//! change before it answers with it, so what is asked for after an event is not older than that.
//! Each node has one request in flight at a time, and another one if it was written meanwhile. A
//! list of children only says what else to read. After a reconnect each node is checked, by its
//! stat: it is read again if it was written, and listed again if it has got or lost a child.

use std::sync::Arc;
use std::time::Duration;

use zk_client::machine::{Cx, Input, Machine, Step};
use zk_client::{Error, ErrorCode, Exists, GetChildrenWithStat, GetData};
use zk_proto::{AddWatch, Answer, Change, EventType, News};

use super::CacheChange;
use super::book::Book;
use super::scope::Scope;
use super::sync::{Syncs, is_lost};
use super::view::Teller;
use super::work::{Ask, WINDOW};

/// Tags of requests are the numbers of their flights, which are less.
const WATCH: u64 = WINDOW as u64;
const SYNC: u64 = WATCH + 1;
const RESUME: u64 = WATCH + 2;
/// How long to wait before asking again what a server cannot answer just now.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) struct Engine {
    root: Arc<str>,
    scope: Scope,
    phase: Phase,
    pace: Pace,
    book: Book,
    syncs: Syncs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing is read before the watch is set.
    Watching,
    /// Not all has been read yet.
    Loading,
    Loaded,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    Going,
    /// Until the timer goes off.
    Paused,
}

impl Engine {
    pub(super) fn new(root: Arc<str>, scope: Scope, teller: Teller, syncs: Syncs) -> Self {
        Self {
            book: Book::new(root.clone(), scope, teller),
            root,
            scope,
            phase: Phase::Watching,
            pace: Pace::Going,
            syncs,
        }
    }

    fn watch(&self, cx: &mut Cx<'_>) {
        cx.watch(WATCH, &AddWatch::new(&self.root, self.scope.watch_mode()));
    }

    fn is_watched(&mut self, cx: &mut Cx<'_>, result: Result<(), Error>) -> Result<(), Error> {
        match result {
            Ok(()) => {
                self.phase = Phase::Loading;
                self.book.begin();
                Ok(())
            }
            Err(error) if is_lost(&error) => {
                self.watch(cx);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn hear(&mut self, cx: &Cx<'_>, news: &News) {
        match news {
            News::Change(change) => self.see(cx, change),
            News::Resync => self.book.sweep(),
            News::Last(_) | News::NotSet | News::SessionOver(_) => {}
        }
    }

    fn see(&mut self, cx: &Cx<'_>, change: &Change) {
        let path = cx.chroot().strip(&change.path).unwrap_or(&change.path);
        if !self.scope.has(&self.root, path) {
            return;
        }
        match change.kind {
            EventType::NodeCreated | EventType::NodeDataChanged => self.book.is_written(path),
            EventType::NodeDeleted => self.book.is_deleted(path),
            EventType::NodeChildrenChanged | EventType::None => {}
        }
    }

    /// Fails if the root may not be read at first.
    fn answered(&mut self, cx: &mut Cx<'_>, tag: u64, answer: Answer) -> Result<(), Error> {
        let number = usize::try_from(tag).ok();
        let flight = number.and_then(|number| self.book.work.arrive(number));
        let Some((path, ask)) = flight else { return Ok(()) };
        let book = &mut self.book;
        let result = match ask {
            Ask::Read => cx.decode::<GetData<'_>>(answer).map(|node| book.has_read(&path, &node)),
            Ask::List => cx
                .decode::<GetChildrenWithStat<'_>>(answer)
                .map(|listing| book.has_listed(&path, listing)),
            Ask::Check => cx.decode::<Exists<'_>>(answer).map(|stat| match stat {
                Some(stat) => book.has_checked(&path, &stat),
                None => book.is_gone(&path),
            }),
        };
        result.or_else(|error| self.failed(cx, &path, ask, error))
    }

    fn failed(
        &mut self,
        cx: &mut Cx<'_>,
        path: &Arc<str>,
        ask: Ask,
        error: Error,
    ) -> Result<(), Error> {
        match error.code() {
            Some(ErrorCode::NoNode) => self.book.is_gone(path),
            Some(ErrorCode::NoAuth) if *path == self.root && self.phase == Phase::Loading => {
                return Err(error);
            }
            Some(ErrorCode::NoAuth) => self.book.is_refused(path, error),
            Some(_) | None => {
                self.book.work.want(path, ask);
                if !is_lost(&error) {
                    self.pause(cx);
                }
            }
        }
        Ok(())
    }

    fn pause(&mut self, cx: &mut Cx<'_>) {
        if self.pace == Pace::Going {
            self.pace = Pace::Paused;
            cx.timer(RESUME, PAUSE);
        }
    }

    /// Asks for as much as there is room for, and says how far all this is.
    fn go_on(&mut self, cx: &mut Cx<'_>) -> Step<Result<(), Error>> {
        while self.pace == Pace::Going
            && let Some((number, path, ask)) = self.book.next()
        {
            let tag = number as u64;
            match ask {
                Ask::Read => cx.call(tag, &GetData::new(&path)),
                Ask::List => cx.call(tag, &GetChildrenWithStat::new(&path)),
                Ask::Check => cx.call(tag, &Exists::new(&path)),
            }
        }
        let is_idle = self.book.is_done();
        if is_idle {
            self.syncs.settle();
        }
        if !is_idle || self.phase == Phase::Watching {
            self.book.teller.set_current(false);
            return Step::Wait;
        }
        self.book.teller.set_current(true);
        match std::mem::replace(&mut self.phase, Phase::Loaded) {
            Phase::Watching | Phase::Loaded => Step::Wait,
            Phase::Loading => {
                self.book.teller.tell(CacheChange::Initialized);
                Step::Ready(Ok(()))
            }
        }
    }
}

impl Machine for Engine {
    type Output = Result<(), Error>;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Self::Output> {
        let result = match input {
            Input::Start => {
                self.watch(cx);
                Ok(())
            }
            Input::Answer { tag: WATCH, answer } => {
                let result = cx.decode::<AddWatch<'_>>(answer);
                self.is_watched(cx, result)
            }
            Input::Answer { tag: SYNC, answer } => {
                self.syncs.answered(cx, SYNC, &self.root, answer);
                Ok(())
            }
            Input::Answer { tag, answer } => self.answered(cx, tag, answer),
            Input::Watch { news, .. } => {
                self.hear(cx, news);
                Ok(())
            }
            Input::State(state) => {
                if !state.is_connected() {
                    self.book.interrupt();
                }
                Ok(())
            }
            Input::Timer { .. } => {
                self.pace = Pace::Going;
                Ok(())
            }
            Input::Called => {
                self.syncs.call(cx, SYNC, &self.root);
                Ok(())
            }
            Input::Cancel => return Step::End(Ok(())),
        };
        match result {
            Ok(()) => self.go_on(cx),
            Err(error) => Step::Done(Err(error)),
        }
    }
}
