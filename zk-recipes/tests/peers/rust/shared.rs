//! What several processes do by turns, and what shows whether they did.

use std::error;

use zk_blocking::{Client, Error};
use zk_client::machine::Again;

/// Reads a number and writes the next one. Only a lock keeps two from writing the same; who has
/// it may write it twice.
pub(super) fn increment(zk: &Client, path: &str) -> Result<u32, Box<dyn error::Error>> {
    let data = connected(|| zk.get(path))?.data;
    let number = 1 + String::from_utf8_lossy(&data).parse::<u32>()?;
    connected(|| zk.set(path, number.to_string()))?;
    Ok(number)
}

/// Asks again until the connection is not lost meanwhile.
fn connected<T>(ask: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
    loop {
        match ask() {
            Err(error) if Again::after(&error) == Again::Now => {}
            result => return result,
        }
    }
}
