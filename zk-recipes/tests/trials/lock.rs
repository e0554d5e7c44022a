//! A lock, and who waits for it.

use std::time::Duration;

use zk_client::{Async, Error, ErrorCode};
use zk_recipes::{Lock, LockGuard, LockStatus};
use zk_sim::trial::{Actor, Story, Trouble};

const PATH: &str = "/locks/a";

pub(crate) fn stories() -> Vec<Story> {
    let granted = &["granted", "lost", "held again", "released"];
    vec![
        Story::new("lock", PATH, take_and_give_back)
            .rival(take_and_give_back)
            .tolerates(read_only)
            .wants(granted),
        Story::new("lock, tried", PATH, try_and_give_back)
            .rival(take_and_give_back)
            .tolerates(read_only)
            .wants(granted)
            .wants(&["busy"]),
        // Long enough for whoever is not told of a loss to be found.
        Story::new("lock, kept", PATH, keep)
            .tolerates(read_only)
            .wants(&["lost"])
            .only_at_every_moment(),
    ]
}

async fn take_and_give_back(actor: Actor) -> Result<(), Error> {
    let guard = Lock::new(&actor.client(), PATH).acquire().await?;
    keep_and_give_back(&actor, guard).await
}

async fn keep(actor: Actor) -> Result<(), Error> {
    let guard = Lock::new(&actor.client(), PATH).acquire().await?;
    let held = actor.holds(PATH, guard.node(), guard.fencing_token());
    actor.at_most(Duration::from_secs(30), is_lost(&actor, &guard)).await;
    drop(held);
    guard.release().await
}

async fn try_and_give_back(actor: Actor) -> Result<(), Error> {
    match Lock::new(&actor.client(), PATH).try_acquire().await? {
        Some(guard) => keep_and_give_back(&actor, guard).await,
        None => {
            actor.count("busy");
            Ok(())
        }
    }
}

async fn keep_and_give_back(actor: &Actor, guard: LockGuard<Async>) -> Result<(), Error> {
    actor.count("granted");
    let held = actor.holds(PATH, guard.node(), guard.fencing_token());
    actor.at_most(Duration::from_millis(50), is_lost(actor, &guard)).await;
    drop(held);
    if actor.random(2) == 0 {
        drop(guard);
        return Ok(());
    }
    guard.release().await?;
    actor.count("released");
    Ok(())
}

/// Ends when it is lost.
async fn is_lost(actor: &Actor, guard: &LockGuard<Async>) {
    let mut statuses = guard.statuses();
    let mut was_suspended = false;
    while let Some(status) = statuses.next().await {
        match status {
            LockStatus::Held if was_suspended => actor.count("held again"),
            LockStatus::Held => {}
            LockStatus::Suspended => was_suspended = true,
            LockStatus::Lost(_) => actor.count("lost"),
        }
    }
}

fn read_only(trouble: &Trouble, error: &Error) -> bool {
    *trouble == Trouble::Weather && error.code() == Some(ErrorCode::NotReadOnly)
}
