//! kazoo, the client for Python, by its own test suite.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::server::is_apache;
use crate::{program, tools};

const LIMIT: Duration = Duration::from_secs(900);

/// Tests that pass on Apache ZooKeeper 3.8.0 and 3.9.5. Two more need a Kerberos server.
const PASSED_ON_APACHE: usize = 491;

/// Runs of pytest at the same time, each with a part of the files: most of the time, they wait.
const RUNS: usize = 3;

#[test]
fn the_test_suite_of_kazoo_passes() {
    if !tools::are_installed("kazoo", &["python3"]) {
        return;
    }
    // Installs it, and finds out what there is.
    let list = pytest(0, &["--collect-only".to_owned()]);
    let files = files(&list);
    let passed: usize = thread::scope(|scope| {
        let run = |run| {
            let part: Vec<_> = files.iter().skip(run).step_by(RUNS).cloned().collect();
            scope.spawn(move || passed(&pytest(run, &part)))
        };
        let runs: Vec<_> = (0..RUNS).map(run).collect();
        runs.into_iter().map(|run| run.join().unwrap()).sum()
    });
    assert_eq!(passed, PASSED_ON_APACHE, "so many tests passed");
}

/// Runs pytest on a server of its own, and returns what it shows.
fn pytest(run: usize, arguments: &[String]) -> String {
    let folder = tools::scratch("kazoo");
    let mut command = Command::new(tools::here().join("kazoo/run.sh"));
    command.arg(&folder).arg(free_ports(run).to_string()).args(arguments);
    if is_apache() {
        command.env_remove("ZK_SERVER");
    } else {
        let state = folder.join(format!("run-{run}"));
        let _ = fs::remove_dir_all(&state);
        command.env("ZK_SERVER", env!("CARGO_BIN_EXE_zk-server")).env("ZK_STATE", state);
    }
    program::run(command, "", LIMIT, |_, _| {})
}

/// The first of the ports of three servers, which the harness takes ten apart.
fn free_ports(run: usize) -> u16 {
    let is_free = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    let start = 20_000 + u16::try_from(run).unwrap() * 4_000;
    let mut ports = (start..start + 4_000).step_by(30);
    ports.find(|port| (0..30).all(|more| is_free(port + more))).unwrap()
}

/// Each once, from a list of tests.
fn files(list: &str) -> Vec<String> {
    let tests = list.lines().filter_map(|line| line.split_once("::"));
    let mut files: Vec<_> = tests.map(|(file, _)| file.to_owned()).collect();
    files.dedup();
    files
}

/// How many passed, from the last line that pytest shows: "7 passed, 1 skipped in 0.25s".
fn passed(shown: &str) -> usize {
    let words: Vec<_> = shown.split_whitespace().collect();
    let count = words.windows(2).rev().find(|pair| pair[1].starts_with("passed"));
    count.and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
}
