//! Leaving a double barrier.

use std::collections::BTreeSet;

use zk_client::machine::{Again, Answer, Cx, Input, Machine, News, Owned, Step};
use zk_client::{
    Delete, Error, ErrorCode, ErrorKind, Exists, GetChildren, Multi, OpCode, Stat, Sync,
};

use super::{READY, join};

const LOOK: u64 = 0;
const LIST: u64 = 1;
const DELETE: u64 = 2;
const WAIT: u64 = 3;
const PAUSE: u64 = 4;
const SYNC: u64 = 5;

/// Deletes our node, and waits until the other members have gone that were there at first.
///
/// Who has the lowest name goes last, and waits for the highest; the others delete their nodes at
/// once, and wait for the lowest. The last one takes `ready` along, in one transaction: so nobody
/// who comes later can find it and believe that there are enough.
pub(super) struct Leave {
    path: String,
    ready: String,
    /// The path and the name of our node.
    own: (String, String),
    wish: Wish,
    /// Those whom we leave together with, as soon as we know.
    group: Option<BTreeSet<String>>,
    stage: Stage,
}

/// What our owner wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// To wait for the others.
    Together,
    /// Only that our node is deleted.
    Alone,
}

#[derive(Debug)]
enum Stage {
    /// What there is of `ready`, as soon as we know; then the list comes.
    Looking(Result<Option<Stat>, Error>),
    Deleting {
        what: What,
        then: Then,
    },
    /// For somebody else to go.
    Waiting,
}

/// What is being deleted.
#[derive(Clone, Copy, Debug)]
enum What {
    Own,
    /// `ready`, of this version, as well.
    Both(i32),
    Ready(i32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// Waits for somebody else to go.
    Wait,
    /// Who is waited for has gone meanwhile, or need not be waited for.
    Look,
    End,
}

type Output = Result<(), Error>;

impl Leave {
    pub(super) fn new(path: &str, own: Option<Owned>, wish: Wish) -> Self {
        Self {
            path: path.to_owned(),
            ready: join(path, READY),
            own: own.map(|own| (own.path, own.name)).unwrap_or_default(),
            wish,
            group: None,
            stage: Stage::Waiting,
        }
    }

    fn look(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        cx.unwatch(WAIT);
        if self.group.is_none() {
            cx.call(SYNC, &Sync::new(&self.path)); // the server may not know of all who are inside
        }
        cx.call(LOOK, &Exists::new(&self.ready));
        cx.call(LIST, &GetChildren::new(&self.path));
        self.stage = Stage::Looking(Ok(None));
        Step::Wait
    }

