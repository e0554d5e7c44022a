//! Contending for one lock after the other, and letting go of all together.

use zk_client::machine::{Cx, Input, Machine, Owned, Split, Step};
use zk_client::{Error, Misuse};

use crate::Loss;
use crate::contender::{Contender, Entry, InLine, Patience, Standing, Stands};
use crate::lock::LINE;

/// As many machines as one can hold.
const MOST: usize = 2_000;

/// Contends for one lock after the other. It has them once it has all; when it loses one of them, or
/// gives up, it lets go of all.
#[derive(Debug)]
pub(super) struct All {
    entries: Vec<Entry>,
    patience: Patience,
    /// Of those before, and of the one that is next.
    seats: Vec<Seat>,
    state: Stage,
}

#[derive(Debug)]
enum Seat {
    Waiting(Contender<InLine>),
    Has(Contender<InLine>, Owned),
    Gone,
}

#[derive(Debug)]
enum Stage {
    Acquiring,
    Holding,
    /// Letting go of all. What those told who could not.
    Leaving(Reason, Result<(), Error>),
}

/// Why it lets go of all.
#[derive(Debug)]
enum Reason {
    Cancelled,
    Busy,
    Failed(Error),
    /// It has lost one before it had all, and begins again.
    Again,
    Lost(Loss),
}

type Output = Result<Option<Vec<Owned>>, Error>;

impl Seat {
    fn contender(&mut self) -> Option<&mut Contender<InLine>> {
        match self {
            Self::Waiting(contender) | Self::Has(contender, _) => Some(contender),
            Self::Gone => None,
        }
    }

    fn standing(&self) -> Option<Standing> {
        match self {
            Self::Waiting(contender) | Self::Has(contender, _) => Some(contender.standing()),
            Self::Gone => None,
        }
    }
}

impl All {
    pub(super) fn new(entries: Vec<Entry>, patience: Patience) -> Self {
        Self { entries, patience, seats: Vec::new(), state: Stage::Acquiring }
    }

    fn go_on(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        match &self.state {
            Stage::Acquiring => self.acquire(cx),
            Stage::Leaving(..) if self.seats.iter().all(|seat| matches!(seat, Seat::Gone)) => {
                self.finish(cx)
            }
            Stage::Holding | Stage::Leaving(..) => Step::Wait,
        }
    }

    /// Stands in the next line, or has all.
    fn acquire(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        if let Some(Seat::Waiting(_)) = self.seats.last() {
            return Step::Wait;
        }
        if let Some(entry) = self.entries.get(self.seats.len()) {
            let contender = Contender::new(entry.clone(), LINE, self.patience);
            self.seats.push(Seat::Waiting(contender));
            return self.step_seat(cx, self.seats.len().saturating_sub(1), Input::Start);
        }
        if self.standing_of_seats() != Standing::Held {
            return Step::Wait; // until it is connected again
        }
        self.state = Stage::Holding;
        let owned = |seat: &Seat| match seat {
            Seat::Has(_, own) => Some(own.clone()),
            Seat::Waiting(_) | Seat::Gone => None,
        };
        Step::Ready(Ok(Some(self.seats.iter().filter_map(owned).collect())))
    }

    fn step_seat(&mut self, cx: &mut Cx<'_>, index: usize, input: Input<'_>) -> Step<Output> {
        if let Some(reason) = self.reason_of(cx, index, input) {
            self.leave(cx, reason);
        }
        self.go_on(cx)
    }

