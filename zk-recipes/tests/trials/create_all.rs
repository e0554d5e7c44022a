//! Nodes with their parents.

use zk_client::{Error, ErrorCode, ErrorKind};
use zk_sim::trial::{Actor, Story, Trouble};

pub(crate) fn stories() -> Vec<Story> {
    let story = Story::new("create_all", "/a", create)
        .tolerates(a_lost_connection)
        .remains(|path| path == "/a/b" || path == "/a/b/c")
        .check(|scene| match scene.tree().node("/a/b/c") {
            Some(_) => Ok(()),
            None => Err("the node is not there".into()),
        });
    vec![story]
}

async fn create(actor: Actor) -> Result<(), Error> {
    match actor.client().create_all("/a/b/c", "").await {
        Err(error) if error.code() == Some(ErrorCode::NodeExists) => Ok(()),
        result => result.map(drop),
    }
}

/// It does not try again by itself.
fn a_lost_connection(_: &Trouble, error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionLost { .. })
        || error.code() == Some(ErrorCode::NotReadOnly)
}
