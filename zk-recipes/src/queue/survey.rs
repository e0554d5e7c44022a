//! What is in a queue, without taking it.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use zk_client::machine::{Again, Answer, Cx, Input, Machine, Split, Step};
use zk_client::{Error, ErrorCode, ErrorKind, GetChildren, GetData, OpCode, Outcome};

use super::layout::Layout;
use super::look::{Attention, Look};

const READ: u64 = 0;
/// The machine inside.
const LOOK: u64 = 0;

/// Counts the items.
#[derive(Debug)]
pub(super) struct Count(pub(super) Arc<Layout>);

impl Count {
    fn ask(&self, cx: &mut Cx<'_>) -> Step<Result<usize, Error>> {
        cx.call(READ, &GetChildren::new(&self.0.items));
        Step::Wait
    }

    fn is_listed(&self, cx: &mut Cx<'_>, answer: Answer) -> Step<Result<usize, Error>> {
        match cx.decode::<GetChildren<'_>>(answer) {
            Ok(items) => Step::Done(Ok(self.0.count(&items))),
            Err(error) if error.code() == Some(ErrorCode::NoNode) => Step::Done(Ok(0)),
            Err(error) => match Again::after(&error) {
                Again::Now => self.ask(cx),
                Again::Later => {
                    cx.pause(READ);
                    Step::Wait
                }
                Again::Never => Step::Done(Err(error.about(OpCode::GetChildren, &self.0.items))),
            },
        }
    }
}

impl Machine for Count {
    type Output = Result<usize, Error>;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Self::Output> {
        match input {
            Input::Start | Input::Timer { .. } => self.ask(cx),
            Input::Answer { answer, .. } => self.is_listed(cx, answer),
            Input::Cancel => Step::Done(Err(cancelled())),
            Input::Watch { .. } | Input::State(_) | Input::Called => Step::Wait,
        }
    }
}

/// Reads the first item that nobody has claimed.
#[derive(Debug)]
pub(super) struct Peek {
    layout: Arc<Layout>,
    state: State,
}

#[derive(Debug)]
enum State {
    Idle,
    Looking(Box<Look>),
    Reading(VecDeque<String>),
}

type Peeked = Step<Result<Option<Bytes>, Error>>;

impl Peek {
    pub(super) fn new(layout: &Arc<Layout>) -> Self {
        Self { layout: layout.clone(), state: State::Idle }
    }

    fn look(&mut self, cx: &mut Cx<'_>) -> Peeked {
        let look = Look::start(&mut cx.nested(LOOK), &self.layout, Attention::Once);
        self.state = State::Looking(Box::new(look));
        Step::Wait
    }

    fn step_look(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Peeked {
        let State::Looking(look) = &mut self.state else { return Step::Wait };
        match look.step(&mut cx.nested(LOOK), input) {
            None => Step::Wait,
            Some(Ok(names)) if names.is_empty() => Step::Done(Ok(None)),
            Some(Ok(names)) => {
                self.state = State::Reading(names.into());
                self.read(cx)
            }
            Some(Err(error)) => Step::Done(Err(error)),
        }
    }

    fn read(&mut self, cx: &mut Cx<'_>) -> Peeked {
        let State::Reading(names) = &self.state else { return Step::Wait };
        match names.front() {
            Some(name) => cx.call(READ, &GetData::new(&self.layout.item(name))),
            None => return self.look(cx),
        }
        Step::Wait
    }

    fn is_read(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Peeked {
        let State::Reading(names) = &mut self.state else { return Step::Wait };
        let error = match cx.decode::<GetData<'_>>(answer) {
            Ok(node) => {
                return Step::Done(Ok(Some(self.layout.framing.unwrap_first(&node.data).0)));
            }
            Err(error) => error,
        };
        match Again::after(&error) {
            Again::Now => self.read(cx),
            Again::Later => {
                cx.pause(READ);
                Step::Wait
            }
            Again::Never if error.code() == Some(ErrorCode::NoNode) => {
                names.pop_front();
                self.read(cx)
            }
            Again::Never => {
                let path = names.front().map(|name| self.layout.item(name));
                Step::Done(Err(error.about(OpCode::GetData, &path.unwrap_or_default())))
            }
        }
    }
}

impl Machine for Peek {
    type Output = Result<Option<Bytes>, Error>;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Peeked {
        match input.split() {
            Split::Own(Input::Start) => self.look(cx),
            Split::Own(Input::Timer { .. }) => self.read(cx),
            Split::Own(Input::Answer { answer, .. }) => self.is_read(cx, answer),
            Split::Own(Input::Cancel) => Step::Done(Err(cancelled())),
            Split::Child(_, input) => self.step_look(cx, input),
            Split::Own(_) => Step::Wait,
        }
    }
}

fn cancelled() -> Error {
    ErrorKind::Cancelled(Outcome::NotApplied).into()
}
