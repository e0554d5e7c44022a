//! A process without descriptors to spare. Alone in it, since all its tests would lack them.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{Read, Write};
use std::iter;
use std::net::TcpStream;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use zk_server::Server;

/// Nobody tells the server that others have closed their files.
#[test]
fn who_could_not_be_accepted_is_when_there_are_descriptors_again() {
    let server = Server::start().unwrap();
    let limit = Rlimit { current: Some(100), ..getrlimit(Resource::Nofile) };
    setrlimit(Resource::Nofile, limit).unwrap();
    let mut files: Vec<_> = iter::from_fn(|| File::open("/dev/null").ok()).collect();
    files.pop();
    let mut client = TcpStream::connect(server.address()).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    client.write_all(b"ruok").unwrap();
    assert!(!server.wait_until(Duration::from_millis(50), |engine| engine.connections() > 0));
    drop(files);
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "imok");
}
