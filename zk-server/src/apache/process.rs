//! A running server, and what ends it.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::io::retry_on_intr;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

/// Waits until its standard input ends, which it does when this process is gone, and then does
/// what [`Drop`] no longer can.
const GUARD: &str = r#"read -r nothing; kill -KILL "$1"; rm -rf -- "$2""#;

/// A running child process that ends with this value, or with this process.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    guard: Guard,
    command: String,
}

/// What outlives this process for a moment if it is killed: the child's death signal could do the
/// same, but comes too early, at the end of the thread that started the child.
#[derive(Debug)]
struct Guard(Child);

impl Process {
    /// Runs `command`, and removes `folder` if this process is killed.
    pub(super) fn start(command: &mut Command, folder: &Path) -> io::Result<Self> {
        let mut child = command.spawn()?;
        match Guard::start(&child, folder) {
            Ok(guard) => Ok(Self { child, guard, command: command_line(command) }),
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(error)
            }
        }
    }

    /// The command line that runs it.
    pub(super) fn command(&self) -> &str {
        &self.command
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        let status = self.child.try_wait().ok().flatten()?;
        // From here on its number may be another program's.
        self.guard.stop();
        Some(status)
    }

    /// Stops it in its tracks, and returns once it stands.
    pub(super) fn freeze(&mut self) -> io::Result<()> {
        let pid = self.signal(Signal::STOP)?;
        // `NOWAIT`, so that an end is still there for `ended` to find.
        let change = WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        retry_on_intr(|| waitid(WaitId::Pid(pid), change))?;
        Ok(())
    }

    /// Lets it go on.
    pub(super) fn thaw(&mut self) -> io::Result<()> {
        self.signal(Signal::CONT).map(drop)
    }

    fn signal(&mut self, signal: Signal) -> io::Result<Pid> {
        let gone = io::Error::from(io::ErrorKind::NotFound);
        if self.ended().is_some() {
            return Err(gone);
        }
        let pid = pid(&self.child).ok_or(gone)?;
        kill_process(pid, signal)?;
        Ok(pid)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.guard.stop();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Guard {
    fn start(child: &Child, folder: &Path) -> io::Result<Self> {
        Command::new("sh")
            .args(["-c", GUARD, "sh", &child.id().to_string()])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A signal to the group of this process, such as that of Ctrl-C, must not end it.
            .process_group(0)
            .spawn()
            .map(Self)
    }

    fn stop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The program and its arguments, for a person to read.
pub(super) fn command_line(command: &Command) -> String {
    let words: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect();
    words.join(" ")
}

fn pid(child: &Child) -> Option<Pid> {
    Pid::from_raw(child.id().cast_signed())
}
