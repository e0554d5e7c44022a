//! Standing in line with a node: what locks, elections and semaphores have in common.

mod entry;
mod roster;
mod rule;
mod stage;
mod standing;

use zk_client::machine::{Again, Answer, Cx, Input, Machine, News, Owned, Split, Step};
use zk_client::{Error, ErrorCode, Exists, GetChildren, GetData, OpCode, Stat, State, Sync};
use zk_proto::EventType;

pub(crate) use self::entry::Entry;
pub use self::roster::Contestant;
pub(crate) use self::roster::Roster;
pub(crate) use self::rule::{InLine, Place, Rule, place};
use self::stage::{Belief, Line, Reason, Seat, Stage};
pub use self::standing::Loss;
pub(crate) use self::standing::{Standing, Stands};

/// What the data of a node is when its owner is asked to give up what it holds by it.
pub(crate) const REVOKE: &[u8] = b"__REVOKE__";

const LIST: u64 = 0;
const AHEAD: u64 = 1;
const OWN: u64 = 2;
const SYNC: u64 = 3;
/// The machine that creates the node, and deletes it in the end.
const NODE: u64 = 0;

/// Stands in line with a node of its own until that is first, by a [`Rule`], and keeps it until it
/// is cancelled.
///
/// * It is [ready](Step::Ready) with its node once it is first; [done](Step::Done) with `None` if it
///   was not to wait. It [ends](Step::End) when it was cancelled and its node is gone, and when it
///   has lost what it held. [`standing`](Self::standing) tells where it stands after each step.
/// * It watches exactly the node before it, so that who leaves wakes one other, which lists the
///   children once; or all children, if the rule says that whichever goes makes room. Its own node
///   is watched from the beginning, so that nothing else has to be asked for before it is ready.
/// * If its node is deleted by others, it stands in line again with a new one; or has lost, if it
///   was first already.
/// * When the connection is lost, it is not first any more, until it has read its node again.
///
/// To be held in another machine, which passes on all inputs that are its own or that of the session.
#[derive(Debug)]
pub(crate) struct Contender<R> {
    entry: Entry,
    rule: R,
    patience: Patience,
    state: Stage,
    is_revocation_requested: bool,
}

/// How long somebody stands in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Until it is first.
    Endless,
    /// Not at all.
    None,
}

type Output = Result<Option<Owned>, Error>;

impl<R: Rule> Contender<R> {
    pub(crate) fn new(entry: Entry, rule: R, patience: Patience) -> Self {
        let state = Stage::Entering(entry.create());
        Self { entry, rule, patience, state, is_revocation_requested: false }
    }

    /// Whether its node is there: it waits, or is first.
    pub(crate) fn is_in_line(&self) -> bool {
        matches!(self.state, Stage::Waiting(..) | Stage::Holding(..))
    }

    fn enter(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        self.unwatch(cx);
        self.state = Stage::Entering(self.entry.create());
        self.is_revocation_requested = false;
        self.step_node(cx, Input::Start)
    }

