//! A machine that has forgotten its type; its slot has not.

use std::sync::Arc;

use zk_proto::Error;

use super::{Cx, Input, Machine, Step};
use crate::slot::Slot;
use crate::view::View;

/// A machine on its way.
pub(crate) trait Run: Send {
    /// Steps it; says whether it is done.
    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> bool;

    /// How its caller sees the tree.
    fn view(&self) -> View;

    /// It will not be stepped any more.
    fn refuse(self: Box<Self>, error: Error);
}

/// Turns what a machine ends in into what its caller gets.
pub(crate) type Wrap<O, T> = Box<dyn FnOnce(O) -> Result<T, Error> + Send>;

pub(crate) struct Running<M: Machine, T> {
    pub(crate) machine: M,
    pub(crate) view: View,
    pub(crate) slot: Arc<Slot<Result<T, Error>>>,
    pub(crate) wrap: Option<Wrap<M::Output, T>>,
}

impl<M: Machine, T: Send> Run for Running<M, T> {
    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> bool {
        match self.machine.step(cx, input) {
            Step::Wait => false,
            Step::Done(output) => {
                if let Some(wrap) = self.wrap.take() {
                    self.slot.fill(wrap(output));
                }
                true
            }
        }
    }

    fn view(&self) -> View {
        self.view.clone()
    }

    fn refuse(self: Box<Self>, error: Error) {
        self.slot.fill(Err(error));
    }
}
