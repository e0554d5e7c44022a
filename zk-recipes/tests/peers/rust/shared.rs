//! What several processes do by turns, and what shows whether they did.

use std::error;
use std::thread;
use std::time::Duration;

use zk_blocking::{Client, Create, Error, ErrorKind};
use zk_client::machine::Again;

/// What it takes to do something with what one has.
const WORK: Duration = Duration::from_millis(10);

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

/// What is not to be had in time is not to be had.
pub(super) fn in_time<T>(asked: Result<T, Error>) -> Result<Option<T>, Error> {
    match asked {
        Err(error) if matches!(error.kind(), ErrorKind::DeadlineExceeded(_)) => Ok(None),
        result => result.map(Some),
    }
}

/// Goes in, does something there, and goes out again, as a log shows.
pub(super) fn visit(zk: &Client, log: &str, kind: &str) -> Result<(), Error> {
    note(zk, log, &format!("in-{kind}"))?;
    thread::sleep(WORK);
    note(zk, log, &format!("out-{kind}"))
}

/// Adds a line to a log; the server puts them all in order.
fn note(zk: &Client, log: &str, line: &str) -> Result<(), Error> {
    zk.call(Create::new(&format!("{log}/{line}-"), "").sequential())?;
    Ok(())
}
