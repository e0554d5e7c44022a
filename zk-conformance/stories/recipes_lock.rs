//! Locks of all kinds, as recipes.

use zk_conformance::World;
use zk_recipes::{Lock, LockStatus, Loss, MultiLock, ReadWriteLock};

use crate::zk::{Client, ErrorCode, ErrorKind, Multi};

use crate::platform::answer;
use crate::support::{connect, pipelined};

/// Long enough for who waits to be in line, too short for a test.
const MOMENT: std::time::Duration = std::time::Duration::from_millis(50);

/// Waits until there are so many nodes in a line.
async fn line_of(zk: &Client, path: &str, length: usize) {
    loop {
        let (children, mut change) = zk.children_and_watch(path).await.unwrap();
        if children.len() == length {
            return;
        }
        assert!(change.next().await.is_some());
    }
}

pub(crate) async fn a_lock_goes_from_one_session_to_the_next(world: World) {
    let (zk, other) = (connect(&world).await, connect(&world).await);
    let guard = Lock::new(&zk, "/lock").data("first").acquire().await.unwrap();
    assert!(guard.is_held());
    let token = guard.fencing_token();
    assert!(Lock::new(&other, "/lock").try_acquire().await.unwrap().is_none());
    let hasty = Lock::new(&other, "/lock").within(MOMENT);
    let error = hasty.acquire().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::DeadlineExceeded(_)), "{error}");
    line_of(&zk, "/lock", 1).await;

    let waiting = Lock::new(&pipelined(&other), "/lock").data("second").acquire();
    line_of(&zk, "/lock", 2).await;
    let contenders = Lock::new(&other, "/lock").contenders().await.unwrap();
    let who: Vec<_> = contenders.iter().map(|contender| &*contender.node.data).collect();
    assert_eq!(who, [&b"first"[..], b"second"]);
    guard.release().await.unwrap();
    let next = answer(waiting).await.unwrap();
    assert!(next.is_held() && next.fencing_token() > token);
    drop(next);
    Lock::new(&zk, "/lock").acquire().await.unwrap().release().await.unwrap();
    assert_eq!(Lock::new(&zk, "/lock").contenders().await.unwrap(), []);
}

pub(crate) async fn a_lock_that_is_lost_writes_nothing(world: World) {
    let (zk, other) = (connect(&world).await, connect(&world).await);
    zk.create("/node", "").await.unwrap();
    let guard = Lock::new(&zk, "/lock").acquire().await.unwrap();
    guard.fenced(&Multi::new().set("/node", "held")).await.unwrap();
    let mut statuses = guard.statuses();
    assert_eq!(statuses.next().await, Some(LockStatus::Held));

    other.delete(guard.node()).await.unwrap();
    assert_eq!(statuses.next().await, Some(LockStatus::Lost(Loss::Deleted)));
    assert_eq!(statuses.next().await, None);
    assert!(!guard.is_held());
    let error = guard.fenced(&Multi::new().set("/node", "lost")).await.unwrap_err();
    assert_eq!((error.failed_operation(), error.code()), (Some(0), Some(ErrorCode::NoNode)));
    assert_eq!(other.get("/node").await.unwrap().data, "held");
    guard.release().await.unwrap();
}

pub(crate) async fn who_has_a_lock_is_asked_for_it(world: World) {
    let (zk, other) = (connect(&world).await, connect(&world).await);
    let guard = Lock::new(&zk, "/lock").acquire().await.unwrap();
    let mut requests = guard.revocation_requests();
    assert_eq!(requests.next().await, Some(false));
    Lock::new(&other, "/lock").request_revocation(guard.node()).await.unwrap();
    assert_eq!(requests.next().await, Some(true));
    assert!(guard.is_held());
}

pub(crate) async fn readers_share_a_lock_and_a_writer_reads_on(world: World) {
    let (zk, other) = (connect(&world).await, connect(&world).await);
    let (ours, theirs) = (ReadWriteLock::new(&zk, "/lock"), ReadWriteLock::new(&other, "/lock"));
    let readers = (ours.read().await.unwrap(), theirs.read().await.unwrap());
    let waiting = ReadWriteLock::new(&pipelined(&zk), "/lock").write();
    line_of(&other, "/lock", 3).await;
    assert!(theirs.try_read().await.unwrap().is_none(), "a writer waits");
    readers.0.release().await.unwrap();
    readers.1.release().await.unwrap();

    let writer = answer(waiting).await.unwrap();
    let next = ReadWriteLock::new(&pipelined(&other), "/lock").write();
    line_of(&other, "/lock", 2).await;
    let reader = answer(writer.read()).await.unwrap();
    answer(writer.release()).await.unwrap();
    assert!(reader.is_held());
    assert!(theirs.try_read().await.unwrap().is_none(), "another writer waits");
    answer(reader.release()).await.unwrap();
    assert!(answer(next).await.unwrap().is_held());
}

pub(crate) async fn several_locks_are_one(world: World) {
    let (zk, other) = (connect(&world).await, connect(&world).await);
    let both = MultiLock::new(&zk, ["/a", "/b"]);
    let second = Lock::new(&other, "/b").acquire().await.unwrap();
    assert!(both.try_acquire().await.unwrap().is_none());
    assert!(both.within(MOMENT).acquire().await.is_err());
    Lock::new(&other, "/a").acquire().await.unwrap().release().await.unwrap();
    second.release().await.unwrap();

    let guard = both.acquire().await.unwrap();
    assert!(guard.is_held());
    assert!(Lock::new(&other, "/b").try_acquire().await.unwrap().is_none());
    guard.release().await.unwrap();
    assert_eq!(Lock::new(&zk, "/b").contenders().await.unwrap(), []);
}
