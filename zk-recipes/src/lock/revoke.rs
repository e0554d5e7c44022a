//! Asking for a lock.

use zk_client::machine::{Again, Cx, Input, Machine, Step};
use zk_client::{Error, ErrorCode, ErrorKind, OpCode, Outcome, SetData};

use crate::contender::REVOKE;

/// Asks the owner of a node to give up what it holds by it, as Curator's `Revoker` does.
#[derive(Debug)]
pub(super) struct Revoke {
    node: String,
}

impl Revoke {
    pub(super) fn new(node: &str) -> Self {
        Self { node: node.to_owned() }
    }

    fn ask(&self, cx: &mut Cx<'_>) {
        cx.call(0, &SetData::new(&self.node, REVOKE));
    }
}

impl Machine for Revoke {
    type Output = Result<(), Error>;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Self::Output> {
        match input {
            Input::Start => self.ask(cx),
            Input::Answer { answer, .. } => match cx.decode::<SetData<'_>>(answer) {
                Ok(_) => return Step::Done(Ok(())),
                Err(error) if error.code() == Some(ErrorCode::NoNode) => return Step::Done(Ok(())),
                // To say it twice does no harm.
                Err(error) if Again::after(&error) == Again::Now => {
                    self.ask(cx);
                }
                Err(error) => return Step::Done(Err(error.about(OpCode::SetData, &self.node))),
            },
            Input::Cancel => {
                return Step::Done(Err(ErrorKind::Cancelled(Outcome::Unknown).into()));
            }
            Input::Watch { .. } | Input::State(_) | Input::Timer { .. } | Input::Called => {}
        }
        Step::Wait
    }
}