    fn step_node(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Output> {
        let create = match &mut self.state {
            Stage::Entering(create)
            | Stage::Waiting(Seat { create, .. }, _)
            | Stage::Holding(Seat { create, .. }, _)
            | Stage::Leaving(create, _) => create,
            Stage::Lost(_) | Stage::Over => return Step::Wait,
        };
        match create.step(&mut cx.nested(NODE), input) {
            Step::Wait | Step::Ready(_) => Step::Wait,
            Step::Done(Ok(own)) => self.is_in(cx, own),
            Step::Done(Err(error)) => {
                self.state = Stage::Over;
                Step::Done(Err(error))
            }
            Step::End(result) => self.is_out(result),
        }
    }

    /// The node is there.
    fn is_in(&mut self, cx: &mut Cx<'_>, own: Owned) -> Step<Output> {
        self.state = match std::mem::replace(&mut self.state, Stage::Over) {
            Stage::Entering(create) => Stage::Waiting(Seat { own, create }, Line::Asked),
            stage @ (Stage::Waiting(..)
            | Stage::Holding(..)
            | Stage::Leaving(..)
            | Stage::Lost(_)
            | Stage::Over) => stage,
        };
        self.ask(cx, OWN); // first: when we are told to be first, it is watched already
        self.ask(cx, LIST);
        Step::Wait
    }

    /// The node is gone.
    fn is_out(&mut self, result: Result<(), Error>) -> Step<Output> {
        match std::mem::replace(&mut self.state, Stage::Over) {
            Stage::Leaving(_, Reason::Busy) => Step::Done(result.map(|()| None)),
            Stage::Leaving(_, Reason::Failed(error)) => Step::Done(Err(error)),
            Stage::Leaving(_, Reason::Lost(loss)) => {
                self.state = Stage::Lost(loss);
                Step::End(result)
            }
            Stage::Leaving(_, Reason::Cancelled)
            | Stage::Entering(_)
            | Stage::Waiting(..)
            | Stage::Holding(..)
            | Stage::Lost(_)
            | Stage::Over => Step::End(result),
        }
    }

    fn leave(&mut self, cx: &mut Cx<'_>, reason: Reason) -> Step<Output> {
        match std::mem::replace(&mut self.state, Stage::Over) {
            Stage::Entering(create)
            | Stage::Waiting(Seat { create, .. }, _)
            | Stage::Holding(Seat { create, .. }, _) => {
                cx.unwatch(AHEAD); // that of our own node tells that it is gone, and ends by itself
                self.state = Stage::Leaving(create, reason);
                self.step_node(cx, Input::Cancel)
            }
            // It is leaving already: for nobody to know, now.
            Stage::Leaving(create, _) => {
                self.state = Stage::Leaving(create, reason);
                Step::Wait
            }
            Stage::Lost(_) | Stage::Over => Step::End(Ok(())),
        }
    }

    /// Asks, in states in which there is something to ask.
    fn ask(&self, cx: &mut Cx<'_>, tag: u64) {
        match (&self.state, tag) {
            (Stage::Waiting(..), LIST) => cx.call(LIST, &GetChildren::new(&self.entry.parent)),
            (Stage::Waiting(_, Line::Behind(name)), AHEAD) => {
                cx.watch(AHEAD, &Exists::new(&self.entry.beside(name)));
            }
            (Stage::Waiting(_, Line::Crowded), AHEAD) => {
                cx.watch(AHEAD, &GetChildren::new(&self.entry.parent));
            }
            (Stage::Waiting(seat, _) | Stage::Holding(seat, _), OWN) => {
                cx.watch(OWN, &GetData::new(&seat.own.path));
            }
            (
                Stage::Entering(_)
                | Stage::Waiting(..)
                | Stage::Holding(..)
                | Stage::Leaving(..)
                | Stage::Lost(_)
                | Stage::Over,
                _,
            ) => {}
        }
    }

    /// The list of all children has come, by a request with this tag.
    fn is_listed(&mut self, cx: &mut Cx<'_>, tag: u64, answer: Answer) -> Step<Output> {
        let Stage::Waiting(seat, line) = &mut self.state else { return Step::Wait };
        let place = match cx.decode::<GetChildren<'_>>(answer) {
            Ok(children) => self.rule.place(&seat.own.name, &children),
            Err(error) if error.code() == Some(ErrorCode::NoNode) => Place::Missing,
            Err(error) => return self.again(cx, tag, error),
        };
        match place {
            Place::First if cx.state() == State::Connected => return self.hold(cx),
            Place::First => *line = Line::First,
            Place::Behind(_) | Place::Crowded if self.patience == Patience::None => {
                return self.leave(cx, Reason::Busy);
            }
            Place::Crowded if tag == AHEAD => {} // we shall hear of it
            Place::Crowded => {
                *line = Line::Crowded;
                self.ask(cx, AHEAD);
            }
            Place::Behind(name) => {
                *line = Line::Behind(name);
                self.ask(cx, AHEAD);
            }
            Place::Missing => return self.is_gone(cx),
            Place::Never(error) => return self.leave(cx, Reason::Failed(error)),
        }
        Step::Wait
    }

