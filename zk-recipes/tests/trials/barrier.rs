//! Barriers: nobody gets through a closed one, and all do once it is open.

use std::time::Duration;

use zk_client::{Error, ErrorCode, ErrorKind};
use zk_recipes::Barrier;
use zk_sim::trial::{Actor, Story, Trouble};

const GATE: &str = "/gates/a";

pub(crate) fn stories() -> Vec<Story> {
    let waiter = Story::new("barrier: waiter", GATE, wait)
        .before(close)
        .rival(open)
        .finale(open)
        .check(|scene| match scene.tree().node(GATE) {
            None => Ok(()),
            Some(_) => Err("it is closed".into()),
        })
        .only_at_every_moment();
    let keeper = Story::new("barrier: keeper", GATE, keep)
        .rival(wait)
        .finale(open)
        .without(Trouble::Deadline) // the rival waits in vain
        .only_at_every_moment();
    let weather = Story::new("barrier", GATE, round)
        .finale(open)
        .tolerates(|_, error| error.code() == Some(ErrorCode::NotReadOnly))
        .wants(&["through", "through after a while"])
        .only_in_weather();
    vec![waiter, keeper, weather]
}

/// What is known of the gate by those who do not go through.
#[derive(Debug, Default)]
struct Gate {
    /// The gate is closed for sure, for this time in a row.
    closed: Option<u64>,
    times: u64,
    /// Sessions whose request to open it was not answered. It can still be on its way when its client
    /// takes the session for over, and has another one: clocks leap.
    opening: Vec<i64>,
}

fn gate(actor: &Actor) -> Barrier<zk_client::Async> {
    Barrier::new(&actor.client(), GATE)
}

async fn close(actor: Actor) -> Result<(), Error> {
    gate(&actor).set().await?;
    let shared = actor.shared::<Gate>();
    let mut shared = shared.borrow_mut();
    shared.times += 1;
    let session = actor.client().session_id();
    if shared.opening.iter().all(|opening| *opening == session) {
        shared.closed = shared.closed.or(Some(shared.times)); // what one session asks is done in order
    }
    Ok(())
}

async fn open(actor: Actor) -> Result<(), Error> {
    actor.sleep(Duration::from_millis(700)).await;
    let (shared, session) = (actor.shared::<Gate>(), actor.client().session_id());
    shared.borrow_mut().closed = None;
    shared.borrow_mut().opening.push(session);
    gate(&actor).remove().await?;
    shared.borrow_mut().opening.pop();
    Ok(())
}

/// Goes through, which must not be while it is closed for sure.
async fn wait(actor: Actor) -> Result<(), Error> {
    let closed = actor.shared::<Gate>().borrow().closed;
    let begun = actor.now();
    let through = actor.at_most(Duration::from_secs(20), gate(&actor).wait()).await;
    let Some(result) = through else {
        actor.count("gave up");
        return Ok(());
    };
    result?;
    actor.count("through");
    if actor.now() > begun + Duration::from_millis(500) {
        actor.count("through after a while");
    }
    if closed.is_some() && actor.shared::<Gate>().borrow().closed == closed {
        // An error rather than a failure at once: who meddles with the node may be the reason.
        return Err(ErrorKind::Unanswered("it went through a closed gate".into()).into());
    }
    Ok(())
}

async fn keep(actor: Actor) -> Result<(), Error> {
    close(actor.clone()).await?;
    open(actor).await
}

async fn round(actor: Actor) -> Result<(), Error> {
    if actor.number() == 0 { keep(actor).await } else { wait(actor).await }
}
