//! What several processes do by turns, and what shows whether they did.

use zk_blocking::{Client, Error};

/// Reads a number and writes the next one. Only a lock keeps two from writing the same.
pub(super) fn increment(zk: &Client, path: &str) -> Result<u32, Error> {
    let number: u32 = String::from_utf8_lossy(&zk.get(path)?.data).parse().unwrap();
    zk.set(path, (number + 1).to_string())?;
    Ok(number + 1)
}
