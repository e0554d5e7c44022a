//! Who is to be told of what, and who was.

use std::collections::VecDeque;

use zk_proto::{AnyRequest, CheckWatches, ErrorCode, RemoveWatches, WatcherType};
use zk_server::tree::{Change, Tree};

use super::index::{Event, Index, Shown};
use super::sweep::Broken;
use super::watching::{Told, Watches};
use crate::{Report, Rule};

/// All connections that may be told of a change.
#[derive(Debug)]
pub(super) struct Audience<'h> {
    seats: Vec<Seat<'h>>,
    /// Which of them are taken.
    taken: Vec<usize>,
    index: &'h Index<'h>,
}

#[derive(Debug, Default)]
struct Seat<'h> {
    watches: Watches,
    /// What is to be told before the next answer.
    expected: VecDeque<Expected>,
    /// How many answers have come.
    shown: usize,
    /// What came after the last of them.
    last: VecDeque<Event<'h>>,
}

/// An event that is to come.
#[derive(Debug)]
struct Expected {
    /// 0 if the server does not tell.
    zxid: i64,
    told: Told,
    certainty: Certainty,
}

/// What is known of when an event is to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Certainty {
    /// After those before, before those after it.
    Sure,
    /// In any order with the others.
    AnyOrder,
}

impl<'h> Audience<'h> {
    pub(super) fn new(index: &'h Index<'h>) -> Self {
        let seats = index.connections.iter().map(|_| Seat::default()).collect();
        Self { seats, taken: Vec::new(), index }
    }

    /// A transaction has happened.
    pub(super) fn publish(
        &mut self,
        zxid: i64,
        changes: &[Change],
        certainty: Certainty,
    ) -> Result<(), Broken> {
        for number in std::mem::take(&mut self.taken) {
            let seat = &mut self.seats[number];
            seat.tell(zxid, changes, certainty);
            let is_over = seat.shown == self.index.connections[number].shown;
            if is_over {
                seat.meet_last()?;
            }
            if !is_over || !seat.last.is_empty() {
                self.taken.push(number);
            }
        }
        Ok(())
    }

    /// A transaction has happened, some time before: whoever has had an answer since then, and
    /// watched, had to be told of it by then.
    pub(super) fn publish_late(&mut self, zxid: i64, changes: &[Change]) {
        for number in &self.taken {
            let seat = &mut self.seats[*number];
            if seat.shown == self.index.connections[*number].shown {
                seat.tell(zxid, changes, Certainty::AnyOrder);
                let _ = seat.meet_last(); // in any order: nothing can be wrong
            }
        }
    }

    /// A request was answered that may be about watches.
    pub(super) fn note(
        &mut self,
        connection: usize,
        request: &AnyRequest<'_>,
        err: i32,
        tree: &Tree,
    ) -> Result<(), Broken> {
        let refused = ErrorCode::of_reply(err);
        let seat = &mut self.seats[connection];
        if let AnyRequest::CheckWatches(CheckWatches { path, kind, .. })
        | AnyRequest::RemoveWatches(RemoveWatches { path, kind, .. }) = request
        {
            seat.verify(*kind, path, refused)?;
        }
        let certainty = Certainty::Sure;
        for told in seat.watches.note(request, refused, tree) {
            seat.expected.push_back(Expected { zxid: 0, told, certainty });
        }
        Ok(())
    }

    /// A server has answered: by now, all is to have been told that there is to tell. Hands back
    /// an event that nothing is known to have caused.
    pub(super) fn meet(
        &mut self,
        shown: &'h Shown<'h>,
        report: &mut Report,
    ) -> Result<Option<Told>, Broken> {
        let expected = &mut self.seats[shown.connection].expected;
        let events = &shown.events;
        let (missing, extra) = differences(expected, events);
        if let Some(extra) = extra {
            return match missing {
                Some(missing) => Err((Rule::EventMissing, describe(&missing, shown.zxid))),
                None => Ok(Some(extra)),
            };
        }
        if let Some(missing) = missing {
            let rule = match self.comes_later(shown, &missing) {
                true => Rule::EventLate,
                false => Rule::EventMissing,
            };
            return Err((rule, describe(&missing, shown.zxid)));
        }
        let is_strict = expected.iter().all(|one| one.certainty == Certainty::Sure);
        for (expected, event) in expected.iter().zip(events).filter(|_| is_strict) {
            if expected.told != told(event) {
                return Err((Rule::EventOutOfOrder, describe(&expected.told, shown.zxid)));
            }
            if event.zxid > 0 && event.zxid != expected.zxid {
                let details = format!("{:?} by {:#x}", event.event, expected.zxid);
                return Err((Rule::EventWrongZxid, details));
            }
        }
        report.events += events.len();
        expected.clear();
        Ok(None)
    }

