//! Three workers share a printer, and a fourth asks for it.
//!
//!     cargo run -p zk-recipes --example lock
#![expect(clippy::print_stdout, reason = "an example talks")]

use std::time::Duration;

use zk_recipes::Lock;
use zk_server::Server;
use zk_tokio::{Client, Error, Multi};

const PRINTER: &str = "/locks/printer";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::start()?;
    let zk = Client::connect(&server.connect_string()).await?;
    zk.create_all("/printer/pages", "0").await?;

    let workers = (1..=3).map(|number| tokio::spawn(work(server.connect_string(), number)));
    for worker in workers.collect::<Vec<_>>() {
        worker.await??;
    }
    println!("{:?} pages were printed", zk.get("/printer/pages").await?.data);

    // Who holds it can be asked to give it up.
    let lock = Lock::new(&zk, PRINTER).data("the slow one");
    let guard = lock.acquire().await?;
    let slow = tokio::spawn(async move {
        let mut requests = guard.revocation_requests();
        while requests.next().await == Some(false) {}
        println!("the slow one gives it up");
        guard.release().await
    });
    let hasty = lock.within(Duration::from_millis(50));
    if let Err(error) = hasty.acquire().await {
        println!("somebody hurries, in vain: {error}");
    }
    let holder = lock.contenders().await?.remove(0);
    println!("and asks {:?} for it", holder.node.data);
    lock.request_revocation(&holder.path).await?;
    let guard = lock.acquire().await?;
    println!("it has the lock, with the token {:#x}", guard.fencing_token());
    slow.await??;
    guard.release().await?;
    zk.close().await?;
    Ok(())
}

async fn work(servers: String, number: u32) -> Result<(), Error> {
    let zk = Client::connect(&servers).await?;
    let lock = Lock::new(&zk, PRINTER).data(format!("worker {number}"));
    for _ in 0..3 {
        let guard = lock.acquire().await?;
        let pages = zk.get("/printer/pages").await?.data;
        let pages = String::from_utf8_lossy(&pages).parse().unwrap_or(0) + 1;
        // Refused by the server if the lock was lost meanwhile.
        guard.fenced(&Multi::new().set("/printer/pages", &pages.to_string())).await?;
        println!("worker {number} prints page {pages}, token {:#x}", guard.fencing_token());
        guard.release().await?;
    }
    zk.close().await
}
