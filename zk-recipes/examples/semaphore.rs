//! Ten downloads, of which at most three go on at a time, whichever process they are in.
//!
//!     cargo run -p zk-recipes --example semaphore
#![expect(clippy::print_stdout, reason = "an example talks")]

use std::time::Duration;

use zk_recipes::Semaphore;
use zk_server::Server;
use zk_tokio::{Client, Error};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::start()?;
    let downloads = (1..=10).map(|number| tokio::spawn(download(server.connect_string(), number)));
    for download in downloads.collect::<Vec<_>>() {
        download.await??;
    }
    Ok(())
}

async fn download(servers: String, number: u32) -> Result<(), Error> {
    let zk = Client::connect(&servers).await?;
    let semaphore = Semaphore::new(&zk, "/app/downloads", 3).data(format!("download {number}"));
    let lease = semaphore.acquire(1).await?;
    let others = semaphore.leases().await?.len();
    println!("download {number} begins; {others} have a lease, or are next");
    tokio::time::sleep(Duration::from_millis(50)).await;
    lease.release().await?;
    zk.close().await
}
