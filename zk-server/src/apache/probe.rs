//! Asks a server how it does, with four-letter words.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::Error;

/// What a server is to its ensemble at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It serves alone.
    Standalone,
    /// It leads its ensemble.
    Leader,
    /// It follows a leader.
    Follower,
    /// It follows a leader without a vote.
    Observer,
    /// It has no leader, and serves clients that only read.
    ReadOnly,
}

/// Sends `word` to the server at `address`, and returns all it answers.
pub(super) fn ask(address: SocketAddr, word: &str, limit: Duration) -> Result<String, Error> {
    converse(address, word, Instant::now() + limit).map_err(|source| Error::NoAnswer {
        address,
        word: word.to_owned(),
        source,
    })
}

/// The mode of the server at `address`.
pub(super) fn mode(address: SocketAddr, limit: Duration) -> Result<Mode, Error> {
    let answer = ask(address, "srvr", limit)?;
    let mode = answer.lines().find_map(|line| parse_mode(line.strip_prefix("Mode: ")?));
    mode.ok_or_else(|| Error::NotServing { address, answer: answer.trim_end().to_owned() })
}

/// Asks again and again until `check` finds what it looks for, or `limit` has passed.
///
/// `check` is given the time to wait for one answer: a server that starts may take a question and
/// never answer it, so that time begins short. It grows, for servers that are slow.
pub(super) fn poll<T, E>(
    limit: Duration,
    mut check: impl FnMut(Duration) -> Result<Option<T>, E>,
) -> Result<Option<T>, E> {
    const PAUSE: Duration = Duration::from_millis(15);
    const SHORTEST_PATIENCE: Duration = Duration::from_millis(50);
    let start = Instant::now();
    while start.elapsed() < limit {
        let found = check(SHORTEST_PATIENCE + start.elapsed() / 10)?;
        if found.is_some() {
            return Ok(found);
        }
        std::thread::sleep(PAUSE);
    }
    Ok(None)
}

fn converse(address: SocketAddr, word: &str, deadline: Instant) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, until(deadline)?)?;
    stream.set_write_timeout(Some(until(deadline)?))?;
    stream.write_all(word.as_bytes())?;
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        stream.set_read_timeout(Some(until(deadline)?))?;
        match stream.read(&mut buffer)? {
            0 => break,
            count => answer.extend_from_slice(&buffer[..count]),
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
    String::from_utf8(answer).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// The time until `deadline`, as an error if there is none: a timeout of zero would be endless.
fn until(deadline: Instant) -> io::Result<Duration> {
    match deadline.saturating_duration_since(Instant::now()) {
        Duration::ZERO => Err(io::ErrorKind::TimedOut.into()),
        time => Ok(time),
    }
}

fn parse_mode(word: &str) -> Option<Mode> {
    match word {
        "standalone" => Some(Mode::Standalone),
        "leader" => Some(Mode::Leader),
        "follower" => Some(Mode::Follower),
        "observer" => Some(Mode::Observer),
        "read-only" => Some(Mode::ReadOnly),
        _ => None,
    }
}