    fn hold(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        cx.unwatch(AHEAD);
        match std::mem::replace(&mut self.state, Stage::Over) {
            Stage::Waiting(seat, _) => {
                let own = seat.own.clone();
                self.state = Stage::Holding(seat, Belief::Sure);
                Step::Ready(Ok(Some(own)))
            }
            stage @ (Stage::Entering(_)
            | Stage::Holding(..)
            | Stage::Leaving(..)
            | Stage::Lost(_)
            | Stage::Over) => {
                self.state = stage;
                Step::Wait
            }
        }
    }

    fn is_ahead_seen(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Step<Output> {
        if let Stage::Waiting(_, Line::Crowded) = self.state {
            return self.is_listed(cx, AHEAD, answer);
        }
        match cx.decode::<Exists<'_>>(answer) {
            Ok(Some(_)) => Step::Wait,
            Ok(None) => self.line_moves(cx),
            Err(error) => self.again(cx, AHEAD, error),
        }
    }

    /// The node before us has changed, or is gone.
    fn line_moves(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        if let Stage::Waiting(_, Line::Crowded) = self.state {
            self.ask(cx, AHEAD);
            return Step::Wait;
        }
        cx.unwatch(AHEAD);
        if let Stage::Waiting(_, line) = &mut self.state {
            *line = Line::Asked;
        }
        self.ask(cx, LIST);
        Step::Wait
    }

    fn is_own_read(&mut self, cx: &mut Cx<'_>, answer: Answer) -> Step<Output> {
        let (Stage::Waiting(seat, _) | Stage::Holding(seat, _)) = &self.state else {
            return Step::Wait;
        };
        match cx.decode::<GetData<'_>>(answer) {
            Ok(node) if is_ours(&seat.own, &node.stat, cx.session_id()) => {
                self.is_revocation_requested = node.data == REVOKE;
            }
            Ok(_) => return self.is_gone(cx),
            Err(error) if error.code() == Some(ErrorCode::NoNode) => return self.is_gone(cx),
            Err(error) => return self.again(cx, OWN, error),
        }
        if let (Stage::Holding(_, belief), State::Connected) = (&mut self.state, cx.state()) {
            *belief = Belief::Sure;
        }
        Step::Wait
    }

    /// Our node is, though we did not delete it.
    fn is_gone(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        if let Stage::Holding(..) = self.state {
            self.unwatch(cx);
            self.state = Stage::Lost(Loss::Deleted);
            return Step::End(Ok(()));
        }
        self.enter(cx)
    }

    fn is_watched(&mut self, cx: &mut Cx<'_>, tag: u64, news: &News) -> Step<Output> {
        match (tag, news) {
            (_, News::NotSet | News::SessionOver(_)) => {} // the answer says so, or the state
            (AHEAD, News::Last(_) | News::Change(_) | News::Resync) => return self.line_moves(cx),
            (_, News::Last(change)) if change.kind == EventType::NodeDeleted => {
                return self.is_own_deleted(cx);
            }
            (_, News::Last(_) | News::Change(_) | News::Resync) => self.ask(cx, OWN),
        }
        Step::Wait
    }

    #[expect(clippy::unused_self, reason = "a step like the others")]
    fn unwatch(&self, cx: &mut Cx<'_>) {
        cx.unwatch(AHEAD);
        cx.unwatch(OWN);
    }

    fn is_own_deleted(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        match self.state {
            Stage::Waiting(..) | Stage::Holding(..) => self.is_gone(cx),
            Stage::Entering(_) | Stage::Leaving(..) | Stage::Lost(_) | Stage::Over => Step::Wait,
        }
    }

    fn is_state(&mut self, cx: &mut Cx<'_>, state: State) -> Step<Output> {
        match (&mut self.state, state) {
            (Stage::Waiting(_, line @ Line::First), State::Connected) => {
                *line = Line::Asked;
                self.ask(cx, LIST);
            }
            (Stage::Holding(seat, belief), State::Connected) => {
                *belief = Belief::Doubtful;
                cx.call(SYNC, &Sync::new(&seat.own.path)); // the server may be behind
                self.ask(cx, OWN);
            }
            (Stage::Holding(_, belief), _) if !state.is_over() => *belief = Belief::Doubtful,
            (Stage::Holding(..), _) => self.state = Stage::Lost(Loss::SessionOver(state)),
            (
                Stage::Entering(_)
                | Stage::Waiting(..)
                | Stage::Leaving(..)
                | Stage::Lost(_)
                | Stage::Over,
                _,
            ) => {}
        }
        Step::Wait
    }

    /// Reading can be repeated: at once after a lost connection, for the request waits for the next
    /// one; a little later if the server has too much to do. Anything else is final.
    fn again(&mut self, cx: &mut Cx<'_>, tag: u64, error: Error) -> Step<Output> {
        if error.is_session_over() {
            return Step::Wait; // we shall be told
        }
        match Again::after(&error) {
            Again::Now => self.ask(cx, tag),
            Again::Later => {
                cx.pause(tag);
            }
            Again::Never => return self.is_refused(cx, tag, error),
        }
        Step::Wait
    }

    fn is_refused(&mut self, cx: &mut Cx<'_>, tag: u64, error: Error) -> Step<Output> {
        let reason = match &self.state {
            Stage::Holding(seat, _) => {
                Reason::Lost(Loss::Unreadable(error.about(OpCode::GetData, &seat.own.path)))
            }
            Stage::Waiting(seat, _) if tag == OWN => {
                Reason::Failed(error.about(OpCode::GetData, &seat.own.path))
            }
            Stage::Waiting(..) => {
                Reason::Failed(error.about(OpCode::GetChildren, &self.entry.parent))
            }
            Stage::Entering(_) | Stage::Leaving(..) | Stage::Lost(_) | Stage::Over => {
                return Step::Wait;
            }
        };
        self.leave(cx, reason)
    }
}

