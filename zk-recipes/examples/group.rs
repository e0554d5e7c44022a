//! Workers join a group; one of them is deleted by mistake and comes back, another one dies.
//!
//!     cargo run -p zk-recipes --example group
#![expect(clippy::print_stdout, reason = "an example talks")]

use zk_recipes::Group;
use zk_server::Server;
use zk_tokio::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::start()?;
    let (zk, a, b) = (
        Client::connect(&server.connect_string()).await?,
        Client::connect(&server.connect_string()).await?,
        Client::connect(&server.connect_string()).await?,
    );
    let members = Group::new(&zk, "/workers").members().await?;
    let mut updates = members.updates();

    let here = Group::new(&a, "/workers").join("a", "10.0.0.1").await?;
    let _there = Group::new(&b, "/workers").join("b", "10.0.0.2").await?;
    while let Some(members) = updates.next().await {
        println!("members: {:?}", members.keys().collect::<Vec<_>>());
        if members.len() == 2 {
            break;
        }
    }

    let mut statuses = here.statuses();
    a.delete("/workers/a").await?;
    for _ in 0..3 {
        println!("worker a is {:?}", statuses.next().await);
    }
    server.expire_session(b.session_id());
    here.close().await?;
    while let Some(members) = updates.next().await {
        println!("members: {:?}", members.keys().collect::<Vec<_>>());
        if members.is_empty() {
            break;
        }
    }
    Ok(())
}
