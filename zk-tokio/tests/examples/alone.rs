//! Each example by itself. The examples of all adapters have the same text but for waiting, and so
//! have they this test.

use std::process::Command;

#[test]
fn quickstart_needs_no_server() {
    let output = output_of("quickstart", &[]);
    assert!(output.contains("saw /quickstart/config: data changed\n"), "{output}");
    assert!(output.ends_with("read b\"v2\"\n"), "{output}");
}

#[test]
fn watch_needs_no_server() {
    let lines = [
        "watching /",
        "/app: created",
        "/app/config: created",
        "/app/config: data changed",
        "/app/config: deleted",
        "the session is over: closed\n",
    ];
    assert_eq!(output_of("watch", &[]), lines.join("\n"));
}

#[test]
fn transaction_needs_no_server() {
    let output = output_of("transaction", &[]);
    assert!(output.ends_with("/alice has 90\n/bob has 10\n"), "{output}");
}

#[test]
fn session_resume_needs_no_server() {
    let output = output_of("session_resume", &[]);
    assert!(output.ends_with("[\"/present-0000000000\"]\n"), "{output}");
}

#[test]
fn pipeline_needs_no_server() {
    let output = output_of("pipeline", &[]);
    assert!(output.starts_with("1000 writes are on their way\nanswered after "), "{output}");
    assert!(output.ends_with("the last one wrote b\"1000\", version 1000\n"), "{output}");
}

#[test]
fn four_letter_words_needs_no_server() {
    let output = output_of("four_letter_words", &[]);
    assert!(output.starts_with("ruok: imok\nsrvr: Zookeeper version: "), "{output}");
    assert!(output.ends_with("\nisro: rw\n"), "{output}");
}

#[test]
fn tls_needs_no_server() {
    let output = output_of("tls", &[]);
    assert!(output.ends_with("encrypted\n1 children of /\nare you ok? imok\n"), "{output}");
}

pub(crate) fn output_of(name: &str, args: &[&str]) -> String {
    let output = example(name).args(args).output().expect("there is a cargo");
    assert!(output.status.success(), "{name}: {output:?}");
    String::from_utf8(output.stdout).expect("an example writes text")
}

/// Examples of other crates have the same name, and so have their programs: cargo knows which is
/// meant.
pub(crate) fn example(name: &str) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["run", "--quiet", "--locked", "--package", env!("CARGO_PKG_NAME")]);
    cargo.args(crate::FEATURES);
    if name == "tls" {
        cargo.args(["--features", "ring"]);
    }
    cargo.args(["--example", name, "--"]);
    cargo
}
