//! Prints every change below a node, also across lost connections, until the session is over.
//!
//!     cargo run -p zk-blocking --example watch                            # on a server inside of it
//!     cargo run -p zk-blocking --example watch -- 127.0.0.1:2181 /app     # on yours, until it is stopped
#![expect(clippy::while_let_on_iterator, reason = "the text is that of the other adapters")]
#![expect(clippy::print_stdout, reason = "an example talks")]

use zk_blocking::{ChangeKind, Client, Error, WatchMode};
use zk_server::Server;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::start()?; // until the end of this function
    let mut args = std::env::args().skip(1);
    let yours = args.next();
    let path = args.next().unwrap_or_else(|| "/".into());
    let servers = yours.clone().unwrap_or_else(|| server.connect_string());
    let zk = Client::connect(&servers)?;

    let mut changes = zk.watch(&path, WatchMode::Recursive)?;
    println!("watching {path}");
    if yours.is_none() {
        make_changes(&zk)?;
        zk.clone().close()?;
    }
    while let Some(change) = changes.next() {
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
fn make_changes(zk: &Client) -> Result<(), Error> {
    zk.create_all("/app/config", "v1")?;
    zk.set("/app/config", "v2")?;
    zk.delete("/app/config")
}
