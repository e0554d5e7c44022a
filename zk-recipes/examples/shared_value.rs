//! Two programs share a limit: one raises it, the other hears of it.
//!
//!     cargo run -p zk-recipes --example shared_value
#![expect(clippy::print_stdout, reason = "an example talks")]

use zk_recipes::{SharedValue, Versioned};
use zk_server::Server;
use zk_tokio::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::start()?;
    let (operator, worker) = (
        Client::connect(&server.connect_string()).await?,
        Client::connect(&server.connect_string()).await?,
    );
    let seen = SharedValue::open(&worker, "/app/limit", "10").await?;
    let mut updates = seen.updates();

    let limit = SharedValue::open(&operator, "/app/limit", "10").await?;
    limit.update(|present| (number(present) * 2).to_string()).await?;
    while let Some(update) = updates.next().await {
        println!("the limit is {}, version {}", number(&update), update.version);
        if update.version > 0 {
            break;
        }
    }

    if let Err(error) = limit.compare_and_set(0, "15").await {
        println!("who compares with what it was is told: {error}");
    }
    Ok(())
}

fn number(value: &Versioned) -> u32 {
    str::from_utf8(&value.data).ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}
