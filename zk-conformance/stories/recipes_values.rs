//! Values that several sessions share, and nodes that heal themselves, as recipes.

use zk_conformance::World;
use zk_recipes::{Counter, CounterLayout, Group, NodeStatus, PersistentNode, SharedValue};

use crate::zk::{Client, ErrorCode};

use crate::platform::answer;
use crate::support::{connect, is_refused, pipelined};

pub(crate) async fn a_value_is_shared(world: World) {
    let (zk, other) = (connect(&world).await, connect(&world).await);
    let ours = SharedValue::open(&zk, "/app/limit", "10").await.unwrap();
    let theirs = SharedValue::open(&other, "/app/limit", "20").await.unwrap();
    assert_eq!((&theirs.get().data[..], theirs.get().version), (&b"10"[..], 0));
    let mut updates = theirs.updates();
    assert_eq!(updates.next().await.unwrap().version, 0);
    let written = ours.set("30").await.unwrap();
    assert_eq!(updates.next().await, Some(written));
    let text = "setData /app/limit: version conflict";
    is_refused(ours.compare_and_set(0, "40"), ErrorCode::BadVersion, text).await;
    ours.compare_and_set(1, "40").await.unwrap();

    // What is known may be old: then it is asked twice.
    let updated = theirs.update(|present| [&present.data[..], b"!"].concat()).await.unwrap();
    assert_eq!((&updated.data[..], updated.version), (&b"40!"[..], 3));
    assert_eq!(zk.get("/app/limit").await.unwrap().data, "40!");
}

pub(crate) async fn sessions_count_together(world: World) {
    let (zk, other) = (connect(&world).await, connect(&world).await);
    let ours = answer(Counter::open(&pipelined(&zk), "/app/count")).await.unwrap();
    let theirs = answer(Counter::open(&pipelined(&other), "/app/count")).await.unwrap();
    let mut replies = Vec::new();
    for _ in 0..10 {
        replies.push(ours.increment());
        replies.push(theirs.increment());
    }
    let mut counts = Vec::new();
    for reply in replies {
        counts.push(answer(reply).await.unwrap());
    }
    counts.sort_unstable();
    assert_eq!(counts, (1..=20).collect::<Vec<i64>>());
    assert!(answer(ours.compare_and_set(20, -1)).await.unwrap());
    assert!(!answer(theirs.compare_and_set(20, 7)).await.unwrap());
    assert_eq!(theirs.get(), -1);
    assert_eq!(zk.get("/app/count").await.unwrap().data, &[0xff; 8][..]);

    let layout = CounterLayout::Text;
    let text = Counter::open_with(&zk, "/app/text", layout).await.unwrap();
    assert_eq!(text.add(12).await.unwrap(), 12);
    assert_eq!(zk.get("/app/text").await.unwrap().data, "12");
}

pub(crate) async fn a_node_that_is_deleted_is_there_again(world: World) {
    let (zk, other) = (connect(&world).await, connect(&world).await);
    let node = PersistentNode::builder(&zk, "/app/here").data("a").open().await.unwrap();
    node.set_data("b").await.unwrap();
    let mut statuses = node.statuses();
    let first = other.get("/app/here").await.unwrap().stat;
    assert_eq!(first.ephemeral_owner, zk.session_id());
    let czxid = first.czxid;
    assert_eq!(statuses.next().await, Some(NodeStatus::Present { czxid }));
    other.delete("/app/here").await.unwrap();
    assert_eq!(statuses.next().await, Some(NodeStatus::Missing));
    assert!(matches!(statuses.next().await, Some(NodeStatus::Present { .. })));
    let again = other.get("/app/here").await.unwrap();
    assert_eq!(again.data, "b");
    assert!(again.stat.czxid > czxid);
    node.close().await.unwrap();
    assert_eq!(zk.exists("/app/here").await.unwrap(), None);
}

pub(crate) async fn members_of_a_group_know_one_another(world: World) {
    let (zk, other): (Client, Client) = (connect(&world).await, connect(&world).await);
    let members = Group::new(&zk, "/group").members().await.unwrap();
    let mut updates = members.updates();
    assert!(updates.next().await.unwrap().is_empty());
    let member = Group::new(&other, "/group").join("a", "1").await.unwrap();
    assert_eq!(updates.next().await.unwrap()["a"], "1");
    member.set_data("2").await.unwrap();
    assert_eq!(updates.next().await.unwrap()["a"], "2");
    member.close().await.unwrap();
    assert!(updates.next().await.unwrap().is_empty());
    assert!(members.get().is_empty());
}
