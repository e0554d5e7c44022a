//! Creates a node, watches it, writes it.
//!
//!     cargo run -p zk-tokio --example quickstart -- 127.0.0.1:2181

use zk_tokio::{Client, Create, Error, ErrorCode, WatchMode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let servers = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:2181".into());
    let zk = Client::connect(&servers).await?;
    println!("connected, session {:#x}", zk.session_id());

    match zk.create_all("/quickstart/config", "v1").await {
        Err(error) if error.code() == Some(ErrorCode::NodeExists) => {}
        result => println!("created {}", result?),
    }
    let mut changes = zk.watch("/quickstart", WatchMode::PersistentRecursive).await?;

    let worker = Create::new("/quickstart/worker-", "").ephemeral_sequential();
    println!("created {}", zk.call(worker).await?);
    let stat = zk.set("/quickstart/config", "v2").await?;
    println!("wrote version {}", stat.version);

    for _ in 0..2 {
        if let Some(change) = changes.next().await {
            println!("saw {}: {}", change.path, change.kind);
        }
    }
    let node = zk.get("/quickstart/config").await?;
    println!("read {:?}", node.data);
    zk.close().await
}
