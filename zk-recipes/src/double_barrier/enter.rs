//! Entering a double barrier.

use std::collections::VecDeque;

use zk_client::machine::{
    Again, Answer, Cx, Input, Machine, News, Owned, ProtectedCreate, Split, Step,
};
use zk_client::{
    Create, CreateMode, Error, ErrorCode, Exists, GetChildren, OpCode, SetData, Stat, State,
};
use zk_proto::EventType;

use super::leave::{Leave, Wish};
use super::{READY, join};

/// Whether there were enough, and a watch.
const LOOK: u64 = 0;
/// Whether our node is there still, and a watch.
const OWN: u64 = 1;
const LIST: u64 = 2;
const TRACE: u64 = 3;
const ANNOUNCE: u64 = 4;
const PAUSE: u64 = 5;
/// The machines inside.
const JOIN: u64 = 0;
const GO: u64 = 1;

/// Joins the members, and waits until there are enough.
///
/// `ready` counts if it was written after our node was created. One that is older is that of a group
/// before us: of one that is inside, if one of its members is there, or of one that has died.
pub(super) struct Enter {
    path: String,
    ready: String,
    members: usize,
    state: Stage,
    watches: Watches,
}

/// Whether what was seen is what there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Watches {
    /// If it changes, we hear of it.
    Set,
    /// It has changed.
    Spent,
}

enum Stage {
    /// Our node is on its way.
    Joining(ProtectedCreate),
    /// We look, and all answers are on their way.
    Looking { own: Owned, seen: Seen },
    /// Is one of these older than `ready`, which was written by this transaction?
    Tracing { own: Owned, others: VecDeque<String>, ready: i64 },
    /// There are enough: `ready` is created, or written if it is there.
    Announcing { own: Owned, how: Announcement },
    /// There are not enough.
    Waiting(Owned),
    /// Our node goes; then our caller is told this, if it is there still.
    Going { leave: Leave, error: Option<Error> },
}

/// What a look has shown so far.
#[derive(Debug, Default)]
struct Seen {
    ready: Option<Stat>,
    own: Option<Stat>,
    trouble: Option<Error>,
}

#[derive(Clone, Copy, Debug)]
enum Announcement {
    Create,
    Write,
}

type Output = Result<Owned, Error>;

impl Enter {
    pub(super) fn new(path: &str, members: usize) -> Self {
        let state = Stage::Joining(member(path));
        Self {
            path: path.to_owned(),
            ready: join(path, READY),
            members,
            state,
            watches: Watches::Set,
        }
    }

    /// Our node is gone, or was never there.
    fn join(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        cx.unwatch(LOOK); // what happened before we were there does not count
        cx.unwatch(OWN);
        self.state = Stage::Joining(member(&self.path));
        self.is_joining(cx, Input::Start)
    }

