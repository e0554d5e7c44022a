//! Two servers offer a service; a client finds them, and one of them goes away.
//!
//!     cargo run -p zk-recipes --example discovery
#![expect(clippy::print_stdout, reason = "an example talks")]

use zk_recipes::discovery::{ServiceInstance, Services};
use zk_server::Server;
use zk_tokio::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::start()?;
    let zk = Client::connect(&server.connect_string()).await?;
    let services = Services::<_, String>::new(&zk, "/services");
    let one = ServiceInstance::new("web", "one").address("10.0.0.1").port(80).payload("v1");
    let other = ServiceInstance::new("web", "other").address("10.0.0.2").port(80).payload("v2");
    let one = services.register(&one).await?;
    let _other = services.register(&other).await?;

    let web = services.provider("web").await?;
    for _ in 0..4 {
        if let Some(offer) = web.choose() {
            println!("use {} at {:?}, {:?}", offer.id, offer.address, offer.payload);
        }
    }

    let mut changes = web.changes();
    one.unregister().await?;
    while web.instances().len() > 1 {
        changes.next().await;
    }
    println!("left: {:?}", web.choose().map(|offer| offer.id.clone()));
    zk.close().await?;
    Ok(())
}
