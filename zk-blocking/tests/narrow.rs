//! A connection that holds less than a request has.
#![cfg(unix)]

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use zk_blocking::{Client, Connector, Stream, Target};
use zk_server::Server;

/// No test waits longer, whatever hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// A pair of sockets, to the server. TCP would have room for a whole request.
#[derive(Debug)]
struct Narrow;

impl Connector for Narrow {
    fn connect(&self, target: &Target, timeout: Duration) -> io::Result<Stream> {
        let server = TcpStream::connect_timeout(&target.address, timeout)?;
        let (near, far) = UnixStream::pair()?;
        forward(far.try_clone()?, server.try_clone()?);
        forward(server, far);
        Ok(near.into())
    }
}

fn forward(mut from: impl Read + Send + 'static, mut to: impl Write + Send + 'static) {
    thread::spawn(move || io::copy(&mut from, &mut to));
}

#[test]
fn what_has_no_room_is_written_when_there_is_some() {
    let server = Server::start().unwrap();
    let zk = Client::builder().connector(Narrow).connect(&server.connect_string()).unwrap();
    let zk = zk.within(LIMIT);
    let data = vec![7; 1_000_000];
    zk.create("/node", &data).unwrap();
    for version in 1..=5 {
        assert_eq!(zk.set("/node", &data).unwrap().version, version);
        assert!(zk.get("/node").unwrap().data == data);
    }
    assert_eq!(zk.stats().connections, 1);
    zk.close().unwrap();
}
