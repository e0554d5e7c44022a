//! Waiting until a session is connected for the first time.

use std::time::Duration;

use zk_proto::{Error, ErrorKind, Outcome};

use super::{Cx, Input, Machine, Step};
/// Waits until the session is connected, and gives it up if that takes too long.
#[derive(Debug)]
pub(crate) struct Connect {
    pub(crate) timeout: Duration,
}

impl Machine for Connect {
    type Output = Result<(), Error>;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Self::Output> {
        match input {
            Input::Start => cx.timer(0, self.timeout),
            Input::Timer { .. } => {
                let report = report(cx);
                cx.abandon_session();
                return Step::Done(Err(ErrorKind::Unreachable(report.into()).into()));
            }
            Input::Cancel => {
                cx.abandon_session();
                return Step::Done(Err(ErrorKind::Cancelled(Outcome::NotApplied).into()));
            }
            Input::State(_) | Input::Answer { .. } | Input::Watch { .. } | Input::Called => {}
        }
        if cx.state().is_connected() {
            return Step::Done(Ok(()));
        }
        cx.final_error().map_or(Step::Wait, |error| Step::Done(Err(error)))
    }
}

/// Each server that was tried, and why it was not to be had.
fn report(cx: &Cx<'_>) -> String {
    let failures: Vec<_> = cx.failures().iter().map(ToString::to_string).collect();
    if failures.is_empty() { "no attempt has ended yet".into() } else { failures.join("; ") }
}