    /// This was answered: who has had all answers only waits for the events that came after it.
    pub(super) fn leave(&mut self, shown: &Shown<'h>) {
        let connection = &self.index.connections[shown.connection];
        let seat = &mut self.seats[shown.connection];
        if seat.shown == 0 {
            self.taken.push(shown.connection);
        }
        seat.shown += 1;
        if seat.shown == connection.shown {
            seat.last = connection.events.iter().copied().collect();
            if seat.last.is_empty() {
                self.taken.retain(|taken| *taken != shown.connection);
            }
        }
    }

    /// Nothing happens any more.
    pub(super) fn finish(&self) -> Result<(), (usize, Broken)> {
        let unheard = |connection: &'h super::index::Connection<'h>| match connection.shown {
            0 => connection.events.first(),
            _ => None,
        };
        let last = self.seats.iter().filter_map(|seat| seat.last.front());
        match last.chain(self.index.connections.iter().filter_map(unheard)).next() {
            Some(event) => {
                let details = format!("{:?}", event.event);
                Err((event.record, (Rule::EventUnexpected, details)))
            }
            None => Ok(()),
        }
    }

    /// Whether an event comes on this connection after all, before the next answer or at its end.
    fn comes_later(&self, shown: &Shown<'_>, missing: &Told) -> bool {
        let mut later =
            self.index.shown.iter().filter(|other| {
                other.connection == shown.connection && other.record > shown.record
            });
        let events = match later.next() {
            Some(next) => &next.events,
            None => &self.index.connections[shown.connection].events,
        };
        events.iter().any(|event| told(event) == *missing)
    }
}

impl Seat<'_> {
    fn tell(&mut self, zxid: i64, changes: &[Change], certainty: Certainty) {
        let Self { watches, expected, .. } = self;
        let mut tell = |told| expected.push_back(Expected { zxid, told, certainty });
        changes.iter().for_each(|change| watches.fire(change, &mut tell));
    }

    fn verify(
        &mut self,
        kind: WatcherType,
        path: &str,
        refused: Option<ErrorCode>,
    ) -> Result<(), Broken> {
        let is_there = self.watches.has(kind, path);
        match refused {
            None if !is_there => {}
            Some(ErrorCode::NoWatcher) if is_there => {}
            None | Some(_) => return Ok(()),
        }
        Err((Rule::WrongWatch, format!("{kind:?} of {path}: {refused:?}")))
    }

    /// What came after the last answer are the first of the events that were to come.
    fn meet_last(&mut self) -> Result<(), Broken> {
        while let Some(event) = self.last.front() {
            let Some(expected) = self.expected.pop_front() else { return Ok(()) };
            match expected.certainty {
                Certainty::Sure if expected.told == told(event) => drop(self.last.pop_front()),
                Certainty::Sure => {
                    return Err((Rule::EventMissing, describe(&expected.told, expected.zxid)));
                }
                Certainty::AnyOrder => {
                    let at = self.last.iter().position(|event| told(event) == expected.told);
                    at.and_then(|at| self.last.remove(at));
                }
            }
        }
        Ok(())
    }
}

/// The first event that is expected and has not come, and the first that has come and is not
/// expected.
fn differences(
    expected: &VecDeque<Expected>,
    events: &[Event<'_>],
) -> (Option<Told>, Option<Told>) {
    let mut missing: Vec<_> = expected.iter().map(|expected| &expected.told).collect();
    let mut extra = None;
    for event in events {
        let event = told(event);
        match missing.iter().position(|one| **one == event) {
            Some(at) => drop(missing.remove(at)),
            None => drop(extra.get_or_insert(event)),
        }
    }
    (missing.first().map(|told| (*told).clone()), extra)
}

fn told(event: &Event<'_>) -> Told {
    (event.event.kind, event.event.path.clone())
}

fn describe((kind, path): &Told, zxid: i64) -> String {
    format!("{kind:?} {path}, to be told by {zxid:#x}")
}
