//! More than the buffers of two sockets hold, both ways at once: whoever only writes until all is
//! written waits for a peer that does the same.

use zk_conformance::World;

use crate::platform::{Task, join, spawn};
use crate::support::{answers, builder, pipelined};
use crate::zk::{Client, Limits};

/// Each of a million bytes.
const COUNT: usize = 20;

fn megabyte() -> Vec<u8> {
    (0..1_000_000_usize).map(|number| number as u8).collect()
}

async fn connect(world: &World) -> Client {
    let limits = Limits { window_bytes: 64 << 20, ..Limits::default() };
    let servers = format!("{}{}", world.connect_string(), world.root());
    let zk = builder(world).limits(limits).connect(&servers).await.unwrap();
    zk.create("/", "").await.unwrap();
    zk
}

pub(crate) async fn replies_are_read_while_requests_wait(world: World) {
    let zk = connect(&world).await;
    let data = megabyte();
    zk.create("/read", &data).await.unwrap();
    zk.create("/written", "").await.unwrap();
    let pipeline = pipelined(&zk);
    let gets: Vec<_> = (0..COUNT).map(|_| pipeline.get("/read")).collect();
    let sets: Vec<_> = (0..COUNT).map(|_| pipeline.set("/written", &data)).collect();
    for (version, stat) in (1..).zip(answers(sets).await) {
        assert_eq!((stat.version, stat.data_length), (version, 1_000_000));
    }
    for node in answers(gets).await {
        assert!(node.data == data);
    }
    assert_eq!(zk.stats().connections, 1);
}

pub(crate) async fn some_read_while_others_write(world: World) {
    let zk = connect(&world).await;
    zk.create("/read", megabyte()).await.unwrap();
    zk.create("/written", "").await.unwrap();
    let mut crowd: Vec<Task<()>> = Vec::new();
    for number in 0..COUNT {
        let zk = zk.clone();
        crowd.push(spawn(async move {
            if number % 2 == 0 {
                assert!(zk.get("/read").await.unwrap().data == megabyte());
            } else {
                assert_eq!(zk.set("/written", megabyte()).await.unwrap().data_length, 1_000_000);
            }
        }));
    }
    for task in crowd {
        join(task).await;
    }
    assert_eq!(zk.stats().connections, 1);
}
