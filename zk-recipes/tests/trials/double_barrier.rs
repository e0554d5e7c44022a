//! Double barriers: nobody gets in before there are enough, and nobody out before all are ready to.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use zk_client::{Async, Error, ErrorKind, Instant};
use zk_recipes::DoubleBarrier;
use zk_sim::trial::{Actor, Story};

const PLACE: &str = "/steps/one";
/// `ready` stays if all have died that were inside.
const READY: &str = "/steps/one/ready";
/// How long the node of a program that is gone can be there still.
const LINGER: Duration = Duration::from_secs(30);

pub(crate) fn stories() -> Vec<Story> {
    let of_two = Story::new("double barrier", PLACE, |actor| round(actor, 2))
        .rival(|actor| round(actor, 2))
        .finale(finale)
        .only_at_every_moment();
    let of_three = Story::new("double barrier of three", PLACE, |actor| round(actor, 3))
        .rival(|actor| round(actor, 3))
        .rival(|actor| round(actor, 3))
        .finale(finale)
        .only_at_every_moment();
    let in_weather = Story::new("double barrier in weather", PLACE, |actor| round(actor, 2))
        .remains(|path| path == READY)
        .finale(finale)
        .wants(&["entered", "left"])
        .only_in_weather();
    vec![of_two, of_three, in_weather]
}

/// Who is where.
#[derive(Debug, Default)]
struct Places {
    last: u64,
    /// When each came, and when it was gone.
    visits: BTreeMap<u64, (Instant, Option<Instant>)>,
    inside: BTreeMap<u64, Trust>,
}

/// Whether a member that is inside was left there by somebody who should have waited for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    Kept,
    Betrayed,
}

/// A visit of a program, until it is dropped.
struct Visit {
    number: u64,
    actor: Actor,
    places: Rc<RefCell<Places>>,
}

impl Visit {
    fn begin(actor: &Actor) -> Self {
        let places = actor.shared::<Places>();
        let number = {
            let mut places = places.borrow_mut();
            places.last += 1;
            let number = places.last;
            places.visits.insert(number, (actor.now(), None));
            number
        };
        Self { number, actor: actor.clone(), places }
    }

    /// How many can have been there at the same time as this one.
    fn company(&self) -> usize {
        let places = self.places.borrow();
        let came = places.visits.get(&self.number).map_or(Instant::ORIGIN, |(came, _)| *came);
        let is_there = |gone: &Option<Instant>| gone.is_none_or(|gone| gone + LINGER >= came);
        places.visits.values().filter(|(_, gone)| is_there(gone)).count()
    }

    fn enter(&self) {
        self.places.borrow_mut().inside.insert(self.number, Trust::Kept);
    }

    fn others_inside(&self) -> Vec<u64> {
        let places = self.places.borrow();
        places.inside.keys().copied().filter(|number| *number != self.number).collect()
    }

    fn begin_to_leave(&self) -> Trust {
        self.places.borrow_mut().inside.remove(&self.number).unwrap_or(Trust::Betrayed)
    }

    /// It has left, and does not expect any of these to be inside still.
    fn leave(&self, others: &[u64]) {
        let mut places = self.places.borrow_mut();
        let left = places.inside.iter_mut().filter(|(number, _)| others.contains(number));
        left.for_each(|(_, trust)| *trust = Trust::Betrayed);
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let mut places = self.places.borrow_mut();
        places.inside.remove(&self.number);
        let now = self.actor.now();
        places.visits.entry(self.number).and_modify(|(_, gone)| *gone = Some(now));
    }
}

fn barrier(actor: &Actor, members: usize) -> DoubleBarrier<Async> {
    DoubleBarrier::new(&actor.client(), PLACE, members)
}

/// Enters, is inside for a while, and leaves. Nobody waits for ever for others, who may be gone.
async fn round(actor: Actor, members: usize) -> Result<(), Error> {
    let visit = Visit::begin(&actor);
    let entering = barrier(&actor, members).enter();
    let Some(inside) = actor.at_most(PATIENCE, entering).await else {
        actor.count("gave up");
        return Ok(());
    };
    let inside = inside?;
    actor.count("entered");
    if visit.company() < members {
        return Err(wrong("it got in before there were enough"));
    }
    visit.enter();
    actor.sleep(Duration::from_millis(20 + actor.random(600))).await;
    let others = visit.others_inside();
    let trust = visit.begin_to_leave();
    let Some(left) = actor.at_most(PATIENCE, inside.leave()).await else {
        actor.count("gave up");
        return Ok(());
    };
    left?;
    actor.count("left");
    visit.leave(&others);
    if trust == Trust::Betrayed {
        return Err(wrong("somebody did not wait for it"));
    }
    Ok(())
}

/// An error rather than a failure at once: who meddles with the nodes may be the reason.
fn wrong(what: &str) -> Error {
    ErrorKind::Unanswered(what.into()).into()
}

/// Two members of one session.
async fn finale(actor: Actor) -> Result<(), Error> {
    let barrier = barrier(&actor, 2);
    let (one, two) = (barrier.enter(), barrier.enter());
    let (one, two) = (one.await?, two.await?);
    let (one, two) = (one.leave(), two.leave());
    one.await?;
    two.await
}

const PATIENCE: Duration = Duration::from_secs(15);
