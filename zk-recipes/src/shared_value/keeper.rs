//! The machine behind a shared value.

use bytes::Bytes;
use zk_client::Error;
use zk_client::machine::{Cx, Input, Letters, Machine, Split, Step, Topic};

use super::desk::Desk;
use super::known::{Known, Read};
use super::letter::Letter;
use super::look::{Look, Seen};
use super::{Receipts, Versioned};

const LOOK: u64 = 0;
const DESK: u64 = 1;

/// Knows what a node holds, and writes it for its owners, one wish after the other.
pub(crate) struct Keeper<V> {
    look: Look,
    desk: Desk,
    phase: Phase<V>,
}

enum Phase<V> {
    /// It was never read. When it is, this makes of it what readers want.
    Opening(Read<V>),
    Open(Known<V>),
    Leaving,
}

impl<V: Clone + PartialEq + Send + 'static> Keeper<V> {
    pub(crate) fn new(
        path: &str,
        seed: Bytes,
        receipts: Receipts,
        letters: Letters<Letter>,
        read: Read<V>,
    ) -> Self {
        let desk = Desk::new(path, receipts, letters);
        Self { look: Look::new(path, seed), desk, phase: Phase::Opening(read) }
    }

    fn is_seen(&mut self, cx: &mut Cx<'_>, seen: Seen) -> Step<Result<Topic<V>, Error>> {
        match (seen, std::mem::replace(&mut self.phase, Phase::Leaving)) {
            (Seen::Node(node), Phase::Opening(read)) => {
                return match Known::new(Versioned::of(&node), read) {
                    Ok((known, topic)) => {
                        self.phase = Phase::Open(known);
                        Step::Ready(Ok(topic))
                    }
                    Err(error) => Step::Done(Err(error)),
                };
            }
            (Seen::Trouble(error), Phase::Opening(_)) => return Step::Done(Err(error)),
            (Seen::Node(node), Phase::Open(mut known)) => {
                known.learn(Versioned::of(&node));
                self.desk.is_there(&mut cx.nested(DESK), &known);
                self.phase = Phase::Open(known);
            }
            (Seen::Trouble(error), Phase::Open(known)) => {
                self.desk.is_not_there(error);
                self.phase = Phase::Open(known);
            }
            (_, phase) => self.phase = phase,
        }
        Step::Wait
    }

    fn serve(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Result<Topic<V>, Error>> {
        match &mut self.phase {
            Phase::Opening(_) => {}
            Phase::Open(known) => {
                self.desk.step(&mut cx.nested(DESK), input, known);
                if self.desk.misses_the_node() {
                    self.look.read(&mut cx.nested(LOOK));
                }
            }
            Phase::Leaving => {
                if let Step::End(result) = self.desk.is_leaving(&mut cx.nested(DESK), input) {
                    return Step::End(result);
                }
            }
        }
        Step::Wait
    }

    fn cancel(&mut self, cx: &mut Cx<'_>) -> Step<Result<Topic<V>, Error>> {
        self.phase = Phase::Leaving;
        match self.desk.leave(&mut cx.nested(DESK)) {
            Step::End(result) => Step::End(result),
            Step::Wait | Step::Ready(()) | Step::Done(()) => Step::Wait,
        }
    }
}

impl<V: Clone + PartialEq + Send + 'static> Machine for Keeper<V> {
    type Output = Result<Topic<V>, Error>;

    fn step(&mut self, cx: &mut Cx<'_>, input: Input<'_>) -> Step<Self::Output> {
        match input.split() {
            Split::Child(LOOK, input) => {
                let seen = self.look.step(&mut cx.nested(LOOK), input);
                let step = self.is_seen(cx, seen);
                if matches!(step, Step::Wait) { self.serve(cx, Input::Called) } else { step }
            }
            Split::Child(_, input) => self.serve(cx, input),
            Split::Own(Input::Start) => {
                self.look.read(&mut cx.nested(LOOK));
                Step::Wait
            }
            Split::Own(input @ (Input::Called | Input::State(_))) => {
                self.look.try_again(&mut cx.nested(LOOK));
                self.serve(cx, input)
            }
            Split::Own(Input::Cancel) => self.cancel(cx),
            Split::Own(Input::Answer { .. } | Input::Watch { .. } | Input::Timer { .. }) => {
                Step::Wait
            }
        }
    }
}
