//! Runs a program that is not ours, to its end or its deadline.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

/// Runs `command` with `input`, shows each line that it writes to `on_line`, with a way to say
/// more to it, and returns them all as text, in the order in which they came, errors among them.
///
/// # Panics
///
/// If it does not succeed within `limit`.
pub(crate) fn run(
    mut command: Command,
    input: &str,
    limit: Duration,
    mut on_line: impl FnMut(&str, &mut ChildStdin),
) -> String {
    let name = format!("{command:?}");
    let (reader, writer) = io::pipe().unwrap();
    command.stdin(Stdio::piped()).stdout(writer.try_clone().unwrap()).stderr(writer);
    let mut child = command.process_group(0).spawn().unwrap_or_else(|e| panic!("{name}: {e}"));
    // Holds the ends of the pipe that would keep the reading below from its end.
    drop(command);
    let watchdog = watch(&child, limit);
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    let mut output = String::new();
    for line in BufReader::new(reader).split(b'\n') {
        let line = String::from_utf8_lossy(&line.unwrap()).into_owned();
        on_line(&line, &mut stdin);
        output.push_str(&line);
        output.push('\n');
    }
    let status = child.wait().unwrap();
    drop(watchdog);
    assert!(status.success(), "{name}: {status} (it may take {limit:?})\n{output}");
    output
}

/// Ends the child and all that it started at its deadline, unless what is returned is dropped.
fn watch(child: &Child, limit: Duration) -> Sender<()> {
    let group = Pid::from_child(child);
    let (alive, ended) = mpsc::channel();
    thread::spawn(move || {
        if ended.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
            let _ = kill_process_group(group, Signal::KILL);
        }
    });
    alive
}
