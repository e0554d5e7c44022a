//! The examples do what they say. `cargo test` builds them first, unless it is told which targets to
//! build: then `cargo build --examples` has to.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

#[test]
fn by_hand() {
    let output = output_of("by_hand", &[]);
    let (pings, others): (Vec<_>, Vec<_>) =
        output.lines().partition(|line| line.ends_with("bytes of pings"));
    assert_eq!(others.join("\n"), BY_HAND);
    let bytes: u32 = pings[0].split(' ').next().unwrap().parse().unwrap();
    assert!(bytes >= 12, "{output}");
}

const BY_HAND: &str = r#"connected
created /by-hand
read b"v1"
a watch: Last(Change { kind: NodeDataChanged, path: "/by-hand", zxid: Some(3) })
wrote version 1
read b"v2"
-- nothing to do: the session keeps itself alive
-- the connection breaks: the session goes on, and so do its nodes and watches
suspended
connected
another: Last(Change { kind: NodeDataChanged, path: "/by-hand", zxid: Some(4) })
wrote version 2
-- the end: the server is told, and the ephemeral node is gone
closed"#;

/// What a session needs that is idle, without its socket.
const MEMORY: u32 = 4096;

#[test]
fn thousand_sessions() {
    let output = output_of("thousand_sessions", &[]);
    let lines: Vec<_> = output.lines().collect();
    let [connected, memory, idle, closed] = *lines else { panic!("{output}") };
    assert!(connected.starts_with("1000 sessions, each with a node: "), "{output}");
    let memory: u32 = memory.strip_suffix(" bytes for each").unwrap().parse().unwrap();
    assert!(memory < MEMORY, "{output}");
    let pings = idle.strip_prefix("idle for 1.5s: ").unwrap().split(' ').next().unwrap();
    assert!(pings.parse::<u32>().unwrap() > 0, "{output}");
    assert!(closed.starts_with("closed: "), "{output}");
}

#[test]
fn decode_capture() {
    let output = output_of("decode_capture", &[]);
    assert_eq!(output.lines().count(), 32, "{output}");
    for said in [
        "> -4 auth\n< -4 ok\n> 56 setWatches2\n< 56 ok\n",
        "> 60 delete /w/c\n< NodeDeleted /w/c\n< NodeChildrenChanged /w\n< 60 ok\n",
        "> 63 checkWatches /zzz\n< 63 no such watch\n",
        "> 64 getData /zookeeper/config\n< 64 0 bytes, version 0\n",
        "> -2 ping\n< -2 ok\n> 66 closeSession\n< 66 ok\n",
    ] {
        assert!(output.contains(said), "{said} is not in {output}");
    }
}

#[test]
fn decode_capture_of_a_connection_that_broke() {
    let captures = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/capture/");
    let server = fs::read(format!("{captures}server")).unwrap();
    let broken = std::env::temp_dir().join(format!("decode-capture-{}", std::process::id()));
    fs::write(&broken, &server[..server.len() - 1]).unwrap();
    let output =
        output_of("decode_capture", &[&format!("{captures}client"), broken.to_str().unwrap()]);
    fs::remove_file(&broken).unwrap();
    assert!(output.starts_with("(19 bytes at the end are no whole message)\n"), "{output}");
    assert!(output.ends_with("> 66 closeSession\n(1 request has no answer)\n"), "{output}");
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
