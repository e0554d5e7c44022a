//! An election: one leads at a time, and each leader has a later token.

use std::time::Duration;

use zk_client::{Async, Error, ErrorCode};
use zk_recipes::{Candidate, LatchStatus, LeaderLatch};
use zk_sim::trial::{Actor, Story, Trouble};

const PATH: &str = "/leader";
const TERM: Duration = Duration::from_millis(50);

pub(crate) fn stories() -> Vec<Story> {
    vec![
        Story::new("election", PATH, lead).rival(lead).tolerates(read_only).wants(&[
            "led",
            "interrupted",
            "led again",
            "lost",
            "closed",
            "dropped",
        ]),
        Story::new("election, awaited", PATH, wait)
            .rival(wait)
            .tolerates(read_only)
            .wants(&["led", "closed", "dropped"]),
    ]
}

async fn join(actor: &Actor) -> Result<Candidate<Async>, Error> {
    let id = format!("client {}", actor.number());
    LeaderLatch::new(&actor.client(), PATH).id(id).join().await
}

/// Joins, leads for a while, and leaves.
async fn lead(actor: Actor) -> Result<(), Error> {
    let candidate = join(&actor).await?;
    let mut statuses = candidate.statuses();
    let mut status = statuses.next().await;
    let mut last = None;
    while let Some(present) = status {
        status = match present {
            LatchStatus::Leader(term) => {
                let held = actor.holds(PATH, &term.node, term.token);
                actor.count(if last == Some(term.token) { "led again" } else { "led" });
                last = Some(term.token);
                let next = actor.at_most(TERM, statuses.next()).await;
                drop(held);
                let Some(next) = next else { break };
                actor.count("interrupted");
                next
            }
            LatchStatus::Waiting | LatchStatus::Suspended => {
                if candidate.is_leader() && candidate.status() == present {
                    actor.fail("it leads without a term");
                }
                statuses.next().await
            }
            LatchStatus::Lost(_) => {
                actor.count("lost");
                statuses.next().await
            }
        };
    }
    leave(&actor, candidate).await
}

/// The same, for those who only wait until it is their turn.
async fn wait(actor: Actor) -> Result<(), Error> {
    let candidate = join(&actor).await?;
    let term = candidate.wait_leader().await?;
    let held = actor.holds(PATH, &term.node, term.token);
    actor.count("led");
    drop(held);
    leave(&actor, candidate).await
}

async fn leave(actor: &Actor, candidate: Candidate<Async>) -> Result<(), Error> {
    if actor.random(2) == 0 {
        actor.count("dropped");
        return Ok(());
    }
    candidate.close().await?;
    actor.count("closed");
    Ok(())
}

fn read_only(trouble: &Trouble, error: &Error) -> bool {
    *trouble == Trouble::Weather && error.code() == Some(ErrorCode::NotReadOnly)
}
