//! Counting: what is told to have been counted was, once.

use std::time::Duration;

use zk_client::Error;
use zk_recipes::Counter;
use zk_sim::trial::{Actor, Scene, Story, Trouble};

use crate::ledger::Ledger;

/// A world is to have moments of rest, too.
const PAUSE: Duration = Duration::from_millis(100);
const PLACE: &str = "/counters/a";

pub(crate) fn stories() -> Vec<Story> {
    let exact = Story::new("counter", PLACE, count)
        .rival(count)
        .without(Trouble::TreeDeleted)
        .without(Trouble::TreeWritten)
        .check(is_exact)
        .wants(&["counted"]);
    let meddled = Story::new("counter_meddled", PLACE, count)
        .rival(count)
        .finale(begin_anew)
        .only_at_every_moment();
    vec![exact, meddled]
}

async fn count(actor: Actor) -> Result<(), Error> {
    for _ in 0..2 {
        let counter = Counter::open(&actor.client(), PLACE).await?;
        let answer = counter.increment();
        let count = Ledger::count(actor.shared(), answer).await?;
        actor.count("counted");
        assert!(counter.get() >= count, "it is known when it is told");
        actor.sleep(PAUSE).await;
    }
    Ok(())
}

/// Somebody wrote what is no count, perhaps.
async fn begin_anew(actor: Actor) -> Result<(), Error> {
    actor.client().create_all(PLACE, "").await.ok();
    actor.client().set(PLACE, "").await?;
    count(actor).await
}

fn is_exact(scene: &Scene<'_>) -> Result<(), String> {
    let node = scene.tree().node(PLACE).ok_or("the counter is gone")?;
    let data = node.data().unwrap_or_default();
    let count = (*data).try_into().map(i64::from_be_bytes).map_err(|_| "no count")?;
    scene.shared::<Ledger>().borrow().check(count)
}
