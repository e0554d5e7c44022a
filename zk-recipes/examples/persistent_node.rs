//! A node that comes back with its data, whoever deletes it.
//!
//!     cargo run -p zk-recipes --example persistent_node
#![expect(clippy::print_stdout, reason = "an example talks")]

use zk_recipes::{NodeStatus, PersistentNode};
use zk_server::Server;
use zk_tokio::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::start()?;
    let zk = Client::connect(&server.connect_string()).await?;
    let other = Client::connect(&server.connect_string()).await?;
    let node = PersistentNode::builder(&zk, "/app/address").data("10.0.0.1").open().await?;
    node.set_data("10.0.0.2").await?;

    let mut statuses = node.statuses();
    let NodeStatus::Present { czxid: first } = node.status() else { return Ok(()) };
    other.delete_all("/app").await?;
    while let Some(status) = statuses.next().await {
        println!("{status:?}");
        if matches!(status, NodeStatus::Present { czxid } if czxid > first) {
            break;
        }
    }
    println!("its data is {:?}", other.get("/app/address").await?.data);
    node.close().await?;
    println!("and it is gone: {:?}", other.exists("/app/address").await?);
    Ok(())
}