    fn is_listed(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Step<Output> {
        let Stage::Looking(ready) = &mut self.stage else { return Step::Wait };
        let ready = std::mem::replace(ready, Ok(None));
        let names = ready.and_then(|ready| Ok((ready, cx.decode::<GetChildren<'_>>(answer)?)));
        let (ready, names) = match names {
            Ok(seen) => seen,
            Err(error) if error.code() == Some(ErrorCode::NoNode) => return self.end(),
            Err(error) => return self.repair(cx, error, OpCode::GetChildren),
        };
        let names: BTreeSet<_> =
            names.iter().filter(|name| *name != READY).map(String::from).collect();
        let version = ready.map(|stat| stat.version);
        let group = self.group.get_or_insert_with(|| names.clone());
        let left: Vec<_> = names.intersection(group).cloned().collect();
        self.decide(cx, version, &left, names.is_empty())
    }

    /// Who is left of the group, in order.
    fn decide(
        &mut self,
        cx: &mut Cx<'_>,
        ready: Option<i32>,
        left: &[String],
        is_empty: bool,
    ) -> Step<Output> {
        let own = &self.own.1;
        let is_there = left.contains(own);
        let mut others = left.iter().filter(|name| *name != own);
        let (Some(first), last) = (others.next(), others.next_back()) else {
            return match (is_there, ready) {
                (true, Some(version)) => self.delete(cx, What::Both(version), Then::End),
                (true, None) => self.delete(cx, What::Own, Then::End),
                // The last one has died.
                (false, Some(version)) if is_empty => {
                    self.delete(cx, What::Ready(version), Then::End)
                }
                (false, _) => self.end(),
            };
        };
        match (self.wish, is_there) {
            // If all leave like this at the same time, the last one looks after `ready`.
            (Wish::Alone, true) => self.delete(cx, What::Own, Then::Look),
            (Wish::Alone, false) => self.end(),
            (Wish::Together, true) if own < first => self.wait_for(cx, last.unwrap_or(first)),
            (Wish::Together, true) => {
                cx.watch(WAIT, &Exists::new(&join(&self.path, first)));
                self.delete(cx, What::Own, Then::Wait)
            }
            (Wish::Together, false) => self.wait_for(cx, first),
        }
    }

    fn wait_for(&mut self, cx: &mut Cx<'_>, other: &str) -> Step<Output> {
        cx.watch(WAIT, &Exists::new(&join(&self.path, other)));
        self.stage = Stage::Waiting;
        Step::Wait
    }

    fn delete(&mut self, cx: &mut Cx<'_>, what: What, then: Then) -> Step<Output> {
        let own = Delete::new(&self.own.0);
        let ready = |version| Delete::new(&self.ready).version(version);
        match what {
            What::Own => cx.call(DELETE, &own),
            What::Both(version) => {
                cx.call(DELETE, &Multi::new().add(own).add(ready(version)));
            }
            What::Ready(version) => cx.call(DELETE, &ready(version)),
        }
        self.stage = Stage::Deleting { what, then };
        Step::Wait
    }

    fn is_deleted(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Step<Output> {
        let Stage::Deleting { what, then } = self.stage else { return Step::Wait };
        let result = match what {
            What::Own | What::Ready(_) => answer.map(drop),
            What::Both(_) => cx.decode::<Multi<'_>>(answer).map(drop),
        };
        let code = result.as_ref().err().and_then(Error::code);
        let is_gone = matches!(code, Some(ErrorCode::NoNode | ErrorCode::BadVersion));
        match (result, what) {
            (Err(error), What::Both(_)) if is_gone => match error.failed_operation() {
                Some(0) => self.look(cx),
                // Somebody has begun anew, or taken `ready` away: it is not ours.
                Some(_) | None => self.delete(cx, What::Own, then),
            },
            (Err(error), _) if !is_gone => self.repair(cx, error, OpCode::Delete),
            (Ok(()) | Err(_), _) => match then {
                Then::Wait => {
                    self.stage = Stage::Waiting;
                    Step::Wait
                }
                Then::Look => self.look(cx),
                Then::End => self.end(),
            },
        }
    }

    /// The answer to a look at the one who is waited for.
    fn is_watched(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Step<Output> {
        match cx.decode::<Exists<'_>>(answer) {
            Ok(Some(_)) => Step::Wait,
            Ok(None) => self.look_again(cx),
            Err(error) => match self.stage {
                Stage::Waiting => self.repair(cx, error, OpCode::Exists),
                Stage::Looking(_) | Stage::Deleting { .. } => self.look_again(cx),
            },
        }
    }

    /// Now, or as soon as we only wait.
    fn look_again(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        match &mut self.stage {
            Stage::Waiting => return self.look(cx),
            Stage::Deleting { then: then @ Then::Wait, .. } => *then = Then::Look,
            Stage::Looking(_) | Stage::Deleting { .. } => {}
        }
        Step::Wait
    }

    fn repair(&mut self, cx: &mut Cx<'_>, error: Error, op: OpCode) -> Step<Output> {
        match Again::after(&error) {
            Again::Now => self.look(cx),
            Again::Never if matches!(error.kind(), ErrorKind::QueueFull) => self.pause(cx),
            Again::Later => self.pause(cx),
            Again::Never => self.stop(Err(error.about(op, &self.path))),
        }
    }

    fn pause(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        cx.pause(PAUSE);
        self.stage = Stage::Waiting;
        Step::Wait
    }

    fn end(&self) -> Step<Output> {
        self.stop(Ok(()))
    }

    fn stop(&self, result: Output) -> Step<Output> {
        match self.wish {
            Wish::Together => Step::Done(result),
            Wish::Alone => Step::End(result),
        }
    }
}

impl Machine for Leave {
    type Output = Output;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Output> {
        match input {
            Input::Start => self.look(cx),
            Input::Answer { tag: LOOK, answer } => {
                if let Stage::Looking(ready @ Ok(_)) = &mut self.stage {
                    *ready = cx.decode::<Exists<'_>>(answer);
                }
                Step::Wait
            }
            Input::Answer { tag: SYNC, answer: Err(error) } => {
                if let Stage::Looking(ready) = &mut self.stage {
                    *ready = Err(error);
                }
                Step::Wait
            }
            Input::Answer { tag: SYNC, answer: Ok(_) } => Step::Wait,
            Input::Answer { tag: LIST, answer } => self.is_listed(cx, answer),
            Input::Answer { tag: DELETE, answer } => self.is_deleted(cx, answer),
            Input::Answer { answer, .. } => self.is_watched(cx, answer),
            Input::Watch { news: News::Last(_) | News::Change(_) | News::Resync, .. }
            | Input::Timer { .. } => self.look_again(cx),
            Input::Cancel => {
                self.wish = Wish::Alone;
                self.look_again(cx)
            }
            Input::Watch { news: News::NotSet | News::SessionOver(_), .. }
            | Input::State(_)
            | Input::Called => Step::Wait,
        }
    }
}
