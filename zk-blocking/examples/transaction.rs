//! Moves an amount from one account to another, or nothing at all.
//!
//!     cargo run -p zk-blocking --example transaction                       # on a server inside of it
//!     cargo run -p zk-blocking --example transaction -- 127.0.0.1:2181     # on yours
#![expect(clippy::print_stdout, reason = "an example talks")]

use zk_blocking::{Client, Error, ErrorCode, Multi, Node, SetData};
use zk_server::Server;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::start()?; // until the end of this function
    let servers = std::env::args().nth(1).unwrap_or_else(|| server.connect_string());
    let bank = Client::connect(&servers)?.chroot("/bank");
    for (account, amount) in [("/alice", "100"), ("/bob", "0")] {
        match bank.create_all(account, amount) {
            Err(error) if error.code() == Some(ErrorCode::NodeExists) => {}
            result => println!("opened {}", result?),
        }
    }
    transfer(&bank, "/alice", "/bob", 10)?;
    for account in ["/alice", "/bob"] {
        println!("{account} has {}", amount(&bank.get(account)?));
    }
    bank.close()?;
    Ok(())
}

/// Tries until nobody else wrote in between.
fn transfer(bank: &Client, from: &str, to: &str, sum: i64) -> Result<(), Error> {
    loop {
        let (source, target) = (bank.get(from)?, bank.get(to)?);
        let less = (amount(&source) - sum).to_string();
        let more = (amount(&target) + sum).to_string();
        let transaction = Multi::new()
            .add(SetData::new(from, &less).version(source.stat.version))
            .add(SetData::new(to, &more).version(target.stat.version));
        match bank.call(transaction) {
            Err(error) if error.code() == Some(ErrorCode::BadVersion) => println!("{error}"),
            result => return result.map(drop),
        }
    }
}

fn amount(account: &Node) -> i64 {
    String::from_utf8_lossy(&account.data).parse().unwrap_or(0)
}
