//! Hands out what comes of the session, in order, and steps the machines.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, MutexGuard};

use zk_proto::sasl::Turn;
use zk_proto::{Admission, Error, ErrorKind, Event, Instant, State};

use super::cx::Watches;
use super::nested::Nest;
use super::run::{Progress, Run};
use super::{Cx, Input};
use crate::shared::{Command, Core, Shared, Token, Watcher};
use crate::slot::Slot;
use crate::states;

/// How much room for events is kept between two bursts.
const KEPT_EVENTS: usize = 4096;

#[derive(Default)]
pub(crate) struct Dispatch {
    /// Kept, so that its memory is.
    events: VecDeque<Event<Token, Watcher>>,
    machines: BTreeMap<u64, Seat>,
}

/// A machine, and what is its own.
struct Seat {
    machine: Box<dyn Run>,
    watches: Watches,
    paused: BTreeSet<u64>,
    life: Life,
}

/// How far a machine's life is.
enum Life {
    /// Not begun: what it asks for first may be refused.
    New,
    Running,
    /// It was told, which happens once. They wait for its end.
    Cancelled(Vec<Arc<Slot<Result<(), Error>>>>),
}

/// What the core has for us: taken under its lock, and used without.
enum Work {
    Events,
    Timer { key: u64, tag: u64 },
    Command(Command),
    Sasl(Turn),
}

