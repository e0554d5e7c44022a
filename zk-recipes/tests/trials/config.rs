//! A configuration that several write, and that is never without a good value.

use std::time::Duration;

use zk_client::{Error, ErrorCode, ErrorKind, Outcome};
use zk_recipes::config::Config;
use zk_sim::trial::{Actor, Scene, Story, Trouble};

use crate::ledger::Ledger;

/// A world is to have moments of rest, too.
const PAUSE: Duration = Duration::from_millis(100);
const PLACE: &str = "/config";

pub(crate) fn stories() -> Vec<Story> {
    let written = Story::new("config", PLACE, write)
        .rival(write)
        .without(Trouble::TreeDeleted)
        .without(Trouble::TreeWritten)
        .tolerates(an_honest_doubt)
        .check(is_exact)
        .wants(&["written", "overtaken"]);
    let meddled = Story::new("config, meddled with", PLACE, write_anyhow)
        .rival(spoil)
        .tolerates(an_honest_doubt)
        .only_at_every_moment();
    vec![written, meddled]
}

/// Counts in it, as long as nobody else does.
async fn write(actor: Actor) -> Result<(), Error> {
    let (before, known) = write_twice(actor).await?;
    assert!(known >= before, "what was written is known");
    Ok(())
}

/// The same, where versions can begin anew.
async fn write_anyhow(actor: Actor) -> Result<(), Error> {
    write_twice(actor).await.map(drop)
}

/// Which version it wrote over at last, and which one it knew then.
async fn write_twice(actor: Actor) -> Result<(Option<i32>, Option<i32>), Error> {
    let config = Config::<_, i64>::watch(&actor.client(), PLACE).await?.or(0);
    let version = || config.value().expect("a default, at least").version();
    let mut before = None;
    for _ in 0..2 {
        config.sync().await?;
        let value = config.value().expect("a default, at least");
        before = value.version();
        match Ledger::count(actor.shared(), config.write(&(*value + 1), &value)).await {
            Ok(()) => actor.count("written"),
            Err(error) if is_overtaken(&error) => actor.count("overtaken"),
            Err(error) => return Err(error),
        }
        actor.sleep(PAUSE).await;
    }
    config.sync().await?;
    Ok((before, version()))
}

/// Writes what is no number: those who read keep the last one that was.
async fn spoil(actor: Actor) -> Result<(), Error> {
    let zk = actor.client();
    match zk.set(PLACE, "not a number").await {
        Ok(_) => write_anyhow(actor).await,
        Err(error) if error.code() == Some(ErrorCode::NoNode) => write_anyhow(actor).await,
        Err(error) => Err(error),
    }
}

fn is_overtaken(error: &Error) -> bool {
    let codes = [ErrorCode::BadVersion, ErrorCode::NodeExists, ErrorCode::NoNode];
    error.code().is_some_and(|code| codes.contains(&code))
}

fn an_honest_doubt(_: &Trouble, error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionLost { outcome: Outcome::Unknown, .. })
}

fn is_exact(scene: &Scene<'_>) -> Result<(), String> {
    let node = scene.tree().node(PLACE).ok_or("the configuration is gone")?;
    let data = node.data().unwrap_or_default();
    let count = str::from_utf8(&data).ok().and_then(|text| text.parse().ok());
    scene.shared::<Ledger>().borrow().check(count.ok_or("no number")?)
}