    fn is_joining(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Output> {
        let Stage::Joining(create) = &mut self.state else { return Step::Wait };
        match create.step(&mut cx.nested(JOIN), input) {
            Step::Done(Ok(own)) => self.look(cx, own),
            step @ (Step::Wait | Step::Ready(_) | Step::Done(Err(_)) | Step::End(_)) => step,
        }
    }

    fn look(&mut self, cx: &mut Cx<'_>, own: Owned) -> Step<Output> {
        cx.watch(LOOK, &Exists::new(&self.ready));
        cx.watch(OWN, &Exists::new(&own.path));
        cx.call(LIST, &GetChildren::new(&self.path));
        self.watches = Watches::Set;
        self.state = Stage::Looking { own, seen: Seen::default() };
        Step::Wait
    }

    fn is_seen(&mut self, cx: &Cx<'_>, tag: u64, answer: Answer) {
        let Stage::Looking { seen, .. } = &mut self.state else { return };
        match (cx.decode::<Exists<'_>>(answer), tag) {
            (Ok(stat), LOOK) => seen.ready = stat,
            (Ok(stat), _) => seen.own = stat,
            (Err(error), _) => {
                seen.trouble.get_or_insert(error);
            }
        }
    }

    /// The list is the last answer.
    fn is_listed(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Step<Output> {
        let Stage::Looking { own, seen } = &mut self.state else { return Step::Wait };
        let (own, seen) = (own.clone(), std::mem::take(seen));
        let answer = seen.trouble.map_or(answer, Err);
        let names = match cx.decode::<GetChildren<'_>>(answer) {
            Ok(names) => names,
            Err(error) if error.code() == Some(ErrorCode::NoNode) => return self.join(cx),
            Err(error) => return self.repair(cx, own, error, OpCode::GetChildren),
        };
        if seen.own.is_none_or(|stat| stat.czxid != own.czxid) {
            return self.join(cx);
        }
        let members = names.iter().filter(|name| *name != READY);
        let others: VecDeque<_> =
            members.filter(|name| **name != *own.name).map(String::from).collect();
        match seen.ready {
            Some(ready) if ready.mzxid > own.czxid => Step::Done(Ok(own)),
            ready if others.len() + 1 >= self.members => {
                let how = ready.map_or(Announcement::Create, |_| Announcement::Write);
                self.announce(cx, own, how)
            }
            Some(ready) => self.trace(cx, own, others, ready.mzxid),
            None => self.wait(cx, own),
        }
    }

    fn wait(&mut self, cx: &mut Cx<'_>, own: Owned) -> Step<Output> {
        match self.watches {
            Watches::Set => {
                self.state = Stage::Waiting(own);
                Step::Wait
            }
            Watches::Spent => self.look(cx, own),
        }
    }

    fn announce(&mut self, cx: &mut Cx<'_>, own: Owned, how: Announcement) -> Step<Output> {
        match how {
            Announcement::Create => cx.call(ANNOUNCE, &Create::new(&self.ready, "")),
            Announcement::Write => cx.call(ANNOUNCE, &SetData::new(&self.ready, "")),
        }
        self.state = Stage::Announcing { own, how };
        Step::Wait
    }

    fn is_announced(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Step<Output> {
        let Stage::Announcing { own, how } = &self.state else { return Step::Wait };
        let (own, how) = (own.clone(), *how);
        match (answer, how) {
            (Ok(_), _) => Step::Done(Ok(own)),
            // Somebody has created it after there were enough.
            (Err(error), Announcement::Create) if error.code() == Some(ErrorCode::NodeExists) => {
                Step::Done(Ok(own))
            }
            (Err(error), Announcement::Write) if error.code() == Some(ErrorCode::NoNode) => {
                self.announce(cx, own, Announcement::Create)
            }
            (Err(error), Announcement::Create) if error.code() == Some(ErrorCode::NoNode) => {
                self.join(cx)
            }
            (Err(error), _) => self.repair(cx, own, error, OpCode::Create),
        }
    }

    fn trace(
        &mut self,
        cx: &mut Cx<'_>,
        own: Owned,
        others: VecDeque<String>,
        ready: i64,
    ) -> Step<Output> {
        let Some(other) = others.front() else { return self.wait(cx, own) };
        cx.call(TRACE, &Exists::new(&join(&self.path, other)));
        self.state = Stage::Tracing { own, others, ready };
        Step::Wait
    }

    fn is_traced(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Step<Output> {
        let Stage::Tracing { own, others, ready } = &mut self.state else { return Step::Wait };
        let (own, mut others, ready) = (own.clone(), std::mem::take(others), *ready);
        match cx.decode::<Exists<'_>>(answer) {
            Ok(Some(stat)) if stat.czxid < ready => Step::Done(Ok(own)),
            Ok(_) => {
                others.pop_front();
                self.trace(cx, own, others, ready)
            }
            Err(error) => self.repair(cx, own, error, OpCode::Exists),
        }
    }

    /// After trouble, everything is looked at again.
    fn repair(&mut self, cx: &mut Cx<'_>, own: Owned, error: Error, op: OpCode) -> Step<Output> {
        match Again::after(&error) {
            Again::Now => self.look(cx, own),
            Again::Later => {
                cx.pause(PAUSE);
                self.state = Stage::Waiting(own);
                Step::Wait
            }
            // Our node goes, and then the caller hears of it.
            Again::Never => self.go(cx, own, Some(error.about(op, &self.path))),
        }
    }

    fn is_told(&mut self, cx: &mut Cx<'_>, tag: u64, news: &News) -> Step<Output> {
        let (News::Last(change) | News::Change(change)) = news else { return Step::Wait };
        self.watches = Watches::Spent;
        let is_ready = tag == LOOK
            && matches!(change.kind, EventType::NodeCreated | EventType::NodeDataChanged);
        match &self.state {
            Stage::Looking { own, .. }
            | Stage::Tracing { own, .. }
            | Stage::Announcing { own, .. }
            | Stage::Waiting(own)
                if is_ready =>
            {
                Step::Done(Ok(own.clone()))
            }
            Stage::Waiting(_) => self.look_again(cx),
            Stage::Joining(_)
            | Stage::Looking { .. }
            | Stage::Tracing { .. }
            | Stage::Announcing { .. }
            | Stage::Going { .. } => Step::Wait,
        }
    }

    /// If we only wait.
    fn look_again(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        match &self.state {
            Stage::Waiting(own) => {
                let own = own.clone();
                self.look(cx, own)
            }
            Stage::Joining(_)
            | Stage::Looking { .. }
            | Stage::Tracing { .. }
            | Stage::Announcing { .. }
            | Stage::Going { .. } => Step::Wait,
        }
    }

    fn cancel(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        match &mut self.state {
            Stage::Joining(_) => self.is_joining(cx, Input::Cancel),
            Stage::Looking { own, .. }
            | Stage::Tracing { own, .. }
            | Stage::Announcing { own, .. }
            | Stage::Waiting(own) => {
                let own = own.clone();
                self.go(cx, own, None)
            }
            Stage::Going { error, .. } => {
                *error = None;
                Step::Wait
            }
        }
    }

    fn go(&mut self, cx: &mut Cx<'_>, own: Owned, error: Option<Error>) -> Step<Output> {
        let leave = Leave::new(&self.path, Some(own), Wish::Alone);
        self.state = Stage::Going { leave, error };
        self.is_going(cx, Input::Start)
    }

    fn is_going(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Output> {
        let Stage::Going { leave, error } = &mut self.state else { return Step::Wait };
        match (leave.step(&mut cx.nested(GO), input), error.take()) {
            (Step::Wait | Step::Ready(_), kept) => {
                *error = kept;
                Step::Wait
            }
            (Step::Done(_) | Step::End(_), Some(error)) => Step::Done(Err(error)),
            (Step::Done(result) | Step::End(result), None) => Step::End(result),
        }
    }
}

impl Machine for Enter {
    type Output = Output;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Output> {
        match input.split() {
            Split::Child(JOIN, input) => self.is_joining(cx, input),
            Split::Child(_, input) => self.is_going(cx, input),
            Split::Own(Input::Start) => self.is_joining(cx, Input::Start),
            Split::Own(Input::Answer { tag, answer }) => match tag {
                LIST => self.is_listed(cx, answer),
                TRACE => self.is_traced(cx, answer),
                ANNOUNCE => self.is_announced(cx, answer),
                _ => {
                    self.is_seen(cx, tag, answer);
                    Step::Wait
                }
            },
            Split::Own(Input::Watch { tag, news }) => self.is_told(cx, tag, news),
            // While we were away, `ready` can have come and gone.
            Split::Own(Input::State(State::Connected | State::ConnectedReadOnly))
            | Split::Own(Input::Timer { .. }) => self.look_again(cx),
            Split::Own(Input::Cancel) => self.cancel(cx),
            Split::Own(Input::State(_) | Input::Called) => Step::Wait,
        }
    }
}

/// The node of a member.
fn member(path: &str) -> ProtectedCreate {
    ProtectedCreate::new(path, "member", "", CreateMode::Ephemeral)
}
