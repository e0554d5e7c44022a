//! `zkCli.sh`, the command line that Apache ZooKeeper comes with, as Debian packages it.

use std::process::Command;
use std::time::Duration;

use crate::server::TestServer;
use crate::{JAVA_FLAGS, program, tools};

const CLI: &str = "/usr/share/zookeeper/bin/zkCli.sh";
const LIMIT: Duration = Duration::from_secs(120);

/// What is typed, and what Apache ZooKeeper 3.8.0 and 3.9.5 make it show, to the zxid.
const SCRIPT: &str = include_str!("zkcli/script");
const ANSWERS: &str = include_str!("zkcli/expected");

#[test]
fn zkcli_shows_the_same_as_on_apache() {
    if !tools::are_installed("zkCli.sh", &["java", CLI]) {
        return;
    }
    let server = TestServer::start();
    let mut command = Command::new(CLI);
    command.args(["-server", &server.address().to_string()]).env("CLIENT_JVMFLAGS", JAVA_FLAGS);
    let said = program::run(command, SCRIPT, LIMIT, |_, _| {});
    let lines: Vec<_> = said.lines().filter(|line| is_the_same(line)).collect();
    // A thread of its own shows the events, a little sooner or later.
    let (events, answers): (Vec<_>, Vec<_>) =
        lines.into_iter().partition(|line| line.starts_with("WatchedEvent"));
    let told = [answers, events].concat().join("\n");
    assert!(told == ANSWERS.trim(), "{}", tools::differences(ANSWERS, &told));
}

/// Whether a line tells no time or port, and comes from ZooKeeper.
fn is_the_same(line: &str) -> bool {
    let changing = ["ctime", "mtime", "Connecting", "Welcome", "JLine", "SLF4J", "WATCHER"];
    !line.is_empty() && !changing.iter().any(|start| line.starts_with(start))
}
