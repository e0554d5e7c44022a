//! Workers wait at a barrier while somebody prepares what they need, and once more all of them begin
//! and end a step together.
//!
//!     cargo run -p zk-recipes --example barrier
#![expect(clippy::print_stdout, reason = "an example talks")]

use zk_recipes::{Barrier, DoubleBarrier};
use zk_server::Server;
use zk_tokio::{Client, Error};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::start()?;
    let zk = Client::connect(&server.connect_string()).await?;
    let gate = Barrier::new(&zk, "/job/gate");
    gate.set().await?;

    let workers = (1..=3).map(|number| tokio::spawn(work(server.connect_string(), number)));
    let workers: Vec<_> = workers.collect();
    println!("the input is being prepared");
    gate.remove().await?;

    for worker in workers {
        worker.await??;
    }
    zk.close().await?;
    Ok(())
}

async fn work(servers: String, number: u32) -> Result<(), Error> {
    let zk = Client::connect(&servers).await?;
    Barrier::new(&zk, "/job/gate").wait().await?;
    println!("worker {number} passes the gate");

    let inside = DoubleBarrier::new(&zk, "/job/step", 3).enter().await?;
    println!("worker {number} begins: all three are there");
    inside.leave().await?;
    println!("worker {number} goes on: all three are done");
    zk.close().await
}