impl Dispatch {
    /// Hands out and steps until nothing comes of it any more. Begins and ends with the core
    /// locked, which it is not in between.
    pub(crate) fn run<'a>(
        &mut self,
        shared: &'a Shared,
        mut core: MutexGuard<'a, Core>,
        now: Instant,
    ) -> MutexGuard<'a, Core> {
        while let Some(work) = self.take_work(&mut core, now) {
            drop(core);
            match work {
                Work::Events => {}
                Work::Timer { key, tag } => self.step(shared, key, Input::Timer { tag }),
                Work::Command(Command::Run(key, machine)) => {
                    self.begin(shared, key, machine);
                }
                Work::Command(Command::Call(key)) => self.step(shared, key, Input::Called),
                Work::Command(Command::Cancel(key)) => self.cancel(shared, key, None),
                Work::Command(Command::Stop(key, slot)) => self.cancel(shared, key, Some(slot)),
                Work::Sasl(turn) => {
                    let taken = turn.take();
                    let now = shared.now();
                    shared.lock().session.handle_turn(now, taken);
                }
            }
            while let Some(event) = self.events.pop_front() {
                self.hand_out(shared, event);
            }
            core = shared.lock();
            if !self.machines.is_empty() {
                core = self.refuse_if_over(shared, core);
            }
        }
        core
    }

    /// Runs a machine of a session that is over, which will not be driven any more. Returns a key
    /// that is nobody's.
    pub(crate) fn run_alone(shared: &Shared, machine: Box<dyn Run>) -> u64 {
        const NOBODY: u64 = 0;
        let mut alone = Self::default();
        alone.begin(shared, NOBODY, machine);
        while let Some(event) = alone.events.pop_front() {
            alone.hand_out(shared, event);
        }
        drop(alone.refuse_if_over(shared, shared.lock()));
        NOBODY
    }

    /// Gives back memory that is not in use.
    pub(crate) fn release(&mut self) {
        if self.events.is_empty() {
            self.events = VecDeque::new();
        }
    }

    /// What the core has for us. After a burst of events, their memory is given back.
    fn take_work(&mut self, core: &mut Core, now: Instant) -> Option<Work> {
        if self.events.capacity() > KEPT_EVENTS {
            self.events = VecDeque::new();
        }
        core.session.take_events(&mut self.events);
        if !self.events.is_empty() {
            return Some(Work::Events);
        }
        if core.timers.first().is_some_and(|(at, ..)| *at <= now) {
            return core.timers.pop_first().map(|(_, key, tag)| Work::Timer { key, tag });
        }
        if let Some(turn) = core.session.poll_turn() {
            return Some(Work::Sasl(turn));
        }
        let command = core.commands.pop_front();
        if core.commands.is_empty() {
            core.commands = VecDeque::new(); // machines are rare
        }
        command.map(Work::Command)
    }

    fn hand_out(&mut self, shared: &Shared, event: Event<Token, Watcher>) {
        match event {
            Event::Reply(Token::Caller(slot), answer) => slot.fill(answer),
            Event::Reply(Token::Auth(slot), answer) => slot.fill(answer.map(drop)),
            Event::Reply(Token::Machine { key, tag }, answer) => {
                self.step(shared, key, Input::Answer { tag, answer });
            }
            Event::Watch(Watcher::Queue(queue), news) => queue.push_news(news),
            Event::Watch(Watcher::Machine { key, tag, turn }, news) => {
                let seat = self.machines.get_mut(&key);
                if seat.is_some_and(|seat| seat.watches.take_news(tag, turn, &news)) {
                    self.step(shared, key, Input::Watch { tag, news: &news });
                }
            }
            Event::State(state) => self.announce(shared, state),
        }
    }

    fn announce(&mut self, shared: &Shared, state: State) {
        let core = shared.lock();
        let (id, over) = (core.session.id(), core.session.final_error());
        drop(core);
        shared.span.record("id", tracing::field::display(format_args!("{id:#x}")));
        match over.as_ref().map(Error::kind) {
            Some(ErrorKind::AuthFailed { reason, .. }) if state == State::AuthFailed => {
                tracing::warn!(id = format_args!("{id:#x}"), %reason, "{state}");
            }
            Some(_) | None => tracing::info!(id = format_args!("{id:#x}"), "{state}"),
        }
        states::publish(shared, state);
        for key in self.machines.keys().copied().collect::<Vec<_>>() {
            self.step(shared, key, Input::State(state));
            if state == State::Connected {
                self.wake_paused(shared, key);
            }
        }
        self.events.shrink_to_fit(); // there may be no other event for days
    }

    /// Something can be written now.
    fn wake_paused(&mut self, shared: &Shared, key: u64) {
        let Some(seat) = self.machines.get_mut(&key) else { return };
        for tag in std::mem::take(&mut seat.paused) {
            self.step(shared, key, Input::Timer { tag });
        }
    }

    fn begin(&mut self, shared: &Shared, key: u64, machine: Box<dyn Run>) {
        let (watches, paused) = (Watches::default(), BTreeSet::new());
        let seat = Seat { machine, watches, paused, life: Life::New };
        self.machines.insert(key, seat);
        self.step(shared, key, Input::Start);
    }

    /// Tells a machine to end, once; `waiting` hears when it has.
    fn cancel(&mut self, shared: &Shared, key: u64, waiting: Option<Arc<Slot<Result<(), Error>>>>) {
        let Some(seat) = self.machines.get_mut(&key) else {
            let over = shared.lock().session.final_error();
            waiting.into_iter().for_each(|slot| slot.fill(over.clone().map_or(Ok(()), Err)));
            return;
        };
        match &mut seat.life {
            Life::Cancelled(slots) => slots.extend(waiting),
            Life::New | Life::Running => {
                seat.life = Life::Cancelled(waiting.into_iter().collect());
                self.step(shared, key, Input::Cancel);
            }
        }
    }

    fn step(&mut self, shared: &Shared, key: u64, input: Input<'_>) {
        let Some(Seat { machine, watches, paused, life }) = self.machines.get_mut(&key) else {
            return;
        };
        let admission = match life {
            Life::New => {
                *life = Life::Running;
                Admission::IfRoom
            }
            Life::Running | Life::Cancelled(_) => Admission::Always,
        };
        let (view, events) = (machine.view(), &mut self.events);
        let nest = Nest::default();
        let mut cx = Cx { shared, key, view: &view, events, watches, paused, admission, nest };
        if let Progress::Ended(result) = machine.step(&mut cx, input) {
            self.end(shared, key, &result);
        }
    }

    /// Closes what a machine has left open.
    fn end(&mut self, shared: &Shared, key: u64, result: &Result<(), Error>) {
        let Some(Seat { watches, life, machine, .. }) = self.machines.remove(&key) else { return };
        drop(machine);
        watches.give_up(shared);
        shared.with(false, |core| {
            core.timers.retain(|(_, owner, _)| *owner != key);
            if core.timers.is_empty() {
                core.timers = BTreeSet::new(); // an empty set keeps a node
            }
        });
        if self.machines.is_empty() {
            self.machines = BTreeMap::new();
        }
        if let Life::Cancelled(waiting) = life {
            waiting.iter().for_each(|slot| slot.fill(result.clone()));
        }
    }

    /// What still waits when the session is over will wait for ever.
    fn refuse_if_over<'a>(
        &mut self,
        shared: &'a Shared,
        core: MutexGuard<'a, Core>,
    ) -> MutexGuard<'a, Core> {
        let error = core.session.final_error().filter(|_| !core.session.has_event());
        let Some(error) = error else { return core };
        drop(core);
        for Seat { machine, life, .. } in std::mem::take(&mut self.machines).into_values() {
            machine.refuse(error.clone());
            if let Life::Cancelled(waiting) = life {
                waiting.iter().for_each(|slot| slot.fill(Err(error.clone())));
            }
        }
        shared.lock()
    }
}
