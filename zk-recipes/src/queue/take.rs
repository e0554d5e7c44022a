//! Taking an item.

use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use zk_client::Error;
use zk_client::machine::{Cx, Input, Machine, Split, Step};

use super::claim::{self, Claim};
use super::layout::Layout;
use super::line::{self, Line};
use super::look::{Attention, Look, Unclaimed};
use super::put::Put;

/// The machines inside.
const LOOK: u64 = 0;
const CLAIM: u64 = 1;
const LINE: u64 = 2;
const RESTORE: u64 = 3;

/// Takes the first item that nobody has claimed: looks, claims it, and takes it out, now or later.
///
/// If there is none, it stands in [`Line`]. Only the first one there watches the queue, and leaves
/// as soon as it has an item: so a new item wakes one consumer.
pub(super) struct Take<P> {
    layout: Arc<Layout>,
    when: When,
    /// What the owner of the item says as it lets us go.
    settled: Settled,
    stage: Stage,
    line: Option<Line>,
    /// The queue has changed since we began to look.
    is_changed: bool,
    /// Nobody waits for the item any more.
    is_cancelled: bool,
    patience: PhantomData<fn() -> P>,
}

/// Whether the owner of an item is done with it; otherwise it goes back.
pub(super) type Settled = Arc<AtomicBool>;

/// When an item is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// Before its owner gets it.
    Taken,
    /// When its owner has acknowledged it.
    Acknowledged,
}

/// An item that was claimed, and perhaps taken out.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) path: String,
    pub(super) item: Bytes,
}

/// Whether to wait for an item.
pub(super) trait Patience: 'static {
    type Output: From<Given> + Send + 'static;

    /// What to answer if there is no item, if that is not to be waited for.
    fn nothing() -> Option<Self::Output>;
}

/// Takes an item if there is one.
pub(super) struct Try;
/// Waits for one.
pub(super) struct Wait;

impl Patience for Try {
    type Output = Option<Given>;

    fn nothing() -> Option<Option<Given>> {
        Some(None)
    }
}

impl Patience for Wait {
    type Output = Given;

    fn nothing() -> Option<Given> {
        None
    }
}

enum Stage {
    Looking(Look),
    /// Until it is our turn in the line.
    Standing,
    /// First in line, until the queue changes.
    Watching,
    /// These come next, if somebody else has it.
    Claiming(Claim, VecDeque<String>),
    /// It is ours, and on its way out of the queue.
    Removing(Claim, Bytes),
    /// Its owner has it, and it is still in the queue.
    Held(Claim),
    /// Its owner has it, and it is not in the queue any more.
    Given {
        name: String,
        item: Bytes,
    },
    Restoring(Put),
    /// As soon as the line is left.
    Ending(Last),
}

/// What is said last.
#[derive(Clone, Debug)]
enum Last {
    Told(Error),
    End(Result<(), Error>),
}

impl<P: Patience> Take<P> {
    pub(super) fn new(layout: &Arc<Layout>, when: When, settled: &Settled) -> Self {
        Self {
            layout: layout.clone(),
            when,
            settled: settled.clone(),
            stage: Stage::Standing,
            line: None,
            is_changed: false,
            is_cancelled: false,
            patience: PhantomData,
        }
    }

    /// Whoever is not the first in line looks once.
    fn look(&mut self, cx: &mut Cx<'_>) -> Done<P> {
        let attention = if self.line.is_some() { Attention::Watching } else { Attention::Once };
        self.is_changed = false;
        self.stage = Stage::Looking(Look::start(&mut cx.nested(LOOK), &self.layout, attention));
        Step::Wait
    }

