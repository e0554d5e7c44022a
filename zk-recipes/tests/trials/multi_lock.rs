//! Several locks as one.

use std::time::Duration;

use zk_client::{Async, Error, ErrorCode};
use zk_recipes::{Lock, LockStatus, MultiGuard, MultiLock};
use zk_sim::trial::{Actor, Story, Trouble};

const PATH: &str = "/locks";
const PATHS: [&str; 3] = ["/locks/a", "/locks/b", "/locks/c"];

pub(crate) fn stories() -> Vec<Story> {
    vec![
        story("multi-lock", all).rival(one).wants(&["had all", "had one"]).only_at_every_moment(),
        story("multi-lock, tried", try_all)
            .rival(one)
            .wants(&["had all", "busy"])
            .only_at_every_moment(),
        story("multi-lock in weather", any)
            .wants(&["had all", "had one", "busy", "lost"])
            .only_in_weather(),
    ]
}

fn story<F>(name: &'static str, program: impl Fn(Actor) -> F + Send + Sync + 'static) -> Story
where
    F: Future<Output = Result<(), Error>> + 'static,
{
    let remains = |path: &str| PATHS.contains(&path); // the locks that somebody has wanted
    Story::new(name, PATH, program).tolerates(read_only).remains(remains)
}

async fn any(actor: Actor) -> Result<(), Error> {
    match actor.random(4) {
        0 => one(actor).await,
        1 => try_all(actor).await,
        _ => all(actor).await,
    }
}

async fn all(actor: Actor) -> Result<(), Error> {
    let guard = MultiLock::new(&actor.client(), PATHS).acquire().await?;
    keep_all(&actor, guard).await
}

async fn try_all(actor: Actor) -> Result<(), Error> {
    match MultiLock::new(&actor.client(), PATHS).try_acquire().await? {
        Some(guard) => keep_all(&actor, guard).await,
        None => {
            actor.count("busy");
            Ok(())
        }
    }
}

async fn keep_all(actor: &Actor, guard: MultiGuard<Async>) -> Result<(), Error> {
    actor.count("had all");
    let nodes = PATHS.iter().zip(guard.nodes()).zip(guard.fencing_tokens());
    let held: Vec<_> = nodes.map(|((path, node), token)| actor.holds(path, node, token)).collect();
    assert_eq!(held.len(), PATHS.len());
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
    guard.release().await
}

/// Wants the one in the middle, alone.
async fn one(actor: Actor) -> Result<(), Error> {
    let guard = Lock::new(&actor.client(), PATHS[1]).acquire().await?;
    let held = actor.holds(PATHS[1], guard.node(), guard.fencing_token());
    actor.count("had one");
    actor.sleep(Duration::from_millis(20)).await;
    drop(held);
    guard.release().await
}

fn read_only(trouble: &Trouble, error: &Error) -> bool {
    *trouble == Trouble::Weather && error.code() == Some(ErrorCode::NotReadOnly)
}
