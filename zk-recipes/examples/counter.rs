//! Programs count together, and none of them counts twice although their connections break.
//!
//!     cargo run -p zk-recipes --example counter
#![expect(clippy::print_stdout, reason = "an example talks")]

use std::time::Duration;

use zk_recipes::Counter;
use zk_server::Server;
use zk_tokio::{Client, Error};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::start()?;
    let programs = (0..4).map(|_| tokio::spawn(count(server.connect_string())));
    let programs: Vec<_> = programs.collect();
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_millis(5)).await;
        server.drop_connections();
    }
    for program in programs {
        println!("a program counted up to {}", program.await??);
    }

    let zk = Client::connect(&server.connect_string()).await?;
    println!("and all of them to {}", Counter::open(&zk, "/app/orders").await?.get());
    Ok(())
}

async fn count(servers: String) -> Result<i64, Error> {
    let zk = Client::connect(&servers).await?;
    let counter = Counter::open(&zk, "/app/orders").await?;
    let mut count = 0;
    for _ in 0..25 {
        count = counter.increment().await?;
    }
    Ok(count)
}
