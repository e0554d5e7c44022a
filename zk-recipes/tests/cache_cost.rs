//! What a cache of a large tree costs.
//!
//! What is counted is allocated by the thread that measures, where the client lives alone: the
//! server has a thread of its own.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use allocation_counter::{AllocationInfo, measure};
use tokio::time::timeout;
use zk_recipes::cache::TreeCache;
use zk_server::Server;
use zk_tokio::{Client, Create, Tokio};

const LIMIT: Duration = Duration::from_secs(300);
/// Directories, and children of each: with the root, 100,101 nodes.
const DIRECTORIES: usize = 100;
const CHILDREN: usize = 1_000;
const NODES: usize = 1 + DIRECTORIES * (1 + CHILDREN);
const DATA: [u8; 100] = [7; 100];

/// The most that it may hold, in bytes.
const HELD: i64 = 100_000_000;
/// How much more it may take on the way, in bytes.
const EXTRA: i64 = 10_000_000;

#[test]
fn a_hundred_thousand_nodes_take_less_than_100_mb_and_one_pass() {
    let server = Server::start().unwrap();
    plant(&server);
    let before = measured(async |_| None, &server).0;
    let (cost, requests) = measured(async |zk| Some(load(zk).await), &server);
    let held = cost.bytes_current - before.bytes_current;
    let extra = cost.bytes_max.cast_signed() - cost.bytes_current;
    println!("{held} bytes for {NODES} nodes, {extra} more on the way, {requests} requests");
    assert!(held < HELD, "{held} bytes");
    assert!(extra < EXTRA, "{extra} bytes more on the way");
    // The watch, each node, each list of children.
    assert_eq!(requests, u64::try_from(1 + NODES + 1 + DIRECTORIES).unwrap());
}

fn plant(server: &Server) {
    let create = |path: &str| server.create(&Create::new(path, &DATA)).unwrap();
    create("/services");
    for directory in 0..DIRECTORIES {
        let directory = create(&format!("/services/service-{directory:03}"));
        for child in 0..CHILDREN {
            create(&format!("{directory}/instance-{child:05}"));
        }
    }
}

async fn load(zk: &Client) -> TreeCache<Tokio> {
    let cache = TreeCache::new(zk, "/services").await.unwrap();
    assert_eq!(cache.snapshot().len(), NODES);
    cache
}

/// What is held when this is done, and how many requests it took.
fn measured(
    work: impl AsyncFn(&Client) -> Option<TreeCache<Tokio>>,
    server: &Server,
) -> (AllocationInfo, u64) {
    let servers = server.connect_string();
    let mut kept = None;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let cost = measure(|| {
        runtime.block_on(async {
            let zk = Client::connect(&servers).await.unwrap();
            let cache = timeout(LIMIT, work(&zk)).await.unwrap();
            kept = Some((zk.stats().requests, zk, cache));
        });
    });
    (cost, kept.unwrap().0)
}
