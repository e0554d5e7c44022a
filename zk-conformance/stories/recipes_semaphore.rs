//! Semaphores.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use zk_conformance::World;
use zk_recipes::Semaphore;

use crate::platform::{Task, join, spawn};
use crate::support::connect;

pub(crate) async fn there_are_never_more_leases_than_there_are(world: World) {
    let zk = connect(&world).await;
    let all = Semaphore::new(&zk, "/sem", 2).acquire(2).await.unwrap();
    assert!(Semaphore::new(&zk, "/sem", 2).try_acquire(1).await.unwrap().is_none());
    let taken = Arc::new(AtomicUsize::new(0));
    let mut crowd: Vec<Task<()>> = Vec::new();
    for number in 0..6 {
        let semaphore = Semaphore::new(&connect(&world).await, "/sem", 2);
        let (taken, wanted) = (taken.clone(), 1 + number % 2);
        crowd.push(spawn(async move {
            let leases = semaphore.acquire(wanted).await.unwrap();
            assert!(taken.fetch_add(wanted, Ordering::SeqCst) + wanted <= 2);
            semaphore.leases().await.unwrap();
            taken.fetch_sub(wanted, Ordering::SeqCst);
            leases.release().await.unwrap();
        }));
    }
    all.release().await.unwrap();
    for task in crowd {
        join(task).await;
    }
}
