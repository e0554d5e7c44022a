//! Barriers and double barriers.

use zk_conformance::World;
use zk_recipes::{Barrier, DoubleBarrier};

use crate::platform::{Task, join, spawn};
use crate::support::connect;

pub(crate) async fn all_wait_at_a_barrier_until_it_is_removed(world: World) {
    let zk = connect(&world).await;
    let barrier = Barrier::new(&zk, "/gates/a");
    barrier.wait().await.unwrap(); // there is none
    barrier.set().await.unwrap();
    let mut waiting: Vec<Task<()>> = Vec::new();
    for _ in 0..3 {
        let other = Barrier::new(&connect(&world).await, "/gates/a");
        waiting.push(spawn(async move { other.wait().await.unwrap() }));
    }
    barrier.remove().await.unwrap();
    for task in waiting {
        join(task).await;
    }
}

pub(crate) async fn members_enter_and_leave_together(world: World) {
    let mut members: Vec<Task<()>> = Vec::new();
    for _ in 0..3 {
        let barrier = DoubleBarrier::new(&connect(&world).await, "/steps/one", 3);
        members.push(spawn(async move {
            let inside = barrier.enter().await.unwrap();
            inside.leave().await.unwrap();
            drop(barrier.enter().await.unwrap()); // once more
        }));
    }
    for member in members {
        join(member).await;
    }
}
