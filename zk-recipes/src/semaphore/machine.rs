//! Getting leases one after the other, while nobody else does.

use zk_client::machine::{Cx, Input, Machine, Owned, Split, Step};
use zk_client::{Error, Misuse};

use super::rule::Way;
use crate::Loss;
use crate::contender::{Contender, Entry, Patience, Standing, Stands};

/// As many machines as one can hold, but for one.
const MOST: usize = 2_000;

/// Stands in line until it is the only one who may take leases; takes them, one after the other,
/// and lets the next one in line. When it loses a lease, or gives up, it lets go of all.
#[derive(Debug)]
pub(super) struct Taker {
    line: Entry,
    lease: Entry,
    wanted: usize,
    most: usize,
    patience: Patience,
    /// The place in line, then the leases: those before, and the one that is next.
    seats: Vec<Seat>,
    state: Stage,
}

#[derive(Debug)]
enum Seat {
    Waiting(Contender<Way>),
    Has(Contender<Way>, Owned),
    Leaving(Contender<Way>),
    Gone,
}

#[derive(Debug)]
enum Stage {
    Taking,
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
    /// It has lost its place in line, or a lease, before it had all: it begins again.
    Again,
    Lost(Loss),
}

type Output = Result<Option<Vec<Owned>>, Error>;

/// Where the place in line is among the seats.
const LINE: usize = 0;

impl Seat {
    fn contender(&mut self) -> Option<&mut Contender<Way>> {
        match self {
            Self::Waiting(contender) | Self::Has(contender, _) | Self::Leaving(contender) => {
                Some(contender)
            }
            Self::Gone => None,
        }
    }

    /// Of one that is not about to go.
    fn standing(&self) -> Option<Standing> {
        match self {
            Self::Waiting(contender) | Self::Has(contender, _) => Some(contender.standing()),
            Self::Leaving(_) | Self::Gone => None,
        }
    }
}

impl Taker {
    pub(super) fn new(
        (line, lease): (Entry, Entry),
        (wanted, most): (usize, usize),
        patience: Patience,
    ) -> Self {
        let (seats, state) = (Vec::new(), Stage::Taking);
        Self { line, lease, wanted, most, patience, seats, state }
    }

    fn go_on(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        match &self.state {
            Stage::Taking => self.take(cx),
            Stage::Leaving(..) if self.seats.iter().all(|seat| matches!(seat, Seat::Gone)) => {
                self.finish(cx)
            }
            Stage::Holding | Stage::Leaving(..) => Step::Wait,
        }
    }

    /// Asks for what is next, or has all.
    fn take(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        if let Some(Seat::Waiting(_)) = self.seats.last() {
            return Step::Wait;
        }
        let next = self.seats.len();
        if next <= self.wanted {
            let contender = match next {
                LINE => Contender::new(self.line.clone(), Way::Line, self.patience),
                _ => Contender::new(self.lease.clone(), Way::Room(self.most), self.patience),
            };
            self.seats.push(Seat::Waiting(contender));
            return self.step_seat(cx, next, Input::Start);
        }
        if self.standing_of_leases() != Standing::Held {
            return Step::Wait; // until it is connected again
        }
        self.state = Stage::Holding;
        self.step_out_of_line(cx);
        let owned = |seat: &Seat| match seat {
            Seat::Has(_, own) => Some(own.clone()),
            Seat::Waiting(_) | Seat::Leaving(_) | Seat::Gone => None,
        };
        Step::Ready(Ok(Some(self.seats.iter().filter_map(owned).collect())))
    }

