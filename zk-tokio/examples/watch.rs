//! Prints every change below a node, also across lost connections, until the session is over.
//!
//!     cargo run -p zk-server                                           # a server to watch
//!     cargo run -p zk-tokio --example watch -- 127.0.0.1:2181 /app
#![expect(clippy::print_stdout, reason = "an example talks")]

use zk_tokio::{ChangeKind, Client, Error, WatchMode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let mut args = std::env::args().skip(1);
    let servers = args.next().unwrap_or_else(|| "127.0.0.1:2181".into());
    let path = args.next().unwrap_or_else(|| "/".into());
    let zk = Client::connect(&servers).await?;

    let mut changes = zk.watch(&path, WatchMode::Recursive).await?;
    println!("watching {path}");
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