    /// Steps one of them, and says whether that is a reason to let go of all.
    fn reason_of(&mut self, cx: &mut Cx<'_>, index: usize, input: Input<'_>) -> Option<Reason> {
        let seat = self.seats.get_mut(index)?;
        let contender = seat.contender()?;
        let step = contender.step(&mut cx.nested(u64::try_from(index).ok()?), input);
        let standing = contender.standing();
        match (step, std::mem::replace(seat, Seat::Gone)) {
            (Step::Ready(Ok(Some(own))), Seat::Waiting(contender)) => {
                *seat = Seat::Has(contender, own);
                None
            }
            (Step::Wait | Step::Ready(_), before) => {
                *seat = before;
                None
            }
            (Step::Done(Ok(_)), _) => Some(Reason::Busy),
            (Step::Done(Err(error)), _) => Some(Reason::Failed(error)),
            (Step::End(result), _) => {
                if let Stage::Leaving(_, trouble) = &mut self.state {
                    *trouble = std::mem::replace(trouble, Ok(())).and(result);
                }
                match (standing, &self.state) {
                    (Standing::Lost(loss), Stage::Holding) => Some(Reason::Lost(loss)),
                    (_, Stage::Acquiring) => Some(Reason::Again),
                    (_, Stage::Holding | Stage::Leaving(..)) => None,
                }
            }
        }
    }

    /// Lets go of all, for the first reason that there is; only who cancels need not know it.
    fn leave(&mut self, cx: &mut Cx<'_>, reason: Reason) {
        match (&mut self.state, reason) {
            (Stage::Leaving(before, _), Reason::Cancelled) => *before = Reason::Cancelled,
            (Stage::Leaving(..), _) => {}
            (Stage::Acquiring | Stage::Holding, reason) => {
                self.state = Stage::Leaving(reason, Ok(()));
                (0..self.seats.len()).for_each(|index| {
                    self.reason_of(cx, index, Input::Cancel);
                });
            }
        }
    }

    /// All are gone.
    fn finish(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        match std::mem::replace(&mut self.state, Stage::Acquiring) {
            Stage::Leaving(Reason::Again, _) => {
                self.seats.clear();
                self.acquire(cx)
            }
            Stage::Leaving(Reason::Busy, result) => Step::Done(result.map(|()| None)),
            Stage::Leaving(Reason::Failed(error), _) => Step::Done(Err(error)),
            Stage::Leaving(Reason::Lost(loss), result) => {
                self.state = Stage::Leaving(Reason::Lost(loss), Ok(()));
                Step::End(result)
            }
            Stage::Leaving(Reason::Cancelled, result) => Step::End(result),
            Stage::Acquiring | Stage::Holding => Step::Wait,
        }
    }

    /// That of the worst.
    fn standing_of_seats(&self) -> Standing {
        let mut all = Standing::Held;
        for standing in self.seats.iter().filter_map(Seat::standing) {
            match standing {
                Standing::Held => {}
                Standing::Lost(_) => return standing,
                Standing::Suspended | Standing::Waiting => all = standing,
            }
        }
        all
    }
}

impl Machine for All {
    type Output = Output;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Output> {
        match input.split() {
            Split::Child(child, input) => {
                let index = usize::try_from(child).unwrap_or(usize::MAX);
                return self.step_seat(cx, index, input);
            }
            Split::Own(Input::Start) if self.entries.len() > MOST => {
                let many = format!("{} locks at once, more than {MOST}", self.entries.len());
                return Step::Done(Err(Misuse::Text(many.into()).into()));
            }
            Split::Own(Input::State(state)) => {
                for index in 0..self.seats.len() {
                    if let Some(reason) = self.reason_of(cx, index, Input::State(state)) {
                        self.leave(cx, reason);
                    }
                }
            }
            Split::Own(Input::Cancel) => self.leave(cx, Reason::Cancelled),
            Split::Own(
                Input::Start
                | Input::Answer { .. }
                | Input::Watch { .. }
                | Input::Timer { .. }
                | Input::Called,
            ) => {}
        }
        self.go_on(cx)
    }
}

impl Stands for All {
    type Own = Vec<Owned>;

    fn standing(&self) -> Standing {
        match &self.state {
            Stage::Acquiring => Standing::Waiting,
            Stage::Holding => self.standing_of_seats(),
            Stage::Leaving(Reason::Lost(loss), _) => Standing::Lost(loss.clone()),
            Stage::Leaving(..) => Standing::Waiting,
        }
    }

    fn is_revocation_requested(&self) -> bool {
        self.seats.iter().any(|seat| match seat {
            Seat::Waiting(contender) | Seat::Has(contender, _) => {
                contender.is_revocation_requested()
            }
            Seat::Gone => false,
        })
    }
}
