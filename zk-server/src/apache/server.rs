//! One server.

use std::fs;
use std::io;
use std::mem;
use std::net::{SocketAddr, TcpStream};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tempfile::TempDir;

use super::config::{self, Membership};
use super::port::{self, Ports, again_if_port_taken};
use super::probe::{self, poll};
use super::process::{Process, command_line};
use super::{Error, Mode, Options, java};
use crate::port::Port;

/// How long [`Server::four_letter_word`] waits for an answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// An Apache ZooKeeper server on this machine: alone, or a member of an
/// [`Ensemble`](super::Ensemble).
///
/// All its methods can be called from any thread. When it is dropped the server is killed, even
/// while frozen, and its folder removed.
///
/// ```no_run
/// use zk_server::apache::{Options, Server};
///
/// let server = Server::start(&Options::new())?;
/// println!("connect to {}", server.connect_string());
/// server.kill();
/// server.restart()?; // on the same port, with the same data
/// # Ok::<(), zk_server::apache::Error>(())
/// ```
#[derive(Debug)]
pub struct Server {
    // Before the folder: the process must be gone before its files are.
    state: Mutex<State>,
    ports: Ports,
    options: Options,
    folder: TempDir,
}

#[derive(Debug)]
enum State {
    Down,
    Running(Process),
    Frozen(Process),
}

/// What can be told of a server from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pulse {
    /// It was killed or is frozen.
    Still,
    /// It runs, but serves nobody yet.
    Silent,
    /// It serves clients.
    Serving(Mode),
}

impl Server {
    /// Starts a server that serves alone, and returns once it serves.
    ///
    /// # Errors
    ///
    /// [`Error::Prepare`] if no port or folder can be had, [`Error::Run`] if Java cannot be run,
    /// [`Error::Ended`] if the server ends, for instance because of a wrong class path, and
    /// [`Error::Late`] if it does not serve within [`Options::start_limit`].
    pub fn start(options: &Options) -> Result<Self, Error> {
        again_if_port_taken(|| {
            let server = Self::prepare(options, port::reserve()?, &Membership::None)?;
            server.restart()?;
            Ok(server)
        })
    }

    /// Where it serves clients, as a client takes it: `127.0.0.1:` and the port.
    #[must_use]
    pub fn connect_string(&self) -> String {
        self.address().to_string()
    }

