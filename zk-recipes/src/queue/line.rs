//! Those who wait stand in line: only the first one looks at the queue.

use std::sync::Arc;

use zk_client::machine::{Again, Answer, Cx, Input, Machine, Owned, ProtectedCreate, Split, Step};
use zk_client::{Children, CreateMode, Error, ErrorCode, GetChildren, GetData, OpCode};

use super::layout::{Layout, join};
use crate::sequence::Sequence;

const LIST: u64 = 0;
const BEFORE: u64 = 1;
/// The machine inside that makes our place.
const PLACE: u64 = 0;
const PREFIX: &str = "wait-";

/// A place in the line of those who wait at a queue: an ephemeral sequential node. Each watches the
/// one before it, and is woken when that one leaves.
#[derive(Debug)]
pub(super) struct Line {
    layout: Arc<Layout>,
    place: ProtectedCreate,
    state: State,
}

#[derive(Debug)]
enum State {
    Entering,
    Standing(Owned),
    First,
    Leaving,
}

/// How far it is.
#[derive(Debug)]
pub(super) enum Turn {
    Wait,
    /// It is our turn.
    First,
    /// Nothing of ours is left.
    Left,
    Failed(Error),
}

impl Line {
    /// Stands in line; begins with [`enter`](Self::enter).
    pub(super) fn new(layout: &Arc<Layout>) -> Self {
        let mode = CreateMode::EphemeralSequential;
        let place = ProtectedCreate::new(&layout.line, PREFIX, b"", mode).parents(layout.parents);
        Self { layout: layout.clone(), place, state: State::Entering }
    }

    pub(super) fn enter(&mut self, cx: &mut Cx<'_>) -> Turn {
        self.step_place(cx, Input::Start)
    }

    pub(super) fn leave(&mut self, cx: &mut Cx<'_>) -> Turn {
        cx.unwatch(BEFORE);
        match std::mem::replace(&mut self.state, State::Leaving) {
            State::Leaving => Turn::Wait,
            State::Entering | State::Standing(_) | State::First => {
                self.step_place(cx, Input::Cancel)
            }
        }
    }

    pub(super) fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Turn {
        match input.split() {
            Split::Child(PLACE, input) => self.step_place(cx, input),
            Split::Own(Input::Answer { tag: LIST, answer }) => self.is_listed(cx, answer),
            Split::Own(Input::Answer { tag: BEFORE, answer: Err(error) }) => {
                self.is_refused(cx, error)
            }
            Split::Own(Input::Watch { .. } | Input::Timer { .. }) => self.list(cx),
            Split::Own(_) | Split::Child(..) => Turn::Wait,
        }
    }

    fn step_place(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Turn {
        match self.place.step(&mut cx.nested(PLACE), input) {
            Step::Wait => Turn::Wait,
            Step::Ready(Ok(owned)) | Step::Done(Ok(owned)) => {
                self.state = State::Standing(owned);
                self.list(cx)
            }
            Step::Ready(Err(error)) | Step::Done(Err(error)) => Turn::Failed(error),
            Step::End(_) => Turn::Left,
        }
    }

    fn list(&self, cx: &mut Cx<'_>) -> Turn {
        if let State::Standing(_) = self.state {
            cx.call(LIST, &GetChildren::new(&self.layout.line));
        }
        Turn::Wait
    }

    fn is_listed(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Turn {
        let State::Standing(owned) = &self.state else { return Turn::Wait };
        let names = match cx.decode::<GetChildren<'_>>(answer) {
            Ok(names) => names,
            Err(error) if error.code() == Some(ErrorCode::NoNode) => Children::default(),
            Err(error) => return self.is_refused(cx, error),
        };
        if !names.contains(&owned.name) {
            *self = Self::new(&self.layout); // somebody has deleted it
            return self.enter(cx);
        }
        let Some(before) = before(&names, &owned.name) else {
            self.state = State::First;
            return Turn::First;
        };
        cx.watch(BEFORE, &GetData::new(&join(&self.layout.line, before)));
        Turn::Wait
    }

    /// The one before is gone already, or there was no answer.
    fn is_refused(&self, cx: &mut Cx<'_>, error: Error) -> Turn {
        match Again::after(&error) {
            Again::Never if error.code() == Some(ErrorCode::NoNode) => self.list(cx),
            Again::Never => Turn::Failed(error.about(OpCode::GetChildren, &self.layout.line)),
            Again::Now => self.list(cx),
            Again::Later => {
                cx.pause(0);
                Turn::Wait
            }
        }
    }
}

/// Who stands directly before this one.
fn before<'n>(names: &'n Children, own: &str) -> Option<&'n str> {
    let own = Sequence::after(own, PREFIX)?;
    let numbered = names.iter().filter_map(|name| Some((Sequence::after(name, PREFIX)?, name)));
    let those_before = numbered.filter(|(number, _)| number.is_before(own));
    those_before.max_by_key(|(number, _)| number.distance_from(own)).map(|(_, name)| name)
}
