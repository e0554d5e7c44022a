//! Writing a value where another one is, or none.

use zk_client::machine::{Cx, Input, Machine, Step};
use zk_client::{Create, Error, ErrorCode, SetData};

/// Writes a node if it is as expected.
#[derive(Debug)]
pub(super) struct Write {
    pub(super) path: Box<str>,
    pub(super) data: Vec<u8>,
    pub(super) over: Over,
}

/// What is to be there before.
#[derive(Clone, Copy, Debug)]
pub(super) enum Over {
    /// This version of the node.
    Version(i32),
    /// Nothing.
    Nothing,
    /// Anything, or nothing.
    Whatever,
}

const SET: u64 = 0;
const CREATE: u64 = 1;

impl Write {
    fn set(&self, cx: &mut Cx<'_>) {
        let set = SetData::new(&self.path, &self.data);
        match self.over {
            Over::Version(version) => cx.call(SET, &set.version(version)),
            Over::Nothing | Over::Whatever => cx.call(SET, &set),
        }
    }

    fn create(&self, cx: &mut Cx<'_>) {
        cx.call(CREATE, &Create::new(&self.path, &self.data));
    }

    /// Goes on if the node is not what was asked for, but may be anything: between two requests,
    /// somebody else can have created it or deleted it.
    fn settle(&self, cx: &mut Cx<'_>, result: Result<(), Error>) -> Step<Result<(), Error>> {
        match (self.over, result.as_ref().err().and_then(Error::code)) {
            (Over::Whatever, Some(ErrorCode::NoNode)) => self.create(cx),
            (Over::Whatever, Some(ErrorCode::NodeExists)) => self.set(cx),
            (Over::Version(_) | Over::Nothing | Over::Whatever, _) => return Step::Done(result),
        }
        Step::Wait
    }
}

impl Machine for Write {
    type Output = Result<(), Error>;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Self::Output> {
        match input {
            Input::Start => match self.over {
                Over::Version(_) | Over::Whatever => self.set(cx),
                Over::Nothing => self.create(cx),
            },
            Input::Answer { tag: SET, answer } => {
                let result = cx.decode::<SetData<'_>>(answer);
                return self.settle(cx, result.map(drop));
            }
            // No parent, no node: that is an error.
            Input::Answer { answer, .. } => match cx.decode::<Create<'_>>(answer) {
                Err(error) if error.code() == Some(ErrorCode::NoNode) => {
                    return Step::Done(Err(error));
                }
                result => return self.settle(cx, result.map(drop)),
            },
            Input::Cancel => return Step::End(Ok(())),
            Input::Watch { .. } | Input::State(_) | Input::Timer { .. } | Input::Called => {}
        }
        Step::Wait
    }
}
