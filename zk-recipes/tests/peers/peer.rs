//! A process that uses somebody's recipes, as it is told to line by line.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::actor::Actor;
use crate::programs::Language;

/// Whose answers go where.
type Inboxes = Arc<Mutex<HashMap<String, Sender<String>>>>;

/// It is killed when this is dropped, and ends by itself when this process is gone: then nobody
/// can tell it any more.
#[derive(Debug)]
pub(crate) struct Peer {
    language: Language,
    process: Mutex<Child>,
    commands: Mutex<ChildStdin>,
    inboxes: Inboxes,
    actors: AtomicU32,
}

impl Peer {
    /// Starts it, and returns once it has a session.
    pub(crate) fn start(language: Language, mut command: Command) -> Self {
        let name = format!("{command:?}");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap_or_else(|error| panic!("{name}: {error}"));
        let commands = process.stdin.take().unwrap();
        let answers = BufReader::new(process.stdout.take().unwrap());
        let inboxes = Inboxes::default();
        let (ready, is_ready) = channel();
        inboxes.lock().unwrap().insert("ready".to_owned(), ready);
        let peer = Self {
            language,
            process: Mutex::new(process),
            commands: Mutex::new(commands),
            inboxes: inboxes.clone(),
            actors: AtomicU32::new(0),
        };
        thread::spawn(move || distribute(answers, &inboxes));
        is_ready.recv_timeout(Actor::LIMIT).unwrap_or_else(|_| panic!("{name} is not ready"));
        peer
    }

    /// Somebody new there, who does one thing after the other.
    pub(crate) fn actor(&self) -> Actor<'_> {
        let name = format!("{:?}-{}", self.language, self.actors.fetch_add(1, Ordering::Relaxed));
        let (inbox, answers) = channel();
        self.inboxes.lock().unwrap().insert(name.clone(), inbox);
        Actor::new(self, name, answers)
    }

    pub(crate) fn tell(&self, line: &str) {
        writeln!(self.commands.lock().unwrap(), "{line}").unwrap();
    }

    /// Ends it without a word to anybody, as a crash does.
    pub(crate) fn kill(&self) {
        let mut process = self.process.lock().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Ends with the process. Nobody is left to answer then, so that whoever waits gets to know.
fn distribute(answers: BufReader<ChildStdout>, inboxes: &Inboxes) {
    for line in answers.lines().map_while(Result::ok) {
        let (name, answer) = line.split_once(' ').unwrap_or((&line, ""));
        if let Some(inbox) = inboxes.lock().unwrap().get(name) {
            let _ = inbox.send(answer.to_owned());
        }
    }
    inboxes.lock().unwrap().clear();
}
