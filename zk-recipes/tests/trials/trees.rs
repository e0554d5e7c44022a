//! Whole trees: walked, deleted, and paths that are to be there.

use std::collections::BTreeSet;

use zk_client::{Error, ErrorCode, Retry, Sync};
use zk_sim::trial::{Actor, Story, Trouble};

pub(crate) fn stories() -> Vec<Story> {
    let walk = Story::new("walk", "/w", walk)
        .before(plant)
        .rival(meddle)
        .tolerates(a_server_that_only_reads)
        .remains(|path| path.starts_with("/w/"))
        .clients(2..4) // each walk takes many requests
        .wants(&["walked"]);
    let delete = Story::new("delete_all", "/d", plant_and_delete)
        .rival(plant_and_delete)
        .tolerates(|_, error| error.code() == Some(ErrorCode::NotEmpty)) // they fight
        .tolerates(a_server_that_only_reads)
        .remains(|path| path.starts_with("/d/")) // by programs that were dropped
        .wants(&["deleted"])
        .check(|scene| match scene.tree().node("/d") {
            Some(_) => Err("it is still there".into()),
            None => Ok(()),
        });
    let ensure = Story::new("ensure", "/e", ensure)
        .rival(ensure)
        .tolerates(a_server_that_only_reads)
        .remains(|path| path.starts_with("/e/"))
        .check(|scene| match scene.tree().node("/e/a/b/c") {
            Some(_) => Ok(()),
            None => Err("it is not there".into()),
        });
    vec![walk, delete, ensure]
}

/// A tree that takes several requests of each kind.
fn paths() -> BTreeSet<String> {
    let leaves = |above: &str| (0..3).map(|number| format!("{above}/{number}")).collect::<Vec<_>>();
    let mut paths: BTreeSet<_> = leaves("/w").into_iter().collect();
    paths.extend(leaves("/w/1"));
    paths.extend(leaves("/w/1/2"));
    paths.insert("/w".into());
    paths
}

async fn plant(actor: Actor) -> Result<(), Error> {
    for path in paths() {
        actor.client().ensure(&path).await?;
    }
    Ok(())
}

/// Sees each node once, and all that are there from before it begins until it has ended.
async fn walk(actor: Actor) -> Result<(), Error> {
    actor.client().retrying(Retry::new().attempts(20)).call(Sync::new("/w")).await?;
    let began = actor.client().stats().last_zxid;
    let mut seen = BTreeSet::new();
    let mut walk = actor.client().walk("/w");
    while let Some(visited) = walk.next().await {
        let path = match visited {
            Err(error) if error.code() == Some(ErrorCode::NoNode) => return Ok(()), // no tree
            visited => visited?.path,
        };
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        assert!(path == "/w" || seen.contains(parent), "{path} before its parent");
        assert!(seen.insert(path.clone()), "{path} twice");
    }
    for path in paths().difference(&seen) {
        let stat = actor.client().exists(path).await;
        let was_there = matches!(stat, Ok(Some(stat)) if stat.czxid <= began);
        assert!(!was_there, "{path} was left out");
    }
    actor.count("walked");
    Ok(())
}

/// Another node comes and goes.
async fn meddle(actor: Actor) -> Result<(), Error> {
    actor.client().ensure("/w/1/more/below").await?;
    actor.client().delete_all("/w/1/more").await
}

async fn plant_and_delete(actor: Actor) -> Result<(), Error> {
    for path in ["/d/a/b", "/d/a/c", "/d/e"] {
        actor.client().ensure(path).await?;
    }
    actor.client().delete_all("/d").await?;
    actor.count("deleted");
    Ok(())
}

async fn ensure(actor: Actor) -> Result<(), Error> {
    actor.client().ensure("/e/a/b/c").await.map(drop)
}

/// In weather: to write, one has to wait until it can.
fn a_server_that_only_reads(trouble: &Trouble, error: &Error) -> bool {
    *trouble == Trouble::Weather && error.code() == Some(ErrorCode::NotReadOnly)
}
