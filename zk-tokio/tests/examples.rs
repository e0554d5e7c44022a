//! The examples do what they say, on a real server and by themselves. `cargo test` builds them
//! first, unless it is told which targets to build: then `cargo build --examples` has to.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use zk_server::apache::{Options, Server};

#[test]
fn the_examples_do_what_they_say() {
    let server = Server::start(&Options::new()).unwrap();
    let servers = server.connect_string();

    let quickstart = output_of("quickstart", &[&servers]);
    assert!(quickstart.contains("wrote version 1 of /quickstart/config"), "{quickstart}");
    assert!(quickstart.contains("saw /quickstart/config: data changed"), "{quickstart}");

    let transaction = output_of("transaction", &[&servers]);
    assert!(transaction.ends_with("/alice has 90\n/bob has 10\n"), "{transaction}");

    let session_resume = output_of("session_resume", &[&servers]);
    let sessions: Vec<_> = session_resume.lines().map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(sessions[0], sessions[1], "{session_resume}");
    assert!(session_resume.ends_with("[\"/present-0000000002\"]\n"), "{session_resume}");

    let mut watch = Command::new(example("watch"))
        .args([&servers, "/bank"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(lines.next().unwrap(), "watching /bank");
    output_of("transaction", &[&servers]);
    assert_eq!(lines.next().unwrap(), "/bank/alice: data changed");
    watch.kill().unwrap();
    watch.wait().unwrap();
}

#[test]
fn the_examples_need_no_server() {
    for (name, ends_with) in [
        ("quickstart", "read b\"v2\"\n"),
        ("transaction", "/alice has 90\n/bob has 10\n"),
        ("session_resume", "[\"/present-0000000000\"]\n"),
    ] {
        let output = output_of(name, &[]);
        assert!(output.ends_with(ends_with), "{output}");
    }
}

fn output_of(name: &str, args: &[&str]) -> String {
    let output = Command::new(example(name)).args(args).output();
    let output = output.expect("built by `cargo build --examples`");
    assert!(output.status.success(), "{name}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Cargo builds examples beside tests, and tells nobody where.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("examples").join(name)
}
