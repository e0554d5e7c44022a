//! Writes that are asked again: each is applied once if it is said to be, and otherwise not at all or
//! unknown.

use zk_client::{Error, ErrorCode, GetData, Outcome, Retry, SetData, Sync};
use zk_sim::trial::{Actor, Scene, Story, Trouble};

pub(crate) fn stories() -> Vec<Story> {
    let story = Story::new("retry", "/r", write)
        .before(|actor| async move { actor.client().ensure("/r").await.map(drop) })
        .rival(write)
        .without(Trouble::TreeWritten) // it counts writes
        .without(Trouble::TreeDeleted) // nobody makes it again
        .tolerates(|_, error| error.outcome() == Outcome::Unknown)
        .tolerates(|trouble, error| {
            *trouble == Trouble::Weather
                && [Some(ErrorCode::NotReadOnly), Some(ErrorCode::NoNode)].contains(&error.code())
        })
        .wants(&["written", "unknown"])
        .check(each_write_once);
    vec![story]
}

/// What was asked, and what became of it.
#[derive(Default)]
struct Book {
    written: i32,
    /// Perhaps written. A program that is dropped leaves one.
    unknown: i32,
}

async fn write(actor: Actor) -> Result<(), Error> {
    let zk = || actor.client().retrying(Retry::new().attempts(10));
    zk().call(Sync::new("/r")).await?; // a server may be behind
    let version = zk().call(GetData::new("/r")).await?.stat.version;
    let book = actor.shared::<Book>();
    book.borrow_mut().unknown += 1;
    let result = zk().call(SetData::new("/r", "x").version(version)).await;
    let is_known = match &result {
        Ok(_) => true,
        Err(error) => error.outcome() == Outcome::NotApplied,
    };
    book.borrow_mut().unknown -= i32::from(is_known);
    book.borrow_mut().written += i32::from(result.is_ok());
    actor.count(if result.is_ok() { "written" } else { "not written" });
    if !is_known {
        actor.count("unknown");
    }
    match result {
        Err(error) if error.code() == Some(ErrorCode::BadVersion) => Ok(()), // another was first
        result => result.map(drop),
    }
}

fn each_write_once(scene: &Scene<'_>) -> Result<(), String> {
    let Some(node) = scene.tree().node("/r") else { return Ok(()) };
    let (book, version) = (scene.shared::<Book>(), node.stat().version);
    let (written, unknown) = (book.borrow().written, book.borrow().unknown);
    if (written..=written + unknown).contains(&version) {
        return Ok(());
    }
    Err(format!("version {version} after {written} writes, and {unknown} that nobody knows of"))
}
