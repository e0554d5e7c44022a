//! A machine that has forgotten its type; its slot has not.

use std::sync::Arc;

use zk_proto::{Error, ErrorKind, Outcome};

use super::{Cx, Input, Machine, Step};
use crate::slot::Slot;
use crate::view::View;

/// A machine on its way.
pub(crate) trait Run: Send {
    /// Steps it.
    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Progress;

    /// How its caller sees the tree.
    fn view(&self) -> View;

    /// It will not be stepped any more.
    fn refuse(self: Box<Self>, error: Error);
}

/// How far a machine is.
pub(crate) enum Progress {
    Going,
    Ended(Result<(), Error>),
}

/// Turns what a machine ends in into what its caller gets.
pub(crate) type Wrap<O, T> = Box<dyn FnOnce(O) -> Result<T, Error> + Send>;

pub(crate) struct Running<M: Machine, T> {
    pub(crate) machine: M,
    pub(crate) view: View,
    pub(crate) slot: Arc<Slot<Result<T, Error>>>,
    pub(crate) wrap: Option<Wrap<M::Output, T>>,
}

impl<M: Machine, T: Send> Running<M, T> {
    fn answer(&mut self, output: M::Output) {
        if let Some(wrap) = self.wrap.take() {
            self.slot.fill(wrap(output));
        }
    }
}

impl<M: Machine, T: Send> Run for Running<M, T> {
    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Progress {
        match self.machine.step(cx, input) {
            Step::Wait => return Progress::Going,
            Step::Ready(output) => {
                self.answer(output);
                return Progress::Going;
            }
            Step::Done(output) => self.answer(output),
            Step::End(result) => {
                self.slot.fill(Err(cancelled())); // unless there has been an answer
                return Progress::Ended(result);
            }
        }
        Progress::Ended(Ok(()))
    }

    fn view(&self) -> View {
        self.view.clone()
    }

    fn refuse(self: Box<Self>, error: Error) {
        self.slot.fill(Err(error));
    }
}

/// What callers are told whose machine has ended without an answer.
pub(super) fn cancelled() -> Error {
    ErrorKind::Cancelled(Outcome::Unknown).into()
}
