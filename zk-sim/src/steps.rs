//! One event after the other.

use std::ops::Range;
use std::task::Context;
use std::time::Duration;

use zk_client::Instant;

use crate::agenda::Event;
use crate::network::LinkId;
use crate::tasks::{Sleeper, Task};
use crate::world::World;

impl World {
    pub(crate) fn next_at(&mut self) -> Option<Instant> {
        self.admit();
        let alarm = self.time.next_alarm();
        alarm.into_iter().chain(self.agenda.next_at()).min()
    }

    /// Lets the next thing happen; says whether there was one.
    pub(crate) fn step(&mut self) -> bool {
        let Some(at) = self.next_at() else { return false };
        self.advance(at);
        if self.time.next_alarm().is_some_and(|alarm| alarm <= at) {
            self.time.ring();
        } else if let Some((_, event)) = self.agenda.take() {
            self.happen(event);
        }
        self.admit();
        true
    }

    /// Sets the clock. Where very much happens at one moment, somebody runs in circles.
    fn advance(&mut self, at: Instant) {
        if at > self.now() {
            self.clock.set(at);
            self.steps_at_once = 0;
        }
        self.steps_at_once += 1;
        if self.steps_at_once == AT_ONCE {
            self.violation(format!("{AT_ONCE} events at {at}: somebody runs in circles"));
        }
    }

    fn happen(&mut self, event: Event) {
        self.trace.moment(self.now());
        match event {
            Event::Wake(client) => {
                if !self.hosts[client].is_stopped {
                    self.hosts[client].is_called = false;
                    self.attend(client);
                }
            }
            Event::Timer(client) => {
                if !self.hosts[client].is_stopped {
                    self.tick(client);
                }
            }
            Event::Ready(client) => {
                if !self.hosts[client].is_stopped {
                    self.write(client);
                    self.read(client);
                }
            }
            Event::Task(task) => self.run_task(task),
            Event::Knock(link) => self.knocked(link),
            Event::Accepted(link) | Event::Refused(link) => {
                if !self.wait_if_stopped(link, event) {
                    self.answered(event, link);
                }
            }
            Event::Arrive(link, direction) => self.arrive(link, direction),
            Event::Resolved(client, lookup) => self.resolved(client, lookup),
            Event::GiveUp(link) => self.give_up(link),
            Event::Strike(number) => self.begin_strike(number),
            Event::Heal(number) => {
                let (strike, wound) = self.strikes[number].clone();
                self.heal_wound(&strike.fault, wound);
            }
            Event::Ensemble => self.ensemble_tick(),
        }
    }

    fn begin_strike(&mut self, number: usize) {
        let strike = self.strikes[number].0.clone();
        self.strikes[number].1 = self.strike(&strike.fault);
        self.agenda.note(self.now() + strike.lasts, Event::Heal(number));
        self.serve();
    }

    /// A process that is stopped learns of it later.
    fn wait_if_stopped(&mut self, link: LinkId, event: Event) -> bool {
        let client = self.network.link(link).map(|link| link.client);
        let is_stopped = client.is_some_and(|client| self.hosts[client].is_stopped);
        if is_stopped {
            self.agenda.note(self.now() + Duration::from_millis(100), event);
        }
        is_stopped
    }

    fn run_task(&mut self, number: u64) {
        let Some(mut task) = self.tasks.remove(&number) else { return };
        if task.process.is_some_and(|process| self.hosts[process].is_stopped) {
            self.tasks.insert(number, task);
            return;
        }
        task.call = 0;
        self.trace.number(number);
        let waker = task.waker.clone();
        if task.future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            self.tasks.insert(number, task);
        }
    }

    /// A process that was stopped goes on: all who were woken come now.
    pub(crate) fn wake_process(&mut self, client: usize) {
        let now = self.now();
        if self.hosts[client].is_called {
            self.agenda.note(now, Event::Wake(client));
        }
        let of_it = |(_, task): &(&u64, &Task)| task.process == Some(client) && task.call > 0;
        let mut called: Vec<_> =
            self.tasks.iter().filter(of_it).map(|(n, t)| (t.call, *n)).collect();
        called.sort_unstable();
        for (_, number) in called {
            self.agenda.note(now, Event::Task(number));
        }
    }

    /// Drops what goes on in a process: replies, watches, and whatever else its tasks hold.
    pub(crate) fn drop_tasks(&mut self, client: usize) {
        self.admit();
        let of_it: Vec<_> =
            self.tasks.iter().filter(|(_, task)| task.process == Some(client)).collect();
        let numbers: Vec<_> = of_it.into_iter().map(|(number, _)| *number).collect();
        for number in numbers {
            drop(self.tasks.remove(&number));
        }
    }

    /// How many tasks have not come to their end.
    pub(crate) fn tasks(&self) -> usize {
        self.tasks.len()
    }

    /// Ends everything that goes wrong.
    pub(crate) fn heal_everything(&mut self) {
        self.heal();
        for strike in 0..self.strikes.len() {
            let (strike, wound) = self.strikes[strike].clone();
            self.heal_wound(&strike.fault, wound);
        }
        (0..self.members).for_each(|member| self.engine.restart(self.now(), member));
        self.serve();
    }

    /// Notes when those come who were woken, and those who were born.
    fn admit(&mut self) {
        loop {
            let born = std::mem::take(&mut *self.time.nursery.borrow_mut());
            let woken = self.woken.take();
            if born.is_empty() && woken.is_empty() {
                return;
            }
            woken.into_iter().for_each(|sleeper| self.call(sleeper));
            for (process, future) in born {
                self.last_task += 1;
                let number = self.last_task;
                let waker = self.woken.waker(Sleeper::Task(number));
                self.calls += 1;
                self.tasks.insert(number, Task { future, waker, process, call: self.calls });
                self.agenda.note(self.now(), Event::Task(number)); // it begins at once
            }
        }
    }

    fn call(&mut self, sleeper: Sleeper) {
        let at = self.now() + self.slack();
        match sleeper {
            Sleeper::Main => self.is_main_called = true,
            Sleeper::Driver(client) => {
                if !std::mem::replace(&mut self.hosts[client].is_called, true) {
                    self.agenda.note(at, Event::Wake(client));
                }
            }
            Sleeper::Task(number) => {
                let Some(task) = self.tasks.get_mut(&number).filter(|task| task.call == 0) else {
                    return;
                };
                self.calls += 1;
                task.call = self.calls;
                // The tasks of a process have their turns in the order in which they were woken.
                let at = task.process.map_or(at, |process| {
                    let last = &mut self.hosts[process].last_turn;
                    *last = at.max(*last);
                    *last
                });
                self.agenda.note(at, Event::Task(number));
            }
        }
    }

    fn slack(&mut self) -> Duration {
        let Range { start, end } = self.scheduling;
        let span = u64::try_from(end.saturating_sub(start).as_nanos()).unwrap_or(u64::MAX);
        start + Duration::from_nanos(if span == 0 { 0 } else { self.rng.u64(0..span) })
    }
}

/// How much can happen at one moment.
const AT_ONCE: u32 = 100_000;
