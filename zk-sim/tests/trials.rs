//! Stories that are well, and stories in which the trials have to find what is wrong.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use zk_client::{Create, Error, ErrorCode, ErrorKind};
use zk_sim::trial::{Actor, Story, Trouble, every_moment, weather};

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Is there, for a while: a node that is created and deleted.
async fn presence(actor: Actor) -> Result<(), Error> {
    let path = format!("/here/{}", actor.number());
    let zk = actor.client();
    let created = zk.call(Create::new(&path, "").ephemeral()).await;
    if let Err(error) = created
        && error.code() != Some(ErrorCode::NodeExists)
    {
        leave(&actor, &path).await;
        return Err(error);
    }
    actor.sleep(millis(100)).await;
    leave(&actor, &path).await;
    actor.count("was here");
    Ok(())
}

/// Deletes a node, whatever it takes.
async fn leave(actor: &Actor, path: &str) {
    while let Err(error) = actor.client().within(millis(10_000)).delete(path).await {
        if error.code() == Some(ErrorCode::NoNode) || actor.client().state().is_over() {
            return;
        }
    }
}

fn of_the_connection(_: &Trouble, error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionLost { .. } | ErrorKind::DeadlineExceeded(_) | ErrorKind::Server(_)
    )
}

fn story() -> Story {
    Story::new("presence", "/here", presence)
        .before(|actor| async move { actor.client().create("/here", "").await.map(drop) })
        .tolerates(of_the_connection)
        .without(Trouble::TreeDeleted)
        .never_dropped()
}

#[test]
fn a_story_that_cleans_up_survives_every_moment() {
    every_moment(&story());
}

#[test]
fn and_all_weather() {
    for seed in 0..20 {
        let report = weather(&story(), seed);
        assert_eq!(report.failure, None, "seed {seed}");
    }
}

#[test]
fn the_same_seed_makes_the_same_weather() {
    let trace = |seed| weather(&story(), seed).trace;
    assert_eq!(trace(30), trace(30));
    assert_ne!(trace(30), trace(31));
}

/// What is found to be wrong at every moment.
fn found(story: Story) -> String {
    let panic = catch_unwind(AssertUnwindSafe(|| every_moment(&story))).unwrap_err();
    panic.downcast_ref::<String>().unwrap().clone()
}

/// Asks for a lock as one should not: without looking whether the node of a lost answer is there.
async fn naive_lock(actor: Actor, believes_first: bool) -> Result<(), Error> {
    let zk = actor.client();
    let create = || zk.call(Create::new("/lock/n-", "").ephemeral_sequential());
    let mut created = create().await;
    while created.as_ref().is_err_and(|error| error.code().is_none() && !zk.state().is_over()) {
        created = create().await;
    }
    let path = created?;
    let czxid = zk.exists(&path).await?.map_or(0, |stat| stat.czxid);
    loop {
        let mut names: Vec<_> = zk.children("/lock").await?.iter().map(String::from).collect();
        names.sort();
        if believes_first || path.ends_with(&names[0]) {
            break;
        }
        actor.sleep(millis(200)).await;
    }
    let held = actor.holds("/lock", &path, czxid);
    actor.sleep(millis(50)).await;
    drop(held);
    zk.delete(&path).await
}

fn naive(believes_first: bool) -> Story {
    let program = move |actor| naive_lock(actor, believes_first);
    Story::new("naive lock", "/lock", program)
        .rival(program)
        .before(|actor| async move { actor.client().create("/lock", "").await.map(drop) })
        .tolerates(of_the_connection)
}

#[test]
fn a_node_of_a_lost_answer_is_found_since_the_rival_waits_for_ever() {
    let text = found(naive(false));
    assert!(text.contains("stuck"), "{text}");
    assert!(text.contains("1/"), "{text}");
}

#[test]
fn two_who_hold_the_same_are_found() {
    let text = found(naive(true));
    assert!(text.contains("/lock is held by more than 1"), "{text}");
}
