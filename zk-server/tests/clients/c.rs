//! The C client of Apache ZooKeeper, as Debian packages it.

use std::io::Write;
use std::process::Command;
use std::time::Duration;

use crate::server::TestServer;
use crate::{program, tools};

/// What is asked in one session, and the answers.
const SCRIPT: &str = include_str!("c/cli_mt.script");
const ANSWERS: &str = include_str!("c/cli_mt.expected");

const CLI: &str = "/usr/lib/zookeeper/bin/cli_mt";
const LIMIT: Duration = Duration::from_secs(120);

#[test]
fn a_program_in_c_uses_all_of_its_client() {
    if !tools::are_installed("the C client", &["gcc", "/usr/include/zookeeper/zookeeper.h"]) {
        return;
    }
    let recipes = tools::scratch("c").join("recipes");
    let mut compiler = Command::new("gcc");
    compiler.args(["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1"]);
    compiler.arg(tools::here().join("c/recipes.c")).arg("-o").arg(&recipes);
    compiler.args(["-lzookeeper_mt", "-lpthread"]);
    program::run(compiler, "", LIMIT, |_, _| {});

    let server = TestServer::start();
    let mut command = Command::new(recipes);
    command.arg(server.address().to_string());
    let output = program::run(command, "", LIMIT, |line, _| server.obey(line));
    assert_eq!(output.lines().filter(|line| line.starts_with("ok ")).count(), 9, "{output}");
}

#[test]
fn cli_mt_shows_what_it_made() {
    if !tools::are_installed("cli_mt", &[CLI]) {
        return;
    }
    let server = TestServer::start();
    // Line by line, or it would say nothing before its end.
    let mut command = Command::new("stdbuf");
    command.arg("-oL").arg(CLI).arg(server.address().to_string());
    // It does not wait for answers when it quits.
    let said = program::run(command, SCRIPT, LIMIT, |line, cli| {
        if line == "[/none/x]: rc = -101" {
            writeln!(cli, "quit").unwrap();
        }
    });
    let told: Vec<_> = said.lines().map(str::trim).filter(|line| is_the_same(line)).collect();
    let told = told.join("\n");
    assert!(told == ANSWERS.trim(), "{}", tools::differences(ANSWERS, &told));
}

/// Whether a line tells neither a time, nor a session, nor what is said before the answer comes.
fn is_the_same(line: &str) -> bool {
    let changing =
        ["ctime", "mtime", "time =", "ephemeralOwner", "Got a new", "Creating", "Watcher SESSION"];
    !changing.iter().any(|start| line.starts_with(start))
}
