//! A program of one's own, simulated: how long writes fail when the leader dies, a thousand times.
//!
//! ```sh
//! cargo run --release -p zk-sim --example failover
//! ```
#![expect(clippy::print_stdout, reason = "it is an example")]

use std::time::Duration;

use zk_client::{Async, Client};
use zk_sim::{Setup, Time, World};

/// The code under test: it writes until that works.
async fn write_at_last(zk: &Client<Async>, time: &Time) -> Duration {
    let begun = time.now();
    while zk.set("/config", "new").await.is_err() {
        time.sleep(Duration::from_millis(20)).await;
    }
    time.now().saturating_since(begun)
}

fn main() -> Result<(), zk_client::Error> {
    let mut outages = Vec::new();
    for seed in 0..1_000 {
        let mut setup = Setup::new(seed).members(3);
        setup.ensemble.election = Duration::from_millis(200);
        let mut world = World::with(setup);
        let (zk, time) = (world.client(), world.time());
        world.run_until(zk.create("/config", "old"))?;
        if let Some(leader) = world.leader() {
            world.kill(leader);
        }
        outages.push(world.run_until(write_at_last(&zk, &time)));
    }
    outages.sort_unstable();
    println!("median {:?}, longest {:?}", outages[500], outages[999]);
    Ok(())
}
