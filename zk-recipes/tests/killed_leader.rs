//! The example of the election, as a test: a leader is killed, and another process takes over.

use std::process::Command;
use std::time::Duration;

#[path = "../examples/election.rs"]
#[expect(dead_code, reason = "the example begins elsewhere")]
mod example;

#[test]
fn another_process_takes_over_when_the_leader_is_killed() {
    let program = std::env::current_exe().unwrap();
    let after = example::kill_the_leader(|| {
        let mut command = Command::new(&program);
        command.args(["--exact", "one_of_the_processes", "--ignored", "--nocapture"]);
        command
    });
    let after = after.unwrap();
    // Its session timeout is 4 s.
    assert!((Duration::from_secs(1)..Duration::from_secs(20)).contains(&after), "{after:?}");
}

#[test]
#[ignore = "it is one of the processes of the test above"]
fn one_of_the_processes() {
    let variable = |name| std::env::var(name).unwrap_or_default();
    let (servers, name) = (variable(example::SERVERS), variable(example::NAME));
    if !servers.is_empty() {
        example::be_candidate(&servers, &name).unwrap();
    }
}