    /// The next one may take leases.
    fn step_out_of_line(&mut self, cx: &mut Cx<'_>) {
        if let Some(seat) = self.seats.get_mut(LINE) {
            *seat = match std::mem::replace(seat, Seat::Gone) {
                Seat::Waiting(contender) | Seat::Has(contender, _) | Seat::Leaving(contender) => {
                    Seat::Leaving(contender)
                }
                Seat::Gone => Seat::Gone,
            };
            self.reason_of(cx, LINE, Input::Cancel);
        }
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
            (Step::End(_) | Step::Done(_), Seat::Leaving(_)) if index == LINE => None,
            (Step::Done(Ok(_)), _) => Some(Reason::Busy),
            (Step::Done(Err(error)), _) => Some(Reason::Failed(error)),
            (Step::End(result), _) => {
                if let Stage::Leaving(_, trouble) = &mut self.state {
                    *trouble = std::mem::replace(trouble, Ok(())).and(result);
                }
                match (standing, &self.state) {
                    (Standing::Lost(loss), Stage::Holding) => Some(Reason::Lost(loss)),
                    (_, Stage::Taking) => Some(Reason::Again),
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
            (Stage::Taking | Stage::Holding, reason) => {
                self.state = Stage::Leaving(reason, Ok(()));
                // The place in line goes last: who is next finds the leases given back.
                (0..self.seats.len()).rev().for_each(|index| {
                    self.reason_of(cx, index, Input::Cancel);
                });
            }
        }
    }

    /// All are gone.
    fn finish(&mut self, cx: &mut Cx<'_>) -> Step<Output> {
        match std::mem::replace(&mut self.state, Stage::Taking) {
            Stage::Leaving(Reason::Again, _) => {
                self.seats.clear();
                self.take(cx)
            }
            Stage::Leaving(Reason::Busy, result) => Step::Done(result.map(|()| None)),
            Stage::Leaving(Reason::Failed(error), _) => Step::Done(Err(error)),
            Stage::Leaving(Reason::Lost(loss), result) => {
                self.state = Stage::Leaving(Reason::Lost(loss), Ok(()));
                Step::End(result)
            }
            Stage::Leaving(Reason::Cancelled, result) => Step::End(result),
            Stage::Taking | Stage::Holding => Step::Wait,
        }
    }

    /// That of the worst.
    fn standing_of_leases(&self) -> Standing {
        let mut all = Standing::Held;
        for standing in self.seats.iter().skip(1).filter_map(Seat::standing) {
            match standing {
                Standing::Held => {}
                Standing::Lost(_) => return standing,
                Standing::Suspended | Standing::Waiting => all = standing,
            }
        }
        all
    }

    /// Why there will never be so many.
    fn excess(&self) -> Option<Error> {
        let most = self.most.min(MOST);
        let wanted = self.wanted;
        let text = format!("{wanted} leases at once of a semaphore that has {most}");
        (wanted > most).then(|| Misuse::Text(text.into()).into())
    }
}

impl Machine for Taker {
    type Output = Output;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Output> {
        match input.split() {
            Split::Child(child, input) => {
                let index = usize::try_from(child).unwrap_or(usize::MAX);
                return self.step_seat(cx, index, input);
            }
            Split::Own(Input::Start) => {
                if let Some(error) = self.excess() {
                    return Step::Done(Err(error));
                }
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
                Input::Answer { .. } | Input::Watch { .. } | Input::Timer { .. } | Input::Called,
            ) => {}
        }
        self.go_on(cx)
    }
}

impl Stands for Taker {
    type Own = Vec<Owned>;

    fn standing(&self) -> Standing {
        match &self.state {
            Stage::Taking => Standing::Waiting,
            Stage::Holding => self.standing_of_leases(),
            Stage::Leaving(Reason::Lost(loss), _) => Standing::Lost(loss.clone()),
            Stage::Leaving(..) => Standing::Waiting,
        }
    }

    fn is_revocation_requested(&self) -> bool {
        self.seats.iter().skip(1).any(|seat| match seat {
            Seat::Waiting(contender) | Seat::Has(contender, _) | Seat::Leaving(contender) => {
                contender.is_revocation_requested()
            }
            Seat::Gone => false,
        })
    }
}
