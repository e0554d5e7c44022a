//! One item, claimed.

use std::sync::Arc;

use bytes::Bytes;
use zk_client::machine::{Again, Answer, Cx, Input, Parents};
use zk_client::{
    Create, Delete, Error, ErrorCode, Exists, GetData, Multi, Node, OpCode, Outcome, SetData, Stat,
    Sync,
};

use super::layout::Layout;

const MAKE: u64 = 0;
const READ: u64 = 1;
const SYNC: u64 = 2;
const LOOK: u64 = 3;
const STAT: u64 = 4;
const REMOVE: u64 = 5;
const LEAVE: u64 = 6;
const PARENT: u64 = 7;

/// The right to take one item: an ephemeral node of the item's name, with a GUID as its data.
///
/// It makes it decidable whether an item was removed by us, also when the answer is lost: the item
/// and the claim go in one transaction, and nobody else deletes the claim.
#[derive(Debug)]
pub(super) struct Claim {
    layout: Arc<Layout>,
    name: String,
    guid: String,
    parents: Parents,
    wish: Wish,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Have,
    Leave,
}

#[derive(Debug)]
enum State {
    /// The claim is on its way, and behind it a look at the item.
    Making {
        history: History,
        made: Option<Result<(), Error>>,
    },
    /// It may have been made.
    Searching {
        synced: Option<Result<(), Error>>,
    },
    /// It is ours, and the item is being read.
    Reading,
    Held(Node),
    /// Both go.
    Removing(Node),
    /// They may have gone.
    Verifying {
        node: Node,
        synced: Option<Result<(), Error>>,
        claim: Option<Result<Node, Error>>,
    },
    /// The claim goes, and then this is said.
    Leaving(Turn),
    /// It may have gone, and somebody else have theirs by now.
    Checking {
        then: Turn,
        synced: Option<Result<(), Error>>,
    },
    Over,
}

/// What became of the requests for the claim that were made before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum History {
    Clear,
    /// One was lost.
    Doubtful,
}

/// What has come of it. Nothing of ours is left but where it says so.
#[derive(Clone, Debug)]
pub(super) enum Turn {
    Wait,
    /// It is ours, and this is the item.
    Held(Bytes),
    /// The item is gone, or somebody else's; or it was given back.
    Missed,
    /// The item is taken out.
    Removed,
    /// It could not be taken out: it is not the same any more, or no longer ours.
    Conflict(Error),
    Failed(Error),
}

impl Claim {
    pub(super) fn start(cx: &mut Cx<'_>, layout: &Arc<Layout>, name: &str) -> Self {
        let mut claim = Self {
            layout: layout.clone(),
            name: name.to_owned(),
            guid: cx.guid(),
            parents: Parents::new(layout.parents),
            wish: Wish::Have,
            state: State::Over,
        };
        claim.make(cx, History::Clear);
        claim
    }

