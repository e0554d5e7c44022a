//! What a queue costs: who is woken, and how much is asked.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use zk_client::Reply;
use zk_recipes::queue::Queue;
use zk_sim::trial::Traffic;
use zk_sim::{Setup, World};

fn world() -> World {
    World::with(Setup { records: true, ..Setup::new(1) })
}

#[test]
fn an_item_that_is_there_takes_five_requests() {
    let mut world = world();
    let zk = world.client();
    let queue = Queue::new(&zk, "/q");
    world.run_until(queue.put_many(["a", "b"])).unwrap();
    world.run_for(Duration::from_secs(1));
    world.take_frames();
    assert_eq!(world.run_until(queue.take()).unwrap(), "a");
    // Claims and items are listed together; it is claimed and read together; and taken out.
    assert_eq!(Traffic::of(&world.take_frames()).requests(), 5);
    world.run_until(queue.put("c")).unwrap();
    world.run_for(Duration::from_secs(1));
    let put = Traffic::of(&world.take_frames());
    assert_eq!(put.requests(), 2, "the second deletes the receipt: {put:?}");
}

#[test]
fn one_of_a_hundred_consumers_is_woken_by_an_item_and_wakes_the_next_one() {
    let mut world = world();
    let producer = world.client();
    let consumers: Vec<_> = (0..100).map(|_| world.client()).collect();
    let mut waiting: Vec<_> = consumers.iter().map(|zk| Queue::new(zk, "/q").take()).collect();
    world.run_for(Duration::from_secs(30));
    world.take_frames();

    let queue = Queue::new(&producer, "/q");
    for item in ["first", "second"] {
        world.run_until(queue.put(item)).unwrap();
        world.run_for(Duration::from_secs(5));
        let traffic = Traffic::of(&world.take_frames());
        let woken = traffic.clients().filter(|client| *client > 0).count();
        assert_eq!(woken, 2, "who takes it, and who is first then: {traffic:?}");
        assert!(traffic.requests() <= 16, "{traffic:?}");
    }
    let mut taken: Vec<_> = waiting.iter_mut().filter_map(|reply| now(&mut world, reply)).collect();
    taken.sort();
    assert_eq!(taken, ["first", "second"]);
}

/// What a reply has by now.
fn now<T>(world: &mut World, reply: &mut Reply<T>) -> Option<T> {
    world.run_until(poll_fn(|cx| match Pin::new(&mut *reply).poll(cx) {
        Poll::Ready(answer) => Poll::Ready(Some(answer.unwrap())),
        Poll::Pending => Poll::Ready(None),
    }))
}
