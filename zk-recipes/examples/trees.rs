//! Grows a tree, walks it with a reader that takes its time, and cuts it down.
//!
//!     cargo run -p zk-recipes --example trees
#![expect(clippy::print_stdout, reason = "an example talks")]

use zk_server::Server;
use zk_tokio::machine::CreateAll;
use zk_tokio::{Client, CreateMode, Retry, SetData};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::start()?;
    let zk = Client::connect(&server.connect_string()).await?;
    for number in 0..1_000 {
        zk.ensure(&format!("/shop/orders/{}/{number}", number % 10)).await?;
    }
    let config = CreateAll::new("/shop/config", "open").parents(CreateMode::Container);
    zk.run(config.if_missing()).await?;

    let (mut tree, mut count) = (zk.walk("/shop"), 0);
    while let Some(visited) = tree.next().await {
        let visited = visited?;
        if visited.node.stat.num_children > 0 {
            println!("{} has {} children", visited.path, visited.node.stat.num_children);
        }
        count += 1;
    }
    println!("{count} nodes");

    // The connection breaks, and whether this is written is found out.
    let version = zk.get("/shop/config").await?.stat.version;
    let closed = SetData::new("/shop/config", "closed").version(version);
    let writing = zk.retrying(Retry::new()).call(closed);
    server.drop_connections();
    match writing.await {
        Ok(stat) => println!("closed, with version {}", stat.version),
        Err(error) => println!("perhaps closed: {error}"),
    }

    zk.delete_all("/shop").await?;
    println!("the shop is gone: {}", zk.exists("/shop").await?.is_none());
    zk.close().await?;
    Ok(())
}
