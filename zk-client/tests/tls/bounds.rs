//! What TLS keeps of what comes and goes.

use allocation_counter::measure;
use zk_client::wire::Outbox;
use zk_proto::{Node, Record, Stat};

use crate::servers::House;
use crate::world::{World, answer, now};

const KIB: usize = 1 << 10;

/// What a batch has besides its plaintext: 22 bytes for each record, and the last request of it,
/// which may go beyond.
const MORE: usize = 12 * KIB;

#[test]
fn what_is_not_handed_out_can_still_be_cancelled() {
    let house = House::new();
    let (mut world, zk, mut server) = World::connected(&house);
    let data = vec![7; 10 * KIB];
    let mut replies: Vec<_> = (0..100).map(|_| zk.set("/a", &data)).collect();
    assert!(world.driver.take_transmit(&mut world.outbox));
    let batch = world.outbox.pending().len();
    assert!((64 * KIB..64 * KIB + MORE).contains(&batch), "{batch}");
    replies.truncate(7); // the others have not left yet
    world.talks(&mut server).unwrap();
    let sent = (1..).map_while(|_| (!world.has_heard_all()).then(|| world.next_request()));
    assert_eq!(sent.count(), 7);
}

#[test]
fn one_long_request_goes_out_in_batches() {
    let house = House::new();
    let (mut world, zk, mut server) = World::connected(&house);
    let mut reply = zk.set("/a", vec![7; 1_000 * KIB]);
    let mut batches = Vec::new();
    let peak = measure(|| {
        while world.driver.take_transmit(&mut world.outbox) {
            batches.push(world.outbox.pending().len());
            server.hears(world.outbox.pending()).unwrap();
            world.outbox.clear();
            assert_eq!(world.driver.wants_transmit(), batches.len() < 16);
        }
    });
    assert!(batches.iter().all(|batch| *batch < 64 * KIB + MORE), "{batches:?}");
    assert_eq!(batches.len(), 16);
    // The request itself, without TLS too, and the server's copy of it.
    assert!(peak.bytes_max < 2_400 * KIB as u64, "{peak:?}");
    assert!(now(&mut reply).is_none());
}

/// The adapter has not written the last batch: nothing more is encrypted.
#[test]
fn nothing_is_encrypted_in_advance() {
    let house = House::new();
    let (mut world, zk, _) = World::connected(&house);
    let data = vec![7; 10 * KIB];
    let _replies: Vec<_> = (0..100).map(|_| zk.set("/a", &data)).collect();
    assert!(world.driver.take_transmit(&mut world.outbox));
    let batch = world.outbox.pending().len();
    for _ in 0..10 {
        assert!(world.driver.take_transmit(&mut world.outbox));
    }
    assert_eq!(world.outbox.pending().len(), batch);
}

#[test]
fn replies_cost_little_more_than_they_are() {
    let house = House::new();
    let (mut world, zk, mut server) = World::connected(&house);
    let node = Node::new(Some(vec![7; 900 * KIB].into()), Stat::default());
    for xid in 1..=5 {
        let mut reply = zk.get("/a");
        world.talks(&mut server).unwrap();
        server.says(&answer(xid, |out| node.encode(out)));
        let bytes = server.bytes();
        world.piece = 64 * KIB;
        let received = measure(|| world.hears(&bytes));
        // The frame grows as it comes, so that there are two of it for a moment; the rest is small.
        assert!(received.bytes_max < (900 * 2 + 300) * KIB as u64, "{received:?}");
        assert_eq!(now(&mut reply).unwrap().unwrap().data.len(), 900 * KIB);
    }
}

#[test]
fn small_replies_need_no_buffer_for_large_ones() {
    let house = House::new();
    let (mut world, zk, mut server) = World::connected(&house);
    for xid in 1..=50 {
        let mut reply = zk.exists("/a");
        world.talks(&mut server).unwrap();
        server.says(&answer(xid, |out| Stat::default().encode(out)));
        let bytes = server.bytes();
        let received = measure(|| world.hears(&bytes));
        let is_warm = xid > 10;
        assert!(!is_warm || received.bytes_max < 10 * KIB as u64, "{received:?}");
        now(&mut reply).unwrap().unwrap();
    }
}

#[test]
fn a_record_that_does_not_end_costs_what_came_of_it() {
    let house = House::new();
    let (mut world, _zk, mut server) = World::connected(&house);
    let _ = server.bytes();
    let mut claim = vec![23, 3, 3, 0x47, 0xff]; // 18 KiB are to come
    claim.extend([0; 10 * KIB]);
    let cost = measure(|| world.hears(&claim));
    assert!(cost.bytes_current < 40 * KIB as i64, "{cost:?}");
    assert!(!world.driver.take_transmit(&mut Outbox::default()));
}
