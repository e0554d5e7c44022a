//! Creates a node, watches it, writes it.
//!
//!     cargo run -p zk-async-std --example quickstart                       # on a server inside of it
//!     cargo run -p zk-async-std --example quickstart -- 127.0.0.1:2181     # on yours
#![expect(clippy::print_stdout, reason = "an example talks")]

use zk_async_std::{Client, Create, ErrorCode, WatchMode};
use zk_server::Server;

#[async_std::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::start()?; // until the end of this function
    let servers = std::env::args().nth(1).unwrap_or_else(|| server.connect_string());

    let zk = Client::connect(&servers).await?;
    println!("connected to {servers}, session {:#x}", zk.session_id());

    match zk.create_all("/quickstart/config", "v1").await {
        Err(error) if error.code() == Some(ErrorCode::NodeExists) => {}
        result => println!("created {}", result?),
    }
    let mut changes = zk.watch("/quickstart", WatchMode::Recursive).await?;

    let worker = Create::new("/quickstart/worker-", "").ephemeral_sequential();
    println!("created {}", zk.call(worker).await?);
    let stat = zk.set("/quickstart/config", "v2").await?;
    println!("wrote version {} of /quickstart/config", stat.version);

    for _ in 0..2 {
        if let Some(change) = changes.next().await {
            println!("saw {}: {}", change.path, change.kind);
        }
    }
    println!("read {:?}", zk.get("/quickstart/config").await?.data);
    zk.close().await?;
    Ok(())
}
