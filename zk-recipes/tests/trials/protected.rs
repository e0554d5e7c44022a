//! Nodes that are created exactly once.

use std::time::Duration;

use zk_client::machine::ProtectedCreate;
use zk_client::{CreateMode, Error};
use zk_sim::trial::{Actor, Story, Trouble};

pub(crate) fn stories() -> Vec<Story> {
    let held = Story::new("l1_protected", "/locks", hold)
        .rival(hold)
        .wants(&["created"])
        .remains(|path| path == "/locks");
    // A persistent node outlives a session that ends before it knows of it.
    let kept = Story::new("protected_and_kept", "/jobs", keep)
        .rival(keep)
        .without(Trouble::Slept)
        .without(Trouble::Expired)
        .without(Trouble::CutOff)
        .without(Trouble::SessionClosed)
        .without(Trouble::DroppedAndExpired(0))
        .without(Trouble::DroppedAndExpired(2))
        .only_at_every_moment()
        .remains(|path| path.starts_with("/jobs/"))
        .check(|scene| {
            let kept = scene.shared::<Vec<String>>();
            let there = |path: &str| kept.borrow().iter().any(|kept| kept == path);
            let mut jobs = scene.tree().walk("/").map(|(path, _)| path);
            match jobs.find(|path| path.starts_with("/jobs/") && !there(path)) {
                Some(path) => Err(format!("nobody knows of {path}")),
                None => Ok(()),
            }
        });
    vec![held, kept]
}

/// A node of one's own for a while, which is gone when its guard is.
async fn hold(actor: Actor) -> Result<(), Error> {
    let create = ProtectedCreate::new("/locks", "x-", "", CreateMode::EphemeralSequential);
    let guard = actor.client().create_protected(create).await?;
    let held = actor.shares("/locks", &guard.owned().path, guard.owned().czxid);
    actor.count("created");
    actor.sleep(Duration::from_millis(20)).await;
    drop(held);
    guard.delete().await
}

async fn keep(actor: Actor) -> Result<(), Error> {
    let create = ProtectedCreate::new("/jobs", "x-", "", CreateMode::PersistentSequential);
    let job = actor.client().create_protected(create).await?.keep();
    actor.shared::<Vec<String>>().borrow_mut().push(job.path);
    Ok(())
}
