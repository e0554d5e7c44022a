//! Creating a node with its parents.

use zk_proto::{Answer, Create, Error, ErrorCode, ErrorKind, OpCode, Outcome, parent_of};

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
    /// The parents are on their way, by the server's paths, and the node behind them. Why a
    /// parent could not be created matters only if the node cannot be.
    Parents { parents: Vec<String>, trouble: Option<Error> },
}

impl CreateAll {
    pub(crate) fn new(path: &str, data: &[u8]) -> Self {
        Self { path: path.to_owned(), data: data.to_owned(), state: State::Leaf }
    }

    /// The node itself has the tag 0, the parents the numbers that follow.
    fn create(&self, cx: &mut Cx<'_>) {
        cx.call(0, &Create::new(&self.path, &self.data));
    }

    /// All parents, of the client's chroot as well.
    fn create_parents(&mut self, cx: &mut Cx<'_>, parents: Vec<String>) {
        for (tag, parent) in (1..).zip(&parents) {
            cx.call_by_server_path(tag, &Create::new(parent, ""));
        }
        self.state = State::Parents { parents, trouble: None };
        self.create(cx);
    }

    fn is_created(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Step<Result<String, Error>> {
        let result = cx.decode::<Create<'_>>(answer);
        let result = result.map_err(|error| error.about(OpCode::Create, &self.path));
        if result.as_ref().is_err_and(|error| error.code() == Some(ErrorCode::NoNode)) {
            let parents = parents_of(&cx.chroot().server_path(&self.path));
            match &mut self.state {
                State::Leaf if !parents.is_empty() => {
                    self.create_parents(cx, parents);
                    return Step::Wait;
                }
                State::Parents { trouble, .. } => {
                    return Step::Done(trouble.take().map_or(result, Err));
                }
                State::Leaf => {}
            }
        }
        Step::Done(result)
    }

    fn is_parent_created(&mut self, cx: &Cx<'_>, tag: u64, answer: Answer) {
        let State::Parents { parents, trouble } = &mut self.state else { return };
        let parent = parents.iter().zip(1..).find(|(_, number)| *number == tag);
        if let (Err(error), Some((parent, _))) = (answer, parent) {
            let path = cx.chroot().strip(parent).unwrap_or(parent);
            let error = worth_telling(error.about(OpCode::Create, path));
            *trouble = trouble.take().or(error);
        }
    }
}

impl Machine for CreateAll {
    type Output = Result<String, Error>;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Self::Output> {
        match input {
            Input::Start => self.create(cx),
            Input::Answer { tag: 0, answer } => return self.is_created(cx, answer),
            Input::Answer { tag, answer } => self.is_parent_created(cx, tag, answer),
            // What is on the wire cannot be taken back, and needs no cleaning up.
            Input::Cancel => {
                return Step::Done(Err(ErrorKind::Cancelled(Outcome::Unknown).into()));
            }
            Input::Watch { .. } | Input::State(_) | Input::Timer { .. } | Input::Called => {}
        }
        Step::Wait
    }
}

/// From the top down, without the root.
fn parents_of(path: &str) -> Vec<String> {
    let up = std::iter::successors(parent_of(path), |parent| parent_of(parent));
    let mut parents: Vec<_> = up.filter(|path| *path != "/").map(String::from).collect();
    parents.reverse();
    parents
}

/// That a parent exists, or has no parent itself, is no explanation.
fn worth_telling(error: Error) -> Option<Error> {
    let dull = [Some(ErrorCode::NodeExists), Some(ErrorCode::NoNode)];
    (!dull.contains(&error.code())).then_some(error)
}
