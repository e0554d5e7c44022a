//! More than the buffers of two sockets hold, both ways at once: whoever only writes until all is
//! written waits for a peer that does the same.

use std::time::{Duration, Instant};

use zk_conformance::World;

use crate::platform::{Task, join, spawn};
use crate::support::{answers, builder, pipelined, took};
use crate::zk::{Client, Limits};

/// A ping after a third of the session timeout would wake whoever sleeps with work to do.
const BEFORE_ANY_PING: Duration = Duration::from_millis(9_500);

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
    let (pipeline, asked) = (pipelined(&zk), Instant::now());
    let gets: Vec<_> = (0..COUNT).map(|_| pipeline.get("/read")).collect();
    let sets: Vec<_> = (0..COUNT).map(|_| pipeline.set("/written", &data)).collect();
    for (version, stat) in (1..).zip(answers(sets).await) {
        assert_eq!((stat.version, stat.data_length), (version, 1_000_000));
    }
    for node in answers(gets).await {
        assert!(node.data == data);
    }
    took(asked, Duration::ZERO, BEFORE_ANY_PING);
    assert_eq!(zk.stats().connections, 1);
}

pub(crate) async fn some_read_while_others_write(world: World) {
    let zk = connect(&world).await;
    zk.create("/read", megabyte()).await.unwrap();
    zk.create("/written", "").await.unwrap();
    let asked = Instant::now();
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
    took(asked, Duration::ZERO, BEFORE_ANY_PING);
    assert_eq!(zk.stats().connections, 1);
}