impl<R: Rule> Machine for Contender<R> {
    type Output = Output;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Output> {
        match input.split() {
            Split::Child(_, input) => self.step_node(cx, input),
            Split::Own(Input::Start) => self.enter(cx),
            Split::Own(Input::Answer { tag: LIST, answer }) => self.is_listed(cx, LIST, answer),
            Split::Own(Input::Answer { tag: AHEAD, answer }) => self.is_ahead_seen(cx, answer),
            Split::Own(Input::Answer { tag: OWN, answer }) => self.is_own_read(cx, answer),
            Split::Own(Input::Watch { tag, news }) => self.is_watched(cx, tag, news),
            Split::Own(Input::State(state)) => self.is_state(cx, state),
            Split::Own(Input::Timer { tag }) => {
                self.ask(cx, tag);
                Step::Wait
            }
            Split::Own(Input::Cancel) => self.leave(cx, Reason::Cancelled),
            Split::Own(Input::Answer { .. } | Input::Called) => Step::Wait,
        }
    }
}

impl<R: Rule> Stands for Contender<R> {
    type Own = Owned;

    fn standing(&self) -> Standing {
        match &self.state {
            Stage::Holding(_, Belief::Sure) => Standing::Held,
            Stage::Holding(_, Belief::Doubtful) => Standing::Suspended,
            Stage::Lost(loss) | Stage::Leaving(_, Reason::Lost(loss)) => {
                Standing::Lost(loss.clone())
            }
            Stage::Entering(_) | Stage::Waiting(..) | Stage::Leaving(..) | Stage::Over => {
                Standing::Waiting
            }
        }
    }

    fn is_revocation_requested(&self) -> bool {
        self.is_revocation_requested
    }
}

/// A node is not ours because of its name alone.
fn is_ours(own: &Owned, stat: &Stat, session: i64) -> bool {
    stat.ephemeral_owner == session && stat.czxid == own.czxid
}
