//! A contender, and what its owner sees of it.

use zk_client::machine::{Cx, Input, Machine, Step};
use zk_client::{Client, Error, Mode};

use super::hold::Hold;
use super::status::Board;
use crate::contender::Stands;

/// Waits until it has what it contends for, however long it takes; `wrap` makes of it what the
/// caller gets.
pub(crate) fn acquire<M: Mode, S: Stands, T: Send + 'static>(
    client: &Client<M>,
    waiting: &Client<M>,
    contender: S,
    wrap: impl FnOnce(S::Own, Hold<M>) -> T + Send + 'static,
) -> M::Output<T> {
    let (board, window) = Board::new();
    let client = client.clone();
    let machine = Patient(Visible { contender, board });
    waiting.host(machine, |own, task| wrap(own, Hold { window, task, client }))
}

/// The same if nobody has it; otherwise nothing.
pub(crate) fn try_acquire<M: Mode, S: Stands, T: Send + 'static>(
    client: &Client<M>,
    waiting: &Client<M>,
    contender: S,
    wrap: impl FnOnce(S::Own, Hold<M>) -> T + Send + 'static,
) -> M::Output<Option<T>> {
    let (board, window) = Board::new();
    let client = client.clone();
    waiting.host(Visible { contender, board }, |own: Option<S::Own>, task| {
        own.map(|own| wrap(own, Hold { window, task, client }))
    })
}

/// A contender that shows where it stands.
#[derive(Debug)]
struct Visible<S> {
    contender: S,
    board: Board,
}

impl<S: Stands> Machine for Visible<S> {
    type Output = Result<Option<S::Own>, Error>;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Self::Output> {
        let step = self.contender.step(cx, input);
        let is_revocation_requested = self.contender.is_revocation_requested();
        self.board.show(self.contender.standing(), is_revocation_requested);
        step
    }
}

/// The same, of endless patience.
#[derive(Debug)]
struct Patient<S>(Visible<S>);

impl<S: Stands> Machine for Patient<S> {
    type Output = Result<S::Own, Error>;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Self::Output> {
        match self.0.step(cx, input) {
            Step::Wait => Step::Wait,
            Step::Ready(Ok(Some(own))) => Step::Ready(Ok(own)),
            Step::Done(Ok(Some(own))) => Step::Done(Ok(own)),
            Step::Ready(Err(error)) | Step::Done(Err(error)) => Step::Done(Err(error)),
            Step::Ready(Ok(None)) | Step::Done(Ok(None)) => Step::End(Ok(())), // only the hurried
            Step::End(result) => Step::End(result),
        }
    }
}
