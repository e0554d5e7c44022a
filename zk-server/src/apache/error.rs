//! What can go wrong with a server of another program.

use std::io;
use std::net::SocketAddr;
use std::process::ExitStatus;
use std::time::Duration;

/// Why a server could not be started, or did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A port, a folder or a file of the server could not be made.
    #[error("cannot prepare a ZooKeeper server: {what}: {source}")]
    Prepare {
        /// What was being made.
        what: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// The Java runtime could not be run; most likely none is installed.
    #[error("cannot run a ZooKeeper server: {source}\n  command: {command}")]
    Run {
        /// The whole command line.
        command: String,
        /// What the system says.
        source: io::Error,
    },
    /// The server ended by itself, for instance because a jar is missing or an option is wrong.
    #[error("the ZooKeeper server ended by itself: {status}\n  command: {command}\n{log}")]
    Ended {
        /// How it ended.
        status: ExitStatus,
        /// The whole command line.
        command: String,
        /// The last lines of its log.
        log: String,
    },
    /// What was waited for did not happen in time.
    #[error("{awaited}: not within {limit:?}\n{log}")]
    Late {
        /// What was waited for.
        awaited: &'static str,
        /// How long.
        limit: Duration,
        /// The last lines of the log of each server concerned.
        log: String,
    },
    /// The server did not take, or did not answer, a four-letter word.
    #[error("no answer to `{word}` from {address}: {source}")]
    NoAnswer {
        /// The server's address for clients.
        address: SocketAddr,
        /// The four-letter word.
        word: String,
        /// What the system says.
        source: io::Error,
    },
    /// The server runs but serves no clients, for instance while it has no leader.
    #[error("{address} does not serve: {answer}")]
    NotServing {
        /// The server's address for clients.
        address: SocketAddr,
        /// What it says instead.
        answer: String,
    },
    /// The server has been killed, has ended by itself, or is frozen.
    #[error("the server of {address} is not running")]
    NotRunning {
        /// The server's address for clients.
        address: SocketAddr,
    },
}

impl Error {
    /// For `map_err`: the file, folder or port that could not be made.
    pub(super) fn prepare(what: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::Prepare { what, source }
    }
}
