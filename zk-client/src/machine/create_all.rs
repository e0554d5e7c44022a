//! Creating a node with its parents.

use zk_proto::{Answer, Create, CreateMode, Error, ErrorCode, ErrorKind, OpCode, Outcome};

use super::parents::Parents;
use super::{Cx, Input, Machine, Step};

const NODE: u64 = 0;
const PARENT: u64 = 1;

/// Creates a node. If its parent is missing, all parents are created first: one after the other
/// on the wire, without waiting in between.
#[derive(Debug)]
pub(crate) struct CreateAll {
    path: String,
    data: Vec<u8>,
    parents: Parents,
}

impl CreateAll {
    pub(crate) fn new(path: &str, data: &[u8]) -> Self {
        let parents = Parents::new(CreateMode::Persistent);
        Self { path: path.to_owned(), data: data.to_owned(), parents }
    }

    fn create(&self, cx: &mut Cx<'_>) {
        cx.call(NODE, &Create::new(&self.path, &self.data));
    }

    fn is_created(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Step<Result<String, Error>> {
        let result = cx.decode::<Create<'_>>(answer);
        match result.map_err(|error| error.about(OpCode::Create, &self.path)) {
            Err(error) if error.code() == Some(ErrorCode::NoNode) => {
                match self.parents.create(cx, PARENT, &self.path, error) {
                    Ok(()) => self.create(cx),
                    Err(error) => return Step::Done(Err(error)),
                }
                Step::Wait
            }
            result => Step::Done(result),
        }
    }
}

impl Machine for CreateAll {
    type Output = Result<String, Error>;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Self::Output> {
        match input {
            Input::Start => self.create(cx),
            Input::Answer { tag: NODE, answer } => return self.is_created(cx, answer),
            Input::Answer { answer, .. } => self.parents.is_answered(cx, answer),
            // What is on the wire cannot be taken back, and needs no cleaning up.
            Input::Cancel => {
                return Step::Done(Err(ErrorKind::Cancelled(Outcome::Unknown).into()));
            }
            Input::Watch { .. } | Input::State(_) | Input::Timer { .. } | Input::Called => {}
        }
        Step::Wait
    }
}
