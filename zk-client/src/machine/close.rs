//! Ending a session, and waiting until it has.

use zk_proto::Error;

use super::{Cx, Input, Machine, Step};

/// Closes the session.
#[derive(Debug)]
pub(crate) struct Close;

impl Machine for Close {
    type Output = Result<(), Error>;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Self::Output> {
        if matches!(input, Input::Start) {
            cx.close_session();
        }
        if cx.state().is_over() { Step::Done(Ok(())) } else { Step::Wait }
    }
}
