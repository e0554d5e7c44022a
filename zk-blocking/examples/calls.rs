//! Calls, one after the other: `strace -f -e trace=network` shows what each costs.
#![expect(clippy::print_stdout, reason = "it shows")]

use std::time::Instant;

use zk_blocking::Client;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let calls: u32 = std::env::args().nth(1).map_or(Ok(1000), |calls| calls.parse())?;
    let server = zk_server::Server::start()?;
    let zk = Client::connect(&server.connect_string())?;
    zk.create("/a", "x")?;
    let start = Instant::now();
    for _ in 0..calls {
        zk.get("/a")?;
    }
    println!("{:?} per call", start.elapsed() / calls);
    zk.close()?;
    Ok(())
}
