//! Knowing what a node holds.

use bytes::Bytes;
use zk_client::machine::{Again, CreateAll, Cx, Input, Machine as _, News, Split, Step};
use zk_client::{CreateMode, Error, ErrorCode, GetData, Node, OpCode};

const READ: u64 = 0;
const PAUSE: u64 = 1;
const CREATE: u64 = 2;

/// Reads a node, and again whenever it has changed. If it is missing, it is created.
#[derive(Debug)]
pub(super) struct Look {
    path: String,
    seed: Bytes,
    state: State,
}

#[derive(Debug)]
enum State {
    /// With a watch.
    Reading,
    Watching,
    Creating(Box<CreateAll>),
    /// The server is left alone for a moment.
    Pausing,
    /// It may not be read, or not created.
    Blind,
}

/// What comes of it.
#[derive(Debug)]
pub(super) enum Seen {
    Nothing,
    Node(Node),
    Trouble(Error),
}

impl Look {
    pub(super) fn new(path: &str, seed: Bytes) -> Self {
        Self { path: path.to_owned(), seed, state: State::Blind }
    }

    /// Reads it now, whether or not it has changed.
    pub(super) fn read(&mut self, cx: &mut Cx<'_>) {
        match self.state {
            State::Watching | State::Blind => {
                self.state = State::Reading;
                cx.watch(READ, &GetData::new(&self.path));
            }
            State::Reading | State::Creating(_) | State::Pausing => {} // it is about to be
        }
    }

    /// What was refused once may be granted now.
    pub(super) fn try_again(&mut self, cx: &mut Cx<'_>) {
        match self.state {
            State::Blind => self.read(cx),
            State::Reading | State::Watching | State::Creating(_) | State::Pausing => {}
        }
    }

    pub(super) fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Seen {
        match input.split() {
            Split::Child(_, input) => return self.is_creating(cx, input),
            Split::Own(Input::Answer { answer, .. }) => {
                return match cx.decode::<GetData<'_>>(answer) {
                    Ok(node) => {
                        self.state = State::Watching;
                        Seen::Node(node)
                    }
                    Err(error) => self.is_refused(cx, error.about(OpCode::GetData, &self.path)),
                };
            }
            Split::Own(Input::Timer { .. }) => self.is_to_read(cx),
            Split::Own(Input::Watch { news, .. }) => match news {
                News::Change(_) | News::Last(_) | News::Resync => self.is_to_read(cx),
                News::NotSet | News::SessionOver(_) => {} // the answer says so, too
            },
            Split::Own(Input::Start | Input::State(_) | Input::Called | Input::Cancel) => {}
        }
        Seen::Nothing
    }

    fn is_to_read(&mut self, cx: &mut Cx<'_>) {
        match self.state {
            State::Watching | State::Pausing => {
                self.state = State::Blind;
                self.read(cx);
            }
            State::Reading | State::Creating(_) | State::Blind => {}
        }
    }

    fn is_refused(&mut self, cx: &mut Cx<'_>, error: Error) -> Seen {
        self.state = State::Blind;
        match (error.code(), Again::after(&error)) {
            (Some(ErrorCode::NoNode), _) => {
                let create = CreateAll::new(&self.path, &self.seed).if_missing();
                let mut create = create.parents(CreateMode::Container);
                let _started = create.step(&mut cx.nested(CREATE), Input::Start);
                self.state = State::Creating(Box::new(create));
            }
            (_, Again::Now) => self.read(cx),
            (_, Again::Later) => {
                self.state = State::Pausing;
                cx.pause(PAUSE);
            }
            (_, Again::Never) => return Seen::Trouble(error),
        }
        Seen::Nothing
    }

    fn is_creating(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Seen {
        let State::Creating(create) = &mut self.state else { return Seen::Nothing };
        let Step::Done(result) = create.step(&mut cx.nested(CREATE), input) else {
            return Seen::Nothing;
        };
        self.state = State::Blind;
        match result {
            Ok(_) => self.read(cx),
            Err(error) => return self.is_refused(cx, error),
        }
        Seen::Nothing
    }
}
