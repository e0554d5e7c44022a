//! Creating a node with its parents.

use zk_proto::{Create, Error, ErrorCode, ErrorKind, OpCode, Outcome, parent_of};

use super::{Cx, Input, Machine, Step};

/// Creates a node. If its parent is missing, all parents are created first: one after the other
/// on the wire, without waiting in between.
#[derive(Debug)]
pub(crate) struct CreateAll {
    path: String,
    data: Vec<u8>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Perhaps the parent is there.
    Leaf,
    /// The parents are on their way, the node behind them. Why a parent could not be created
    /// matters only if the node cannot be.
    Parents { trouble: Option<Error> },
}

impl CreateAll {
    pub(crate) fn new(path: &str, data: &[u8]) -> Self {
        Self { path: path.to_owned(), data: data.to_owned(), state: State::Leaf }
    }

    /// The node itself has the tag 0, a parent the length of its path.
    fn create(&self, cx: &mut Cx<'_>) {
        cx.call(0, &Create::new(&self.path, &self.data));
    }

    fn create_parents(&mut self, cx: &mut Cx<'_>) {
        let mut parents: Vec<_> = std::iter::successors(parent_of(&self.path), |p| parent_of(p))
            .filter(|parent| *parent != "/")
            .collect();
        parents.reverse();
        for parent in parents {
            cx.call(parent.len() as u64, &Create::new(parent, ""));
        }
        self.state = State::Parents { trouble: None };
        self.create(cx);
    }
}

impl Machine for CreateAll {
    type Output = Result<String, Error>;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Self::Output> {
        match input {
            Input::Start => self.create(cx),
            Input::Answer { tag: 0, answer } => {
                let result = cx.decode::<Create<'_>>(answer);
                let result = result.map_err(|error| error.about(OpCode::Create, &self.path));
                let is_orphan =
                    result.as_ref().is_err_and(|error| error.code() == Some(ErrorCode::NoNode));
                match &mut self.state {
                    State::Leaf if is_orphan && parent_of(&self.path) != Some("/") => {
                        self.create_parents(cx);
                    }
                    State::Parents { trouble } if is_orphan => {
                        return Step::Done(trouble.take().map_or(result, Err));
                    }
                    State::Leaf | State::Parents { .. } => return Step::Done(result),
                }
            }
            Input::Answer { tag, answer } => {
                let parent = usize::try_from(tag).ok().and_then(|len| self.path.get(..len));
                let error = answer.map_err(|e| e.about(OpCode::Create, parent.unwrap_or_default()));
                if let State::Parents { trouble } = &mut self.state {
                    *trouble = trouble.take().or_else(|| worth_telling(error.err()));
                }
            }
            // What is on the wire cannot be taken back, and needs no cleaning up.
            Input::Cancel => {
                return Step::Done(Err(ErrorKind::Cancelled(Outcome::Unknown).into()));
            }
            Input::Watch { .. } | Input::State(_) | Input::Timer { .. } => {}
        }
        Step::Wait
    }
}

/// That a parent exists, or has no parent itself, is no explanation.
fn worth_telling(error: Option<Error>) -> Option<Error> {
    let dull = [Some(ErrorCode::NodeExists), Some(ErrorCode::NoNode)];
    error.filter(|error| !dull.contains(&error.code()))
}