    fn step_look(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Done<P> {
        if let Input::Watch { .. } = input {
            return self.is_woken(cx);
        }
        let Stage::Looking(look) = &mut self.stage else { return Step::Wait };
        match look.step(&mut cx.nested(LOOK), input) {
            None => Step::Wait,
            Some(unclaimed) => self.has_looked(cx, unclaimed),
        }
    }

    fn is_woken(&mut self, cx: &mut Cx<'_>) -> Done<P> {
        self.is_changed = true;
        match self.stage {
            Stage::Watching => self.look(cx),
            Stage::Looking(_)
            | Stage::Standing
            | Stage::Claiming(..)
            | Stage::Removing(..)
            | Stage::Held(_)
            | Stage::Given { .. }
            | Stage::Restoring(_)
            | Stage::Ending(_) => Step::Wait,
        }
    }

    fn has_looked(&mut self, cx: &mut Cx<'_>, unclaimed: Unclaimed) -> Done<P> {
        match unclaimed {
            Err(error) => self.finish(cx, Last::Told(error)),
            Ok(names) if names.is_empty() => self.finds_nothing(cx),
            Ok(names) => self.claim_next(cx, names.into()),
        }
    }

    fn finds_nothing(&mut self, cx: &mut Cx<'_>) -> Done<P> {
        if let Some(nothing) = P::nothing() {
            return Step::Done(Ok(nothing));
        }
        if self.line.is_some() {
            self.stage = Stage::Watching;
            return if self.is_changed { self.look(cx) } else { Step::Wait };
        }
        self.stage = Stage::Standing;
        let turn = self.line.insert(Line::new(&self.layout)).enter(&mut cx.nested(LINE));
        self.has_moved(cx, turn)
    }

    fn step_line(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Done<P> {
        let Some(line) = &mut self.line else { return Step::Wait };
        let turn = line.step(&mut cx.nested(LINE), input);
        self.has_moved(cx, turn)
    }

    fn has_moved(&mut self, cx: &mut Cx<'_>, turn: line::Turn) -> Done<P> {
        match (turn, &self.stage) {
            (line::Turn::First, Stage::Standing) => self.look(cx),
            (line::Turn::Failed(error), Stage::Standing) => {
                self.line = None;
                self.finish(cx, Last::Told(error))
            }
            (line::Turn::Left | line::Turn::Failed(_), Stage::Ending(last)) => {
                self.line = None;
                last.clone().step()
            }
            (line::Turn::Left | line::Turn::Failed(_), _) => {
                self.line = None;
                Step::Wait
            }
            (line::Turn::First | line::Turn::Wait, _) => Step::Wait,
        }
    }

    fn claim_next(&mut self, cx: &mut Cx<'_>, mut names: VecDeque<String>) -> Done<P> {
        let Some(name) = names.pop_front() else { return self.look(cx) };
        let claim = Claim::start(&mut cx.nested(CLAIM), &self.layout, &name);
        self.stage = Stage::Claiming(claim, names);
        Step::Wait
    }

    fn step_claim(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Done<P> {
        let (Stage::Claiming(claim, _) | Stage::Removing(claim, _) | Stage::Held(claim)) =
            &mut self.stage
        else {
            return Step::Wait;
        };
        let turn = claim.step(&mut cx.nested(CLAIM), input);
        if let claim::Turn::Wait = turn {
            return Step::Wait;
        }
        match (turn, std::mem::replace(&mut self.stage, Stage::Standing)) {
            (claim::Turn::Held(item), Stage::Claiming(claim, _)) => {
                self.has_claimed(cx, claim, item)
            }
            (claim::Turn::Removed, Stage::Removing(claim, item)) => {
                self.has_removed(cx, claim.name(), item)
            }
            (claim::Turn::Removed, _) => self.finish(cx, Last::End(Ok(()))),
            (claim::Turn::Failed(error), _) => self.fail(cx, error),
            (claim::Turn::Conflict(error), Stage::Held(_)) => self.fail(cx, error),
            (_, _) if self.is_cancelled => self.finish(cx, Last::End(Ok(()))),
            (_, Stage::Claiming(_, names)) => self.claim_next(cx, names),
            (_, _) => self.look(cx),
        }
    }

    fn has_claimed(&mut self, cx: &mut Cx<'_>, mut claim: Claim, item: Bytes) -> Done<P> {
        match self.when {
            When::Taken => {
                claim.remove(&mut cx.nested(CLAIM));
                self.stage = Stage::Removing(claim, item);
                Step::Wait
            }
            When::Acknowledged => {
                self.leave_line(cx);
                let given = Given { path: claim.item(), item };
                self.stage = Stage::Held(claim);
                Step::Ready(Ok(given.into()))
            }
        }
    }

    fn has_removed(&mut self, cx: &mut Cx<'_>, name: &str, item: Bytes) -> Done<P> {
        let (name, path) = (name.to_owned(), self.layout.item(name));
        if self.is_cancelled {
            return self.restore(cx, &name, &item);
        }
        self.leave_line(cx);
        self.stage = Stage::Given { name, item: item.clone() };
        Step::Ready(Ok(Given { path, item }.into()))
    }

    fn restore(&mut self, cx: &mut Cx<'_>, name: &str, item: &[u8]) -> Done<P> {
        self.stage = Stage::Restoring(Put::back(&self.layout, name, item));
        self.step_restore(cx, Input::Start)
    }

    fn step_restore(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Done<P> {
        let Stage::Restoring(put) = &mut self.stage else { return Step::Wait };
        match put.step(&mut cx.nested(RESTORE), input) {
            Step::Wait | Step::Ready(Ok(())) => Step::Wait,
            Step::Done(Ok(())) | Step::End(_) => self.finish(cx, Last::End(Ok(()))),
            Step::Done(Err(error)) | Step::Ready(Err(error)) => {
                tracing::error!(%error, "an item that nobody took could not be put back");
                self.finish(cx, Last::End(Err(error)))
            }
        }
    }

    /// The owner of the item lets us go, or nobody waits for one any more.
    fn cancel(&mut self, cx: &mut Cx<'_>) -> Done<P> {
        self.is_cancelled = true;
        let is_settled = self.settled.load(Ordering::Acquire);
        match std::mem::replace(&mut self.stage, Stage::Standing) {
            Stage::Looking(_) | Stage::Standing | Stage::Watching => {
                self.finish(cx, Last::End(Ok(())))
            }
            Stage::Given { name, item } if !is_settled => self.restore(cx, &name, &item),
            Stage::Given { .. } => self.finish(cx, Last::End(Ok(()))),
            Stage::Held(mut claim) if is_settled => {
                claim.remove(&mut cx.nested(CLAIM));
                self.stage = Stage::Held(claim);
                Step::Wait
            }
            mut stage @ (Stage::Claiming(..)
            | Stage::Removing(..)
            | Stage::Held(_)
            | Stage::Restoring(_)
            | Stage::Ending(_)) => {
                if let Stage::Claiming(claim, _) | Stage::Removing(claim, _) | Stage::Held(claim) =
                    &mut stage
                {
                    claim.leave(&mut cx.nested(CLAIM));
                }
                self.stage = stage;
                Step::Wait
            }
        }
    }

    fn fail(&mut self, cx: &mut Cx<'_>, error: Error) -> Done<P> {
        let last = if self.is_cancelled { Last::End(Err(error)) } else { Last::Told(error) };
        self.finish(cx, last)
    }

    fn finish(&mut self, cx: &mut Cx<'_>, last: Last) -> Done<P> {
        self.leave_line(cx);
        if self.line.is_none() {
            return last.step();
        }
        self.stage = Stage::Ending(last);
        Step::Wait
    }

    /// Who comes next there is woken by that.
    fn leave_line(&mut self, cx: &mut Cx<'_>) {
        let Some(line) = &mut self.line else { return };
        match line.leave(&mut cx.nested(LINE)) {
            line::Turn::Left | line::Turn::Failed(_) => self.line = None,
            line::Turn::Wait | line::Turn::First => {}
        }
    }
}

impl Last {
    fn step<T>(self) -> Step<Result<T, Error>> {
        match self {
            Self::Told(error) => Step::Done(Err(error)),
            Self::End(result) => Step::End(result),
        }
    }
}

type Done<P> = Step<Result<<P as Patience>::Output, Error>>;

impl<P: Patience> Machine for Take<P> {
    type Output = Result<P::Output, Error>;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Done<P> {
        match input.split() {
            Split::Own(Input::Start) => self.look(cx),
            Split::Own(Input::Cancel) => self.cancel(cx),
            Split::Child(LOOK, input) => self.step_look(cx, input),
            Split::Child(CLAIM, input) => self.step_claim(cx, input),
            Split::Child(LINE, input) => self.step_line(cx, input),
            Split::Child(RESTORE, input) => self.step_restore(cx, input),
            Split::Own(_) | Split::Child(..) => Step::Wait,
        }
    }
}

impl<P> fmt::Debug for Take<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Take").field("layout", &self.layout).finish_non_exhaustive()
    }
}
