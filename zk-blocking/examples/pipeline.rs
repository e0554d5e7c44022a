//! Keeps a thousand requests in flight: none waits for the answer to the one before.
//!
//!     cargo run -p zk-blocking --example pipeline                       # on a server inside of it
//!     cargo run -p zk-blocking --example pipeline -- 127.0.0.1:2181     # on yours
#![expect(clippy::print_stdout, reason = "an example talks")]

use std::time::{Duration, Instant};

use zk_blocking::{Async, Client, Create};
use zk_server::Server;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::start()?; // until the end of this function
    let servers = std::env::args().nth(1).unwrap_or_else(|| server.connect_string());
    let zk = Client::connect(&servers)?.within(Duration::from_secs(10));
    let node = zk.call(Create::new("/pipeline-", "").ephemeral_sequential())?;

    // The order of the calls is the order in which the server carries them out.
    let start = Instant::now();
    let replies: Vec<_> =
        (1..=1_000).map(|number| zk.with_mode::<Async>().set(&node, number.to_string())).collect();
    println!("{} writes are on their way", replies.len());
    for reply in replies {
        reply.wait()?;
    }
    println!("answered after {:?}", start.elapsed());

    let last = zk.get(&node)?;
    println!("the last one wrote {:?}, version {}", last.data, last.stat.version);
    zk.close()?;
    Ok(())
}
