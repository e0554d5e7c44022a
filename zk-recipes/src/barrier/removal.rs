//! Removing a barrier.

use zk_client::machine::{Again, Answer, Cx, Input, Machine, Step};
use zk_client::{Delete, Error, ErrorCode, OpCode};

const NODE: u64 = 0;
const PAUSE: u64 = 1;

/// Deletes a node that may be gone already.
#[derive(Debug)]
pub(super) struct Removal {
    path: String,
}

impl Removal {
    pub(super) fn new(path: &str) -> Self {
        Self { path: path.to_owned() }
    }

    fn is_deleted(&self, cx: &mut Cx<'_>, answer: Answer) -> Step<Result<(), Error>> {
        match cx.decode::<Delete<'_>>(answer) {
            Err(error) if error.code() != Some(ErrorCode::NoNode) => match Again::after(&error) {
                Again::Now => cx.call(NODE, &Delete::new(&self.path)),
                Again::Later => {
                    cx.pause(PAUSE);
                }
                Again::Never => {
                    return Step::Done(Err(error.about(OpCode::Delete, &self.path)));
                }
            },
            Ok(()) | Err(_) => return Step::Done(Ok(())),
        }
        Step::Wait
    }
}

impl Machine for Removal {
    type Output = Result<(), Error>;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Self::Output> {
        match input {
            Input::Start | Input::Timer { .. } => cx.call(NODE, &Delete::new(&self.path)),
            Input::Answer { answer, .. } => return self.is_deleted(cx, answer),
            Input::Cancel => return Step::End(Ok(())),
            Input::Watch { .. } | Input::State(_) | Input::Called => {}
        }
        Step::Wait
    }
}