    /// The item's path.
    pub(super) fn item(&self) -> String {
        self.layout.item(&self.name)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Takes the item out, or the first one of several; once it is held.
    pub(super) fn remove(&mut self, cx: &mut Cx<'_>) {
        let State::Held(node) = &self.state else { return };
        let node = node.clone();
        self.ask_to_remove(cx, &node);
        self.state = State::Removing(node);
    }

    /// Gives it back, if it is not too late.
    pub(super) fn leave(&mut self, cx: &mut Cx<'_>) {
        self.wish = Wish::Leave;
        if let State::Held(_) = self.state {
            self.delete(cx, Turn::Missed);
        }
    }

    pub(super) fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Turn {
        match input {
            Input::Answer { tag: PARENT, answer } => self.parents.is_answered(cx, answer),
            Input::Answer { tag, answer } => return self.is_answered(cx, tag, answer),
            Input::Timer { .. } => return self.ask_again(cx),
            Input::Start
            | Input::Watch { .. }
            | Input::State(_)
            | Input::Called
            | Input::Cancel => {}
        }
        Turn::Wait
    }

    fn is_answered(&mut self, cx: &mut Cx<'_>, tag: u64, answer: Answer) -> Turn {
        match (tag, &mut self.state) {
            (MAKE, State::Making { made, .. }) => {
                *made = Some(cx.decode::<Create<'_>>(answer).map(drop));
            }
            (READ, State::Making { history, made }) => {
                let (history, made) = (*history, made.take().unwrap_or(Ok(())));
                return self.is_made(cx, history, made, answer);
            }
            (READ, State::Reading) => return self.is_read(cx, answer),
            (
                SYNC,
                State::Searching { synced }
                | State::Verifying { synced, .. }
                | State::Checking { synced, .. },
            ) => *synced = Some(answer.map(drop)),
            (LOOK, State::Searching { synced }) => {
                let synced = synced.take().unwrap_or(Ok(()));
                return self.is_found(cx, synced.and_then(|()| cx.decode::<GetData<'_>>(answer)));
            }
            (LOOK, State::Verifying { claim, .. }) => {
                *claim = Some(cx.decode::<GetData<'_>>(answer));
            }
            (LOOK, State::Checking { synced, .. }) => {
                let synced = synced.take().unwrap_or(Ok(()));
                return self.is_checked(cx, synced.and_then(|()| cx.decode::<GetData<'_>>(answer)));
            }
            (STAT, State::Verifying { .. }) => return self.is_verified(cx, answer),
            (REMOVE, State::Removing(_)) => return self.is_removed(cx, answer),
            (LEAVE, State::Leaving(_)) => return self.is_left(cx, answer),
            (_, _) => {}
        }
        Turn::Wait
    }

    fn make(&mut self, cx: &mut Cx<'_>, history: History) {
        let claim = self.layout.claim(&self.name);
        cx.call(MAKE, &Create::new(&claim, &self.guid).ephemeral());
        cx.call(READ, &GetData::new(&self.item()));
        self.state = State::Making { history, made: None };
    }

    fn is_made(
        &mut self,
        cx: &mut Cx<'_>,
        history: History,
        made: Result<(), Error>,
        read: Answer,
    ) -> Turn {
        let Err(error) = made else {
            self.state = State::Reading;
            return self.is_read(cx, read);
        };
        let claim = self.layout.claim(&self.name);
        let error = error.about(OpCode::Create, &claim);
        match (error.code(), error.outcome(), Again::after(&error), history) {
            (Some(ErrorCode::NodeExists), _, _, History::Clear) => self.end(Turn::Missed),
            (Some(ErrorCode::NodeExists), _, _, History::Doubtful)
            | (_, Outcome::Unknown, Again::Now, _) => self.search(cx),
            _ if self.wish == Wish::Leave => self.end(Turn::Missed),
            (_, Outcome::NotApplied, Again::Now, history) => {
                self.make(cx, history);
                Turn::Wait
            }
            (_, _, Again::Later, _) => self.pause(cx),
            (Some(ErrorCode::NoNode), ..) => {
                match self.parents.create(cx, PARENT, &claim, error) {
                    Ok(()) => self.make(cx, history),
                    Err(error) => return self.end(Turn::Failed(error)),
                }
                Turn::Wait
            }
            (_, _, Again::Never, _) => self.end(Turn::Failed(error)),
        }
    }

    fn search(&mut self, cx: &mut Cx<'_>) -> Turn {
        let claim = self.layout.claim(&self.name);
        cx.call(SYNC, &Sync::new(&claim));
        cx.call(LOOK, &GetData::new(&claim));
        self.state = State::Searching { synced: None };
        Turn::Wait
    }

    fn is_found(&mut self, cx: &mut Cx<'_>, found: Result<Node, Error>) -> Turn {
        match found {
            Ok(node) if self.is_ours(cx, &node) => match self.wish {
                Wish::Have => self.read(cx),
                Wish::Leave => self.delete(cx, Turn::Missed),
            },
            Ok(_) => self.end(Turn::Missed),
            Err(error) if error.code() == Some(ErrorCode::NoNode) => match self.wish {
                Wish::Have => {
                    self.make(cx, History::Doubtful);
                    Turn::Wait
                }
                Wish::Leave => self.end(Turn::Missed),
            },
            Err(error) => match Again::after(&error) {
                Again::Now => self.search(cx),
                Again::Later => self.pause(cx),
                Again::Never => self.end(Turn::Failed(error)),
            },
        }
    }

    /// One of a session before has another owner, and goes with that (CURATOR-498).
    fn is_ours(&self, cx: &Cx<'_>, claim: &Node) -> bool {
        claim.data == self.guid && claim.stat.ephemeral_owner == cx.session_id()
    }

    fn read(&mut self, cx: &mut Cx<'_>) -> Turn {
        cx.call(READ, &GetData::new(&self.item()));
        self.state = State::Reading;
        Turn::Wait
    }

    fn is_read(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Turn {
        match cx.decode::<GetData<'_>>(answer) {
            _ if self.wish == Wish::Leave => self.delete(cx, Turn::Missed),
            Ok(node) => {
                let (item, _) = self.layout.framing.unwrap_first(&node.data);
                self.state = State::Held(node);
                Turn::Held(item)
            }
            Err(error) => match Again::after(&error) {
                Again::Now => self.read(cx),
                Again::Later => self.pause(cx),
                Again::Never if error.code() == Some(ErrorCode::NoNode) => {
                    self.delete(cx, Turn::Missed)
                }
                Again::Never => {
                    let error = error.about(OpCode::GetData, &self.item());
                    self.delete(cx, Turn::Failed(error))
                }
            },
        }
    }

    /// Where a node has several items, the others stay.
    fn ask_to_remove(&self, cx: &mut Cx<'_>, node: &Node) {
        let (item, claim) = (self.item(), self.layout.claim(&self.name));
        let version = node.stat.version;
        let (_, rest) = self.layout.framing.unwrap_first(&node.data);
        let multi = match &rest {
            Some(rest) => Multi::new().add(SetData::new(&item, rest).version(version)),
            None => Multi::new().add(Delete::new(&item).version(version)),
        };
        cx.call(REMOVE, &multi.delete(&claim));
    }

    fn is_removed(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Turn {
        let State::Removing(node) = std::mem::replace(&mut self.state, State::Over) else {
            return Turn::Wait;
        };
        let Err(error) = cx.decode::<Multi<'_>>(answer) else { return Turn::Removed };
        let error = error.about(OpCode::Delete, &self.paths());
        match (error.outcome(), Again::after(&error)) {
            (Outcome::Unknown, Again::Now) => self.verify(cx, node),
            (Outcome::NotApplied, Again::Now) => self.remove_after_all(cx, node),
            (_, Again::Later) => {
                self.state = State::Removing(node);
                self.pause(cx)
            }
            (_, Again::Never) if error.is_session_over() => Turn::Failed(error),
            (Outcome::NotApplied, Again::Never) => self.check(cx, Turn::Conflict(error)),
            (Outcome::Unknown, Again::Never) => self.check(cx, Turn::Failed(error)),
        }
    }

    /// It was not taken out yet. Perhaps it need not be any more.
    fn remove_after_all(&mut self, cx: &mut Cx<'_>, node: Node) -> Turn {
        if self.wish == Wish::Leave {
            return self.delete(cx, Turn::Missed);
        }
        self.state = State::Held(node);
        self.remove(cx);
        Turn::Wait
    }

    /// As errors name them.
    fn paths(&self) -> String {
        format!("{}\0{}", self.item(), self.layout.claim(&self.name))
    }

    fn verify(&mut self, cx: &mut Cx<'_>, node: Node) -> Turn {
        let claim = self.layout.claim(&self.name);
        cx.call(SYNC, &Sync::new(&claim));
        cx.call(LOOK, &GetData::new(&claim));
        cx.call(STAT, &Exists::new(&self.item()));
        self.state = State::Verifying { node, synced: None, claim: None };
        Turn::Wait
    }

    fn is_verified(&mut self, cx: &mut Cx<'_>, stat: Answer) -> Turn {
        let State::Verifying { node, synced, claim } =
            std::mem::replace(&mut self.state, State::Over)
        else {
            return Turn::Wait;
        };
        let is_there = match synced.unwrap_or(Ok(())).and_then(|()| claim.transpose()) {
            Ok(claim) => claim.is_some_and(|claim| self.is_ours(cx, &claim)),
            Err(error) if error.code() == Some(ErrorCode::NoNode) => false,
            Err(error) => return self.verify_again(cx, node, error),
        };
        match cx.decode::<Exists<'_>>(stat) {
            Ok(_) if is_there => self.remove_after_all(cx, node),
            Ok(Some(stat)) if is_same(&stat, &node.stat) => {
                // Somebody has deleted the claim, and left the item.
                let error = Error::from(ErrorCode::NoNode);
                Turn::Conflict(error.about(OpCode::Delete, &self.layout.claim(&self.name)))
            }
            Ok(_) => Turn::Removed,
            Err(error) => self.verify_again(cx, node, error),
        }
    }

    fn verify_again(&mut self, cx: &mut Cx<'_>, node: Node, error: Error) -> Turn {
        match Again::after(&error) {
            Again::Now => self.verify(cx, node),
            Again::Later => {
                self.state = State::Verifying { node, synced: None, claim: None };
                self.pause(cx)
            }
            Again::Never => self.end(Turn::Failed(error)),
        }
    }

    fn delete(&mut self, cx: &mut Cx<'_>, then: Turn) -> Turn {
        cx.call(LEAVE, &Delete::new(&self.layout.claim(&self.name)));
        self.state = State::Leaving(then);
        Turn::Wait
    }

    /// One that cannot be deleted goes with the session.
    fn is_left(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Turn {
        let State::Leaving(then) = std::mem::replace(&mut self.state, State::Over) else {
            return Turn::Wait;
        };
        let Err(error) = answer else { return then };
        match (error.outcome(), Again::after(&error)) {
            (Outcome::NotApplied, Again::Now) => self.delete(cx, then),
            (Outcome::Unknown, Again::Now) => self.check(cx, then),
            (_, Again::Later) => {
                self.state = State::Leaving(then);
                self.pause(cx)
            }
            (_, Again::Never) => then,
        }
    }

    /// The name is that of the item: whoever claims it next has a claim of the same name.
    fn check(&mut self, cx: &mut Cx<'_>, then: Turn) -> Turn {
        let claim = self.layout.claim(&self.name);
        cx.call(SYNC, &Sync::new(&claim));
        cx.call(LOOK, &GetData::new(&claim));
        self.state = State::Checking { then, synced: None };
        Turn::Wait
    }

    fn is_checked(&mut self, cx: &mut Cx<'_>, found: Result<Node, Error>) -> Turn {
        let State::Checking { then, .. } = std::mem::replace(&mut self.state, State::Over) else {
            return Turn::Wait;
        };
        match found {
            Ok(node) if self.is_ours(cx, &node) => self.delete(cx, then),
            Ok(_) => then,
            Err(error) => match Again::after(&error) {
                Again::Now => self.check(cx, then),
                Again::Later => {
                    self.state = State::Checking { then, synced: None };
                    self.pause(cx)
                }
                Again::Never => then,
            },
        }
    }

    #[expect(clippy::unused_self, reason = "a step like the others")]
    fn pause(&self, cx: &mut Cx<'_>) -> Turn {
        cx.pause(0);
        Turn::Wait
    }

    /// What was on its way when the server could not serve.
    fn ask_again(&mut self, cx: &mut Cx<'_>) -> Turn {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Making { .. } if self.wish == Wish::Leave => Turn::Missed,
            State::Making { history, .. } => {
                self.make(cx, history);
                Turn::Wait
            }
            State::Searching { .. } => self.search(cx),
            State::Reading => self.read(cx),
            State::Verifying { node, .. } => self.verify(cx, node),
            State::Leaving(then) => self.delete(cx, then),
            State::Checking { then, .. } => self.check(cx, then),
            State::Removing(node) => self.remove_after_all(cx, node),
            state @ (State::Held(_) | State::Over) => {
                self.state = state;
                Turn::Wait
            }
        }
    }

    fn end(&mut self, turn: Turn) -> Turn {
        self.state = State::Over;
        turn
    }
}

/// Neither another node of the same name, nor written since.
fn is_same(one: &Stat, other: &Stat) -> bool {
    (one.czxid, one.version) == (other.czxid, other.version)
}
