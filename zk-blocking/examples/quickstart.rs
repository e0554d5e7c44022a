//! Creates a node, watches it, writes it.
//!
//!     cargo run -p zk-blocking --example quickstart                       # on a server inside of it
//!     cargo run -p zk-blocking --example quickstart -- 127.0.0.1:2181     # on yours
#![expect(clippy::print_stdout, reason = "an example talks")]

use zk_blocking::{Client, Create, ErrorCode, WatchMode};
use zk_server::Server;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::start()?; // until the end of this function
    let servers = std::env::args().nth(1).unwrap_or_else(|| server.connect_string());

    let zk = Client::connect(&servers)?;
    println!("connected to {servers}, session {:#x}", zk.session_id());

    match zk.create_all("/quickstart/config", "v1") {
        Err(error) if error.code() == Some(ErrorCode::NodeExists) => {}
        result => println!("created {}", result?),
    }
    let mut changes = zk.watch("/quickstart", WatchMode::Recursive)?;

    let worker = Create::new("/quickstart/worker-", "").ephemeral_sequential();
    println!("created {}", zk.call(worker)?);
    let stat = zk.set("/quickstart/config", "v2")?;
    println!("wrote version {} of /quickstart/config", stat.version);

    for _ in 0..2 {
        if let Some(change) = changes.next() {
            println!("saw {}: {}", change.path, change.kind);
        }
    }
    println!("read {:?}", zk.get("/quickstart/config")?.data);
    zk.close()?;
    Ok(())
}
