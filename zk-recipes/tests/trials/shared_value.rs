//! Values that are compared and set, and read by all.

use std::time::Duration;

use zk_client::{Error, ErrorKind, Outcome};
use zk_recipes::{Receipts, SharedValue, Versioned};
use zk_sim::trial::{Actor, Scene, Story, Trouble};

use crate::ledger::Ledger;

/// A world is to have moments of rest, too.
const PAUSE: Duration = Duration::from_millis(100);
const PLACE: &str = "/values/a";

pub(crate) fn stories() -> Vec<Story> {
    let with_receipts =
        Story::new("shared_value_with_receipts", PLACE, |actor| count_with(actor, Receipts::With))
            .rival(|actor| count_with(actor, Receipts::With))
            .without(Trouble::TreeDeleted)
            .without(Trouble::TreeWritten)
            .check(is_exact)
            .wants(&["written"]);
    let without = Story::new("shared_value", PLACE, count)
        .rival(count)
        .without(Trouble::TreeDeleted)
        .without(Trouble::TreeWritten)
        .tolerates(an_honest_doubt)
        .check(is_exact)
        .wants(&["written"]);
    let meddled = Story::new("shared_value_meddled", PLACE, count)
        .rival(set_and_count)
        .tolerates(an_honest_doubt)
        .only_at_every_moment();
    vec![with_receipts, without, meddled]
}

async fn count(actor: Actor) -> Result<(), Error> {
    count_with(actor, Receipts::Without).await
}

/// A number that is counted with, in digits.
async fn count_with(actor: Actor, receipts: Receipts) -> Result<(), Error> {
    let mut last = 0;
    for _ in 0..2 {
        let value = SharedValue::open_with(&actor.client(), PLACE, "0", receipts).await?;
        let mut updates = value.updates();
        let answer = value.update(|present| (number(present) + 1).to_string());
        let written = Ledger::count(actor.shared(), answer).await?;
        actor.count("written");
        assert!(value.get().mzxid >= written.mzxid, "it is known when it is told");
        while let Some(update) = updates.try_next() {
            assert!(update.mzxid >= last, "a reader went back");
            last = update.mzxid;
        }
        assert!(last >= written.mzxid, "a reader hears of it");
        actor.sleep(PAUSE).await;
    }
    Ok(())
}

async fn set_and_count(actor: Actor) -> Result<(), Error> {
    let value = SharedValue::open(&actor.client(), PLACE, "0").await?;
    value.set("7").await?;
    drop(value);
    count(actor).await
}

fn an_honest_doubt(_: &Trouble, error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionLost { outcome: Outcome::Unknown, .. })
}

fn number(value: &Versioned) -> i64 {
    str::from_utf8(&value.data).ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn is_exact(scene: &Scene<'_>) -> Result<(), String> {
    let node = scene.tree().node(PLACE).ok_or("the value is gone")?;
    let data = node.data().unwrap_or_default();
    let count = str::from_utf8(&data).ok().and_then(|text| text.parse().ok());
    scene.shared::<Ledger>().borrow().check(count.ok_or("no number")?)
}