    /// Where it serves clients.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.ports.plain.address()
    }

    /// Where it serves clients that speak TLS, if [`Options::tls`] was given.
    #[must_use]
    pub fn secure_address(&self) -> Option<SocketAddr> {
        self.ports.tls.as_ref().map(Port::address)
    }

    /// The same, as a client takes it.
    #[must_use]
    pub fn secure_connect_string(&self) -> Option<String> {
        self.secure_address().map(|address| address.to_string())
    }

    /// All that it has logged since it was first started.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn log(&self) -> io::Result<String> {
        fs::read(java::log_file(self.folder.path())).map(|log| String::from_utf8_lossy(&log).into())
    }

    /// Kills it at once (SIGKILL), and returns once it is gone. Nothing happens if it is not
    /// running.
    pub fn kill(&self) {
        *self.state() = State::Down;
    }

    /// Stops it in its tracks (SIGSTOP): its connections stay open, but nothing answers.
    ///
    /// # Errors
    ///
    /// [`Error::NotRunning`] if it was killed or has ended.
    pub fn freeze(&self) -> Result<(), Error> {
        self.change(Process::freeze, State::Frozen)
    }

    /// Lets a frozen server go on (SIGCONT).
    ///
    /// # Errors
    ///
    /// [`Error::NotRunning`] if it was killed or has ended.
    pub fn thaw(&self) -> Result<(), Error> {
        self.change(Process::thaw, State::Running)
    }

    /// Starts it anew on the same port and data, and returns once it serves. Kills it before that
    /// if it runs.
    ///
    /// # Errors
    ///
    /// Those of [`Server::relaunch`] and of [`Server::wait_until_serving`].
    pub fn restart(&self) -> Result<(), Error> {
        self.relaunch()?;
        self.wait_until_serving().map(drop)
    }

    /// Like [`Server::restart`], but does not wait: for a member that cannot serve before others
    /// are started too.
    ///
    /// # Errors
    ///
    /// [`Error::Prepare`] if its log cannot be written, [`Error::Run`] if Java cannot be run.
    pub fn relaunch(&self) -> Result<(), Error> {
        let mut state = self.state();
        *state = State::Down;
        let mut command = java::command(self.folder.path(), &self.options)
            .map_err(Error::prepare("the log of the server"))?;
        let process = Process::start(&mut command, self.folder.path())
            .map_err(|source| Error::Run { command: command_line(&command), source })?;
        *state = State::Running(process);
        Ok(())
    }

    /// What it is to its ensemble at the moment.
    ///
    /// # Errors
    ///
    /// [`Error::NoAnswer`] if it does not answer within 5 s, [`Error::NotServing`] if it says that
    /// it serves nobody.
    pub fn mode(&self) -> Result<Mode, Error> {
        probe::mode(self.address(), ANSWER_LIMIT)
    }

    /// Waits until it serves clients, and returns its mode.
    ///
    /// # Errors
    ///
    /// [`Error::NotRunning`] if it was killed or is frozen, [`Error::Ended`] if it ends, [`Error::Late`] if it
    /// does not serve within [`Options::start_limit`].
    pub fn wait_until_serving(&self) -> Result<Mode, Error> {
        let limit = self.options.start_limit;
        let mode = poll(limit, |patience| match self.pulse(patience)? {
            Pulse::Still => Err(self.not_running()),
            Pulse::Silent => Ok(None),
            Pulse::Serving(mode) => Ok(Some(mode)),
        })?;
        mode.ok_or_else(|| Error::Late {
            awaited: "the server serves",
            limit,
            log: self.log_tail(),
        })
    }

    /// Sends a four-letter word, such as `srvr`, `mntr` or `cons`, and returns all it answers.
    ///
    /// # Errors
    ///
    /// [`Error::NoAnswer`] if the server is not there or does not answer within 5 s.
    pub fn four_letter_word(&self, word: &str) -> Result<String, Error> {
        probe::ask(self.address(), word, ANSWER_LIMIT)
    }

    /// A server on the port `plain`, yet to be launched.
    pub(super) fn prepare(
        options: &Options,
        plain: Port,
        membership: &Membership,
    ) -> Result<Self, Error> {
        let tls = options.tls.as_ref().map(|_| port::reserve()).transpose()?;
        let ports = Ports { plain, tls };
        let folder = write_files(options, &ports, membership)
            .map_err(Error::prepare("the files of the server"))?;
        Ok(Self { state: Mutex::new(State::Down), ports, options: options.clone(), folder })
    }

    /// How it does, as far as can be found out within `patience`.
    pub(super) fn pulse(&self, patience: Duration) -> Result<Pulse, Error> {
        if !self.is_running()? {
            return Ok(Pulse::Still);
        }
        let opens_last = self.secure_address().unwrap_or_else(|| self.address());
        if TcpStream::connect_timeout(&opens_last, patience).is_err() {
            return Ok(Pulse::Silent);
        }
        Ok(probe::mode(self.address(), patience).map_or(Pulse::Silent, Pulse::Serving))
    }

    /// The end of its log.
    pub(super) fn log_tail(&self) -> String {
        java::log_tail(self.folder.path())
    }

    /// Whether it runs and is not frozen; an error if it has ended by itself.
    fn is_running(&self) -> Result<bool, Error> {
        match &mut *self.state() {
            State::Down | State::Frozen(_) => Ok(false),
            State::Running(process) => match process.ended() {
                None => Ok(true),
                Some(status) => {
                    let command = process.command().to_owned();
                    Err(Error::Ended { status, command, log: self.log_tail() })
                }
            },
        }
    }

    fn change(
        &self,
        act: fn(&mut Process) -> io::Result<()>,
        next: fn(Process) -> State,
    ) -> Result<(), Error> {
        let mut state = self.state();
        let mut process = match mem::replace(&mut *state, State::Down) {
            State::Down => return Err(self.not_running()),
            State::Running(process) | State::Frozen(process) => process,
        };
        act(&mut process).map_err(|_| self.not_running())?;
        *state = next(process);
        Ok(())
    }

    fn not_running(&self) -> Error {
        Error::NotRunning { address: self.address() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn write_files(options: &Options, ports: &Ports, membership: &Membership) -> io::Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("zookeeper-").tempdir()?;
    config::write(folder.path(), options, ports, membership)?;
    java::write_logging(folder.path())?;
    Ok(folder)
}
