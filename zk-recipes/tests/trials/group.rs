//! Who is there, and who is told to be.

use std::collections::BTreeMap;
use std::time::Duration;

use zk_client::Error;
use zk_recipes::Group;
use zk_sim::trial::{Actor, Story};

const PLACE: &str = "/group";

pub(crate) fn stories() -> Vec<Story> {
    let story = Story::new("group", PLACE, join)
        .rival(join)
        .finale(all_is_known)
        .wants(&["joined", "seen"]);
    vec![story]
}

async fn join(actor: Actor) -> Result<(), Error> {
    let group = Group::new(&actor.client(), PLACE);
    let members = group.members().await?;
    let name = format!("member-{}", actor.number());
    let member = group.join(&name, "hello").await?;
    actor.count("joined");
    let is_seen = async {
        let mut updates = members.updates();
        while let Some(members) = updates.next().await {
            if members.contains_key(&name) {
                return true;
            }
        }
        false // the session is over
    };
    if actor.at_most(Duration::from_secs(5), is_seen).await == Some(true) {
        actor.count("seen");
    }
    member.close().await
}

/// Once all is quiet, the members are those that are there.
async fn all_is_known(actor: Actor) -> Result<(), Error> {
    let group = Group::new(&actor.client(), PLACE);
    let members = group.members().await?;
    let (here, there) = (group.join("a", "1").await?, group.join("b", "2").await?);
    here.set_data("3").await?;
    there.close().await?;
    actor.sleep(Duration::from_secs(1)).await;
    let expected: BTreeMap<_, _> = [("a".to_owned(), "3".into())].into();
    if *members.get() != expected {
        actor.fail(format!("the members are {members:?}"));
    }
    here.close().await
}
