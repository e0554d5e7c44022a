//! Servers leave nothing behind. Alone in its process, since it counts what that has.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use zk_server::{Ensemble, Server};

const TIMES: usize = 1000;
const LIMIT: Duration = Duration::from_secs(20);

#[test]
fn a_thousand_servers_leave_nothing_behind() {
    (0..TIMES / 10).for_each(|_| start_and_stop()); // what the first ones need stays
    let before = Possessions::count();
    (0..TIMES).for_each(|_| start_and_stop());
    let after = Possessions::count();
    assert_eq!((after.descriptors, after.threads), (before.descriptors, before.threads));
    // Far less than any of them needs.
    assert!(after.memory < before.memory + (4 << 20), "{before:?} {after:?}");
}

/// With a connection that waits to be answered, one that is open, and an ensemble now and then.
fn start_and_stop() {
    let server = Server::start().unwrap();
    let mut connection = TcpStream::connect(server.address()).unwrap();
    connection.write_all(&[0, 0, 0, 45]).unwrap();
    assert!(server.wait_until(LIMIT, |engine| engine.connections() == 1));
    let _waiting = TcpStream::connect(server.address()).unwrap();
    server.stop();
    server.restart().unwrap();
    if server.address().port().is_multiple_of(10) {
        Ensemble::start(3).unwrap().member(1).kill();
    }
}

#[derive(Debug)]
struct Possessions {
    descriptors: usize,
    threads: usize,
    memory: usize,
}

impl Possessions {
    fn count() -> Self {
        let entries = |folder| fs::read_dir(folder).unwrap().count();
        Self {
            descriptors: entries("/proc/self/fd"),
            threads: entries("/proc/self/task"),
            memory: resident_bytes(),
        }
    }
}

fn resident_bytes() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kilobytes: usize = line.trim().trim_end_matches(" kB").parse().unwrap();
    kilobytes * 1024
}
