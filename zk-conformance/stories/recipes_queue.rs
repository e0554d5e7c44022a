//! Queues, as recipes.

use std::time::Duration;

use zk_conformance::World;
use zk_recipes::queue::{AcknowledgedQueue, PriorityQueue, Queue};

use crate::zk::ErrorKind;

use crate::platform::answer;
use crate::support::{connect, pipelined};

/// Long enough for who waits to be in line, too short for a test.
const MOMENT: Duration = Duration::from_millis(50);

pub(crate) async fn what_is_put_is_taken_in_its_order(world: World) {
    let (zk, other) = (connect(&world).await, connect(&world).await);
    let (queue, consumer) = (Queue::new(&zk, "/jobs"), Queue::new(&other, "/jobs"));
    queue.put("first").await.unwrap();
    queue.put_many(["second", "third"]).await.unwrap();
    assert_eq!(queue.len().await.unwrap(), 3);
    assert_eq!(consumer.take().await.unwrap(), "first");
    assert_eq!(consumer.peek().await.unwrap().as_deref(), Some(&b"second"[..]));
    assert_eq!(queue.try_take().await.unwrap().as_deref(), Some(&b"second"[..]));
    assert_eq!(consumer.take().await.unwrap(), "third");
    assert_eq!(consumer.try_take().await.unwrap(), None);
    let error = consumer.within(MOMENT).take().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::DeadlineExceeded(_)), "{error}");

    let waiting = Queue::new(&pipelined(&other), "/jobs").take();
    queue.put("awaited").await.unwrap();
    assert_eq!(answer(waiting).await.unwrap(), "awaited");
}

pub(crate) async fn what_is_urgent_comes_first(world: World) {
    let zk = connect(&world).await;
    let queue = PriorityQueue::new(&zk, "/jobs");
    queue.put_many([(10, "some day"), (0, "now"), (-1, "yesterday")]).await.unwrap();
    queue.put(0, "now, too").await.unwrap();
    for expected in ["yesterday", "now", "now, too", "some day"] {
        assert_eq!(queue.take().await.unwrap(), expected);
    }
}

pub(crate) async fn an_item_stays_until_it_is_acknowledged(world: World) {
    let (zk, other) = (connect(&world).await, connect(&world).await);
    let queue = AcknowledgedQueue::new(&zk, "/jobs");
    queue.put("job").await.unwrap();
    let consumer = AcknowledgedQueue::new(&other, "/jobs");
    let item = consumer.take().await.unwrap();
    assert_eq!(item.data(), "job");
    assert!(queue.try_take().await.unwrap().is_none());
    drop(item); // and whoever waits gets it
    let item = queue.take().await.unwrap();
    item.acknowledge().await.unwrap();
    assert_eq!(queue.len().await.unwrap(), 0);

    queue.put("another").await.unwrap();
    let item = consumer.take().await.unwrap();
    other.close().await.unwrap(); // with its claim
    let again = queue.take().await.unwrap();
    assert_eq!(again.data(), "another");
    assert!(item.acknowledge().await.unwrap_err().is_session_over());
    again.acknowledge().await.unwrap();
}
