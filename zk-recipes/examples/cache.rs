//! A program follows a part of the tree and its own settings while somebody else writes them.
//!
//!     cargo run -p zk-recipes --example cache
#![expect(clippy::print_stdout, reason = "an example talks")]

use serde::{Deserialize, Serialize};
use zk_recipes::cache::{CacheChange, TreeCache};
use zk_recipes::config::Config;
use zk_server::Server;
use zk_tokio::Client;

#[derive(Debug, Serialize, Deserialize)]
struct Pool {
    size: usize,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::start()?;
    let zk = Client::connect(&server.connect_string()).await?;
    zk.create_all("/app/pool", r#"{ "size": 4 }"#).await?;

    let cache = TreeCache::new(&zk, "/app").await?;
    let pool = Config::<_, Pool>::watch(&zk, "/app/pool").await?;
    println!("{} nodes, and a {:?}", cache.snapshot().len(), *pool.value()?);

    let operator = tokio::spawn(operate(server.connect_string()));
    let mut changes = cache.changes();
    while let Some(change) = changes.next().await {
        println!("{change}");
        if let CacheChange::Deleted(_) = change {
            break;
        }
    }
    operator.await??;

    pool.sync().await?;
    println!("the pool is a {:?}", *pool.value()?);
    if let Err(error) = pool.present() {
        println!("what is written now is none: {error}");
    }
    zk.close().await?;
    Ok(())
}

async fn operate(servers: String) -> Result<(), zk_tokio::Error> {
    let zk = Client::connect(&servers).await?;
    zk.set("/app/pool", r#"{ "size": 8 }"#).await?;
    zk.create_all("/app/feature/search", "on").await?;
    zk.set("/app/pool", "eight").await?;
    zk.delete("/app/feature/search").await?;
    zk.close().await
}
