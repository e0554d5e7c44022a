//! A node that is there again, whatever happens to it.

use std::time::Duration;

use zk_client::{Async, Error};
use zk_recipes::{NodeStatus, PersistentNode};
use zk_sim::trial::{Actor, Story};

const PLACE: &str = "/workers";

pub(crate) fn stories() -> Vec<Story> {
    let ephemeral = Story::new("persistent_node", PLACE, |actor| keep(actor, Kind::Ephemeral))
        .rival(|actor| keep(actor, Kind::Ephemeral))
        .wants(&["there", "again"]);
    // What does not go with a session stays when the session ends before its owner.
    let persistent =
        Story::new("persistent_node_that_stays", PLACE, |actor| keep(actor, Kind::Persistent))
            .remains(|path| path.starts_with("/workers/"))
            .wants(&["there", "again"]);
    let ttl = Story::new("persistent_node_with_ttl", PLACE, |actor| keep(actor, Kind::Ttl))
        .remains(|path| path.starts_with("/workers/"))
        .wants(&["there", "again"])
        .only_at_every_moment();
    vec![ephemeral, persistent, ttl]
}

#[derive(Clone, Copy)]
enum Kind {
    Ephemeral,
    Persistent,
    Ttl,
}

/// Has a node, loses it to somebody, and has it again.
async fn keep(actor: Actor, kind: Kind) -> Result<(), Error> {
    let path = format!("{PLACE}/{}", actor.number());
    let builder = PersistentNode::builder(&actor.client(), &path).data("here");
    let builder = match kind {
        Kind::Ephemeral => builder,
        Kind::Persistent => builder.persistent(),
        Kind::Ttl => builder.ttl(Duration::from_secs(30)),
    };
    let node = builder.open().await?;
    actor.count("there");
    let NodeStatus::Present { czxid: first } = node.status() else {
        return node.close().await;
    };
    let deleted = actor.client().delete_all(&path).await;
    // It comes back as soon as the network lets it: all programs have to end soon after all is well.
    if deleted.is_ok() && comes_back(&node, first).await {
        actor.count("again");
    }
    node.set_data("there").await?;
    node.close().await
}

/// Whether it is there again, and not because the session is over.
async fn comes_back(node: &PersistentNode<Async>, first: i64) -> bool {
    let mut statuses = node.statuses();
    while let Some(status) = statuses.next().await {
        if matches!(status, NodeStatus::Present { czxid } if czxid > first) {
            return true;
        }
    }
    false
}
