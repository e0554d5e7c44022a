//! Leader election.

use std::time::Duration;

use zk_conformance::World;
use zk_recipes::{LatchStatus, LeaderLatch, LeaderSelector};

use crate::support::connect;
use crate::zk::ErrorKind;

pub(crate) async fn candidates_lead_in_the_order_in_which_they_joined(world: World) {
    let (zk, other) = (connect(&world).await, connect(&world).await);
    let election = LeaderLatch::new(&zk, "/leader").id("one");
    let one = election.join().await.unwrap();
    let first = one.wait_leader().await.unwrap();
    let two = LeaderLatch::new(&other, "/leader").id("two");
    let hasty = two.within(Duration::from_millis(100)).join().await.unwrap();
    let error = hasty.wait_leader().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::DeadlineExceeded(_)), "{error}");
    hasty.close().await.unwrap();
    let two = two.join().await.unwrap();
    let mut statuses = two.statuses();
    assert_eq!(statuses.next().await, Some(LatchStatus::Waiting));
    assert!(one.is_leader() && !two.is_leader());
    let mut ids = Vec::new();
    for candidate in election.candidates().await.unwrap() {
        ids.push(String::from_utf8(candidate.node.data.to_vec()).unwrap());
    }
    assert_eq!(ids, ["one", "two"]);

    zk.call(first.fence().create("/written", "by one")).await.unwrap();
    one.close().await.unwrap();
    let second = two.wait_leader().await.unwrap();
    assert!(second.token > first.token);
    assert_eq!(statuses.next().await, Some(LatchStatus::Leader(second)));
    let error = zk.call(first.fence().set("/written", "too late")).await.unwrap_err();
    assert_eq!(error.failed_operation(), Some(0));
    two.close().await.unwrap();
    assert_eq!(election.leader().await.unwrap(), None);
}

pub(crate) async fn with_a_selector_candidates_take_turns(world: World) {
    let (zk, other) = (connect(&world).await, connect(&world).await);
    let one = LeaderSelector::new(&zk, "/leader").id("one");
    let two = LeaderSelector::new(&other, "/leader").id("two");
    let mut last = 0;
    for _ in 0..3 {
        for candidate in [&one, &two] {
            let leadership = candidate.lead().await.unwrap();
            assert!(leadership.is_held() && leadership.fencing_token() > last);
            last = leadership.fencing_token();
            leadership.release().await.unwrap();
        }
    }
}
