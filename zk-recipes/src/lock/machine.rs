//! A contender, and what its owner sees of it.

use zk_client::machine::{Cx, Input, Machine, Owned, Step};
use zk_client::{Client, Error, Mode};

use super::LockGuard;
use super::status::Board;
use crate::contender::{Contender, Entry, Patience, Rule};

/// Waits for a lock, however long it takes.
pub(crate) fn acquire<M: Mode>(
    (client, waiting): (&Client<M>, &Client<M>),
    entry: Entry,
    rule: impl Rule,
) -> M::Output<LockGuard<M>> {
    let (board, window) = Board::new();
    let contender = Contender::new(entry, rule, Patience::Endless);
    let client = client.clone();
    let machine = Acquire(Visible { contender, board });
    waiting.host(machine, |own, task| LockGuard { own, window, task, client })
}

/// Takes a lock if nobody has it.
pub(crate) fn try_acquire<M: Mode>(
    (client, waiting): (&Client<M>, &Client<M>),
    entry: Entry,
    rule: impl Rule,
) -> M::Output<Option<LockGuard<M>>> {
    let (board, window) = Board::new();
    let contender = Contender::new(entry, rule, Patience::None);
    let client = client.clone();
    waiting.host(Visible { contender, board }, |own: Option<Owned>, task| {
        own.map(|own| LockGuard { own, window, task, client })
    })
}

/// A contender that shows where it stands.
#[derive(Debug)]
struct Visible<R> {
    contender: Contender<R>,
    board: Board,
}

impl<R: Rule> Machine for Visible<R> {
    type Output = Result<Option<Owned>, Error>;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Self::Output> {
        let step = self.contender.step(cx, input);
        let is_revocation_requested = self.contender.is_revocation_requested();
        self.board.show(self.contender.standing(), is_revocation_requested);
        step
    }
}

/// The same, of endless patience.
#[derive(Debug)]
struct Acquire<R>(Visible<R>);

impl<R: Rule> Machine for Acquire<R> {
    type Output = Result<Owned, Error>;

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
