//! A lock that readers share, and writers do not.

use std::time::Duration;

use zk_client::machine::Again;
use zk_client::{Async, Error, ErrorCode};
use zk_recipes::{LockGuard, LockStatus, ReadWriteLock};
use zk_sim::trial::{Actor, Held, Story, Trouble};

const PATH: &str = "/locks/rw";

pub(crate) fn stories() -> Vec<Story> {
    vec![
        Story::new("read/write lock, read", PATH, read)
            .rival(write)
            .rival(read)
            .tolerates(explained)
            .wants(&["read"])
            .only_at_every_moment(),
        Story::new("read/write lock, write", PATH, write)
            .rival(read)
            .tolerates(explained)
            .wants(&["wrote"])
            .only_at_every_moment(),
        Story::new("read/write lock, write and read on", PATH, downgrade)
            .rival(write)
            .rival(read)
            .tolerates(explained)
            .wants(&["downgraded"])
            .only_at_every_moment(),
        Story::new("read/write lock", PATH, any)
            .tolerates(explained)
            .wants(&["read", "wrote", "downgraded", "busy", "lost"])
            .only_in_weather(),
    ]
}

async fn any(actor: Actor) -> Result<(), Error> {
    match actor.random(5) {
        0 => write(actor).await,
        1 => downgrade(actor).await,
        2 => try_to(actor).await,
        _ => read(actor).await,
    }
}

fn lock(actor: &Actor) -> ReadWriteLock<Async> {
    ReadWriteLock::new(&actor.client(), PATH)
}

async fn read(actor: Actor) -> Result<(), Error> {
    let guard = lock(&actor).read().await?;
    let held = actor.shares(PATH, guard.node(), guard.fencing_token());
    actor.count("read");
    keep(&actor, &guard, held).await;
    guard.release().await
}

async fn write(actor: Actor) -> Result<(), Error> {
    let guard = lock(&actor).write().await?;
    let held = actor.holds(PATH, guard.node(), guard.fencing_token());
    actor.count("wrote");
    keep(&actor, &guard, held).await;
    guard.release().await
}

async fn try_to(actor: Actor) -> Result<(), Error> {
    if actor.random(2) == 0 {
        let Some(guard) = lock(&actor).try_write().await? else {
            actor.count("busy");
            return Ok(());
        };
        let held = actor.holds(PATH, guard.node(), guard.fencing_token());
        keep(&actor, &guard, held).await;
    } else if let Some(guard) = lock(&actor).try_read().await? {
        let held = actor.shares(PATH, guard.node(), guard.fencing_token());
        keep(&actor, &guard, held).await;
    }
    Ok(())
}

/// Writes, and goes on reading with no other writer in between.
async fn downgrade(actor: Actor) -> Result<(), Error> {
    let writer = lock(&actor).write().await?;
    let held = actor.holds(PATH, writer.node(), writer.fencing_token());
    actor.sleep(Duration::from_millis(5)).await;
    let reader = writer.read().await?;
    assert_eq!(reader.fencing_token(), writer.fencing_token());
    let Some(czxid) = created(&actor, reader.node()).await? else {
        return Ok(()); // somebody has deleted it
    };
    drop(held);
    let held = actor.shares(PATH, reader.node(), czxid);
    writer.release().await?;
    actor.count("downgraded");
    keep(&actor, &reader, held).await;
    Ok(())
}

/// When a node was created.
async fn created(actor: &Actor, node: &str) -> Result<Option<i64>, Error> {
    loop {
        match actor.client().exists(node).await {
            Err(error) if Again::after(&error) == Again::Now => {}
            result => return result.map(|stat| Some(stat?.czxid)),
        }
    }
}

/// Keeps it for a while, or until it is lost.
async fn keep(actor: &Actor, guard: &LockGuard<Async>, held: Held) {
    let mut statuses = guard.statuses();
    let lost = async {
        while let Some(status) = statuses.next().await {
            if let LockStatus::Lost(_) = status {
                actor.count("lost");
            }
        }
    };
    actor.at_most(Duration::from_millis(30), lost).await;
    drop(held);
}

/// Who was to go on reading is told that it could not: its writer's node was gone.
fn explained(trouble: &Trouble, error: &Error) -> bool {
    let code = error.code();
    *trouble == Trouble::Weather
        && (code == Some(ErrorCode::NotReadOnly) || code == Some(ErrorCode::NoNode))
}
