//! Asks a server how it is: without a session, on a connection for each question.
//!
//!     cargo run -p zk-blocking --example four_letter_words                       # a server inside of it
//!     cargo run -p zk-blocking --example four_letter_words -- 127.0.0.1:2181     # yours
#![expect(clippy::print_stdout, reason = "an example talks")]

use std::time::Duration;

use zk_blocking::Client;
use zk_server::Server;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::start()?; // until the end of this function
    let address = std::env::args().nth(1).unwrap_or_else(|| server.connect_string());
    for word in ["ruok", "srvr", "isro"] {
        let builder = Client::builder().connect_timeout(Duration::from_secs(3));
        let answer = builder.ask(&address, word)?;
        println!("{word}: {}", answer.trim_end());
    }
    Ok(())
}
