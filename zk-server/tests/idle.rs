//! Ten thousand sessions that say nothing, in a process of their own, whose memory is looked at.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use zk_proto::wire::put_frame;
use zk_proto::{ConnectRequest, Record};

const SESSIONS: usize = 10_000;

/// What a process needs besides.
const SPARE: u64 = 100;

/// In bytes; the goal is 200 MB.
const MEMORY: usize = 200_000_000;

#[test]
fn ten_thousand_idle_sessions_need_little_memory() {
    if !can_open(SESSIONS as u64 + SPARE) {
        eprintln!(
            "!!! SKIPPED: ten thousand sessions. The limit of open files is too low: ulimit -Hn"
        );
        return;
    }
    let (server, address) = start();
    let server = Guard(server);
    let empty = resident_bytes(&server.0);
    let start = Instant::now();
    let greeting = greeting();
    let mut sessions: Vec<_> = (0..SESSIONS).map(|_| open(address, &greeting)).collect();
    let took = start.elapsed();
    let full = resident_bytes(&server.0);
    eprintln!(
        "{SESSIONS} sessions opened in {took:?}, {} MB of memory ({} bytes for each)",
        full / 1_000_000,
        (full - empty) / SESSIONS
    );
    assert!(full < MEMORY, "{full} bytes");
    // All of them are served still.
    let ping: &[u8] = &[0, 0, 0, 8, 0xff, 0xff, 0xff, 0xfe, 0, 0, 0, 11];
    sessions.iter_mut().for_each(|session| session.write_all(ping).unwrap());
    sessions.iter_mut().for_each(|session| session.read_exact(&mut [0; 20]).unwrap());
}

/// Raises the limit of this process, and so of those that it starts, as far as it takes.
fn can_open(files: u64) -> bool {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let is_enough = |limit: Option<u64>| limit.is_none_or(|limit| limit >= files);
    is_enough(current)
        || is_enough(maximum)
            && setrlimit(Resource::Nofile, Rlimit { current: Some(files), maximum }).is_ok()
}

fn start() -> (Child, SocketAddr) {
    let mut server = Command::new(env!("CARGO_BIN_EXE_zk-server"))
        .args(["--listen", "127.0.0.1:0", "--max-session-timeout", "3600000"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on ").unwrap().parse().unwrap();
    (server, address)
}

/// Of a session of an hour.
fn greeting() -> Vec<u8> {
    let request = ConnectRequest {
        protocol_version: 0,
        last_zxid_seen: 0,
        timeout: 3_600_000,
        session_id: 0,
        password: vec![0; 16],
        read_only: Some(false),
    };
    let mut greeting = Vec::new();
    put_frame(&mut greeting, |out| request.encode(out));
    greeting
}

fn open(address: SocketAddr, greeting: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(greeting).unwrap();
    stream.read_exact(&mut [0; 41]).unwrap();
    stream
}

fn resident_bytes(process: &Child) -> usize {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kilobytes: usize = line.trim().trim_end_matches(" kB").parse().unwrap();
    kilobytes * 1024
}

/// Ends the process.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
