//! A semaphore: never more leases than it has.

use std::time::Duration;

use zk_client::{Async, Error, ErrorCode};
use zk_recipes::{Leases, LockStatus, Semaphore};
use zk_sim::trial::{Actor, Story, Trouble};

const PATH: &str = "/sem";
const MOST: usize = 2;

pub(crate) fn stories() -> Vec<Story> {
    let story = |name, program: fn(Actor, usize) -> Play| {
        Story::new(name, PATH, move |actor| program(actor, 2))
            .rival(move |actor| program(actor, 1))
            .remains(|path| path == "/sem/locks" || path == "/sem/leases")
            .tolerates(read_only)
            .wants(&["granted", "released"])
    };
    vec![
        story("semaphore", |actor, wanted| Box::pin(take(actor, wanted))),
        story("semaphore, tried", |actor, wanted| Box::pin(try_to_take(actor, wanted)))
            .wants(&["busy"]),
    ]
}

type Play = std::pin::Pin<Box<dyn Future<Output = Result<(), Error>>>>;

fn semaphore(actor: &Actor) -> Semaphore<Async> {
    Semaphore::new(&actor.client(), PATH, MOST)
}

async fn take(actor: Actor, wanted: usize) -> Result<(), Error> {
    let wanted = if actor.random(3) == 0 { MOST + 1 - wanted } else { wanted };
    let leases = semaphore(&actor).acquire(wanted).await?;
    keep_and_give_back(&actor, leases).await
}

async fn try_to_take(actor: Actor, wanted: usize) -> Result<(), Error> {
    match semaphore(&actor).try_acquire(wanted).await? {
        Some(leases) => keep_and_give_back(&actor, leases).await,
        None => {
            actor.count("busy");
            Ok(())
        }
    }
}

async fn keep_and_give_back(actor: &Actor, leases: Leases<Async>) -> Result<(), Error> {
    actor.count("granted");
    let hold =
        |node: &zk_client::machine::Owned| actor.holds_one_of(MOST, PATH, &node.path, node.czxid);
    let held: Vec<_> = leases.nodes().iter().map(hold).collect();
    actor.at_most(Duration::from_millis(50), is_lost(actor, &leases)).await;
    drop(held);
    if actor.random(2) == 0 {
        drop(leases);
        return Ok(());
    }
    leases.release().await?;
    actor.count("released");
    Ok(())
}

/// Ends when they are lost.
async fn is_lost(actor: &Actor, leases: &Leases<Async>) {
    let mut statuses = leases.statuses();
    while let Some(status) = statuses.next().await {
        match status {
            LockStatus::Held => {}
            LockStatus::Suspended => {
                actor.count("suspended");
                return;
            }
            LockStatus::Lost(_) => {
                actor.count("lost");
                return;
            }
        }
    }
}

fn read_only(trouble: &Trouble, error: &Error) -> bool {
    *trouble == Trouble::Weather && error.code() == Some(ErrorCode::NotReadOnly)
}
