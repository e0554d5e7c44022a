//! A candidate: a contender that comes again when its node was taken from it.

use zk_client::machine::{Cx, Input, Machine, Owned, Split, Step};
use zk_client::{Error, State};

use super::board::{Board, Term};
use crate::Loss;
use crate::contender::{Contender, Entry, InLine, Patience, Standing, Stands};

/// Stands in line and leads until it is cancelled. It is [ready](Step::Ready) when it stands in line.
#[derive(Debug)]
pub(super) struct Latch {
    entry: Entry,
    line: InLine,
    contender: Contender<InLine>,
    /// Which contender this is: those before it may still get answers.
    turn: u64,
    term: Option<Term>,
    phase: Phase,
    board: Board,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Its owner waits until it stands in line.
    Joining,
    Joined,
    Cancelled,
}

/// How many contenders are told from each other.
const TURNS: u64 = 1024;

type Output = Result<(), Error>;

impl Latch {
    pub(super) fn new(entry: Entry, line: InLine, board: Board) -> Self {
        let contender = Contender::new(entry.clone(), line, Patience::Endless);
        Self { entry, line, contender, turn: 0, term: None, phase: Phase::Joining, board }
    }

    fn step_contender(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Output> {
        match self.contender.step(&mut cx.nested(self.turn), input) {
            Step::Wait | Step::Ready(Ok(None)) | Step::Done(Ok(_)) => self.show(),
            Step::Ready(Ok(Some(own))) => self.lead(&own),
            Step::Ready(Err(error)) | Step::Done(Err(error)) => self.fail(error),
            Step::End(result) => match self.phase {
                Phase::Joining | Phase::Joined => self.join_again(cx),
                Phase::Cancelled => Step::End(result),
            },
        }
    }

    fn lead(&mut self, own: &Owned) -> Step<Output> {
        self.term = Some(own.into());
        self.show()
    }

    fn show(&mut self) -> Step<Output> {
        match (self.contender.standing(), &self.term) {
            (Standing::Held, Some(term)) => self.board.lead(term),
            (Standing::Suspended, _) => self.board.suspend(),
            // It is about to come again; or the session is over, which is told elsewhere.
            (Standing::Held | Standing::Waiting | Standing::Lost(_), _) => self.board.wait(),
        }
        if self.phase == Phase::Joining && self.contender.is_in_line() {
            self.phase = Phase::Joined;
            return Step::Ready(Ok(()));
        }
        Step::Wait
    }

    fn join_again(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        self.term = None;
        self.turn = (self.turn + 1) % TURNS;
        self.contender = Contender::new(self.entry.clone(), self.line, Patience::Endless);
        self.step_contender(cx, Input::Start)
    }

    fn fail(&mut self, error: Error) -> Step<Output> {
        self.board.end(Loss::Unreadable(error.clone()), error.clone());
        match self.phase {
            Phase::Joining => Step::Done(Err(error)),
            Phase::Joined | Phase::Cancelled => Step::End(Err(error)),
        }
    }

    fn is_over(&self, cx: &Cx<'_>, state: State) {
        if let Some(error) = cx.final_error() {
            self.board.end(Loss::SessionOver(state), error);
        }
    }
}

impl Machine for Latch {
    type Output = Output;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Output> {
        match input.split() {
            Split::Child(turn, input) if turn == self.turn => self.step_contender(cx, input),
            Split::Child(..) => Step::Wait,
            Split::Own(Input::State(state)) if state.is_over() => {
                self.is_over(cx, state);
                Step::Wait
            }
            Split::Own(Input::Cancel) => {
                self.phase = Phase::Cancelled;
                self.step_contender(cx, Input::Cancel)
            }
            Split::Own(input) => self.step_contender(cx, input),
        }
    }
}
