//! Prints every change below a node, also across lost connections, until the session is over.
//!
//!     cargo run -p zk-tokio --example watch                            # on a server inside of it
//!     cargo run -p zk-tokio --example watch -- 127.0.0.1:2181 /app     # on yours, until it is stopped
#![expect(clippy::print_stdout, reason = "an example talks")]

use zk_server::Server;
use zk_tokio::{ChangeKind, Client, Error, WatchMode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::start()?; // until the end of this function
    let mut args = std::env::args().skip(1);
    let yours = args.next();
    let path = args.next().unwrap_or_else(|| "/".into());
    let servers = yours.clone().unwrap_or_else(|| server.connect_string());
    let zk = Client::connect(&servers).await?;

    let mut changes = zk.watch(&path, WatchMode::Recursive).await?;
    println!("watching {path}");
    if yours.is_none() {
        make_changes(&zk).await?;
        zk.clone().close().await?;
    }
    while let Some(change) = changes.next().await {
        if change.kind == ChangeKind::Resync {
            // What was missed is not told: whoever keeps a copy reads it again here.
            println!("{path} may have changed in any way");
        } else {
            println!("{}: {}", change.path, change.kind);
        }
    }
    println!("the session is over: {}", zk.state());
    Ok(())
}

/// Changes are kept until somebody looks at them.
async fn make_changes(zk: &Client) -> Result<(), Error> {
    zk.create_all("/app/config", "v1").await?;
    zk.set("/app/config", "v2").await?;
    zk.delete("/app/config").await
}
