//! Leaves a session and goes on with it, as another process could: its ephemeral node stays.
//!
//!     cargo run -p zk-blocking --example session_resume                       # on a server inside of it
//!     cargo run -p zk-blocking --example session_resume -- 127.0.0.1:2181     # on yours
#![expect(clippy::print_stdout, reason = "an example talks")]

use zk_blocking::{Client, Create, Ticket};
use zk_server::Server;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::start()?; // until the end of this function
    let servers = std::env::args().nth(1).unwrap_or_else(|| server.connect_string());
    let zk = Client::connect(&servers)?;
    let node = zk.call(Create::new("/present-", "").ephemeral_sequential())?;
    println!("session {:#x} has {node}", zk.session_id());

    // Whoever has this text has the session: keep it like a password.
    let secret = zk.detach().map(|ticket| ticket.secret()).unwrap_or_default();

    let Some(ticket) = Ticket::from_secret(&secret) else { return Ok(()) };
    let zk = Client::builder().resume(ticket).connect(&servers)?;
    println!("session {:#x} has {:?}", zk.session_id(), zk.ephemerals("/")?);
    zk.close()?;
    Ok(())
}
