//! A million znodes. Alone in its process, whose memory it looks at.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;

use zk_proto::{Create, Instant};
use zk_server::{Config, Engine};

const NODES: usize = 1_000_000;

/// In bytes.
const MEMORY: usize = 1_000_000_000;

#[test]
fn a_million_znodes_need_less_than_a_gigabyte() {
    let mut engine = Engine::new(Config::default(), Box::new(|bytes| bytes.fill(7)));
    let before = resident_bytes();
    let data = [7; 100];
    for number in 0..NODES {
        // A thousand in each folder.
        let folder = format!("/folder-{:04}", number / 1000);
        if number % 1000 == 0 {
            engine.create(Instant::ORIGIN, &Create::new(&folder, "")).unwrap();
        }
        let path = format!("{folder}/node-{number:010}");
        engine.create(Instant::ORIGIN, &Create::new(&path, &data)).unwrap();
    }
    assert!(engine.tree().len() > NODES);
    let memory = resident_bytes() - before;
    eprintln!("{NODES} znodes of 100 bytes: {} MB", memory / 1_000_000);
    assert!(memory < MEMORY, "{memory} bytes");
}

fn resident_bytes() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kilobytes: usize = line.trim().trim_end_matches(" kB").parse().unwrap();
    kilobytes * 1024
}
