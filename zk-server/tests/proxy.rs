//! The proxy, in front of a server that echoes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use zk_server::proxy::Proxy;

/// Far more than anything here takes.
const LIMIT: Duration = Duration::from_secs(10);

/// How long nothing must happen that would take no time.
const QUIET: Duration = Duration::from_millis(100);

#[test]
fn forwards_both_ways_and_counts() {
    let proxy = Proxy::start(echo()).unwrap();
    assert_eq!(proxy.connect_string(), proxy.address().to_string());
    let mut first = connect(&proxy);
    let mut second = connect(&proxy);
    for message in [&b"one"[..], &[7; 100_000], b"three"] {
        check_echo(&mut first, message);
        check_echo(&mut second, message);
    }
    assert_eq!((proxy.connections(), proxy.open_connections()), (2, 2));
    first.shutdown(std::net::Shutdown::Write).unwrap();
    assert_end(&mut first);
}

#[test]
fn cuts_what_is_open_and_takes_what_comes() {
    let proxy = Proxy::start(echo()).unwrap();
    let mut first = connect(&proxy);
    check_echo(&mut first, b"ping");
    proxy.cut();
    assert_end(&mut first);
    assert_eq!(proxy.open_connections(), 0);
    check_echo(&mut connect(&proxy), b"ping");
    assert_eq!(proxy.connections(), 2);
}

#[test]
fn refuses_until_it_accepts() {
    let proxy = Proxy::start(echo()).unwrap();
    let mut open = connect(&proxy);
    check_echo(&mut open, b"before");
    proxy.refuse();
    assert_end(&mut connect(&proxy));
    check_echo(&mut open, b"after");
    proxy.accept();
    check_echo(&mut connect(&proxy), b"ping");
    assert_eq!((proxy.connections(), proxy.open_connections()), (3, 2));
}

#[test]
fn holds_bytes_back_while_stalled() {
    let proxy = Proxy::start(echo()).unwrap();
    let mut old = connect(&proxy);
    check_echo(&mut old, b"before");
    proxy.stall();
    let mut new = connect(&proxy);
    for stream in [&mut old, &mut new] {
        stream.write_all(b"held").unwrap();
        assert_silent(stream);
    }
    proxy.resume();
    for stream in [&mut old, &mut new] {
        assert_eq!(receive(stream, 4), b"held");
    }
}

#[test]
fn cuts_while_stalled() {
    let proxy = Proxy::start(echo()).unwrap();
    proxy.stall();
    let mut stream = connect(&proxy);
    stream.write_all(b"lost").unwrap();
    assert!(proxy.wait_for_connections(1, LIMIT));
    proxy.cut();
    assert_end(&mut stream);
}

#[test]
fn cuts_in_the_middle_of_a_frame() {
    let proxy = Proxy::start(echo()).unwrap();
    let mut stream = connect(&proxy);
    check_echo(&mut stream, b"whole");
    proxy.cut_after(6);
    check_echo(&mut stream, b"four");
    stream.write_all(b"frame").unwrap();
    assert_eq!(receive(&mut stream, 2), b"fr");
    assert_end(&mut stream);
    check_echo(&mut connect(&proxy), b"whole again");
}

#[test]
fn goes_to_another_upstream() {
    let (first, second) = (echo(), greeter());
    let proxy = Proxy::start(first).unwrap();
    let mut old = connect(&proxy);
    check_echo(&mut old, b"ping");
    proxy.set_upstream(second);
    assert_eq!(receive(&mut connect(&proxy), 5), b"hello");
    check_echo(&mut old, b"ping");
}

#[test]
fn closes_a_client_when_nobody_is_upstream() {
    let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let proxy = Proxy::start(nobody).unwrap();
    assert_end(&mut connect(&proxy));
}

#[test]
fn waits_for_connections() {
    let proxy = Proxy::start(echo()).unwrap();
    assert!(!proxy.wait_for_connections(1, Duration::from_millis(1)));
    thread::scope(|scope| {
        scope.spawn(|| connect(&proxy));
        assert!(proxy.wait_for_connections(1, LIMIT));
    });
}

#[test]
fn leaves_nothing_open_when_dropped() {
    let proxy = Proxy::start(echo()).unwrap();
    let address = proxy.address();
    let mut flowing = connect(&proxy);
    check_echo(&mut flowing, b"ping");
    proxy.stall();
    let mut stalled = connect(&proxy);
    stalled.write_all(b"held").unwrap();
    // Returns only when all threads have ended.
    drop(proxy);
    assert_end(&mut flowing);
    assert_end(&mut stalled);
    assert!(TcpStream::connect(address).is_err());
}

/// A server that sends back what it gets.
fn echo() -> SocketAddr {
    serve(|stream| {
        let _ = std::io::copy(&mut &*stream, &mut &*stream);
    })
}

/// A server that says hello.
fn greeter() -> SocketAddr {
    serve(|mut stream| stream.write_all(b"hello").unwrap())
}

fn serve(answer: fn(&TcpStream)) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            thread::spawn(move || answer(&stream));
        }
    });
    address
}

fn connect(proxy: &Proxy) -> TcpStream {
    let stream = TcpStream::connect(proxy.address()).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream
}

fn check_echo(stream: &mut TcpStream, message: &[u8]) {
    stream.write_all(message).unwrap();
    assert_eq!(receive(stream, message.len()), message);
}

fn receive(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes).unwrap();
    bytes
}

/// The stream ends, in order or not.
fn assert_end(stream: &mut TcpStream) {
    match stream.read(&mut [0]) {
        Ok(count) => assert_eq!(count, 0),
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
    }
}

fn assert_silent(stream: &mut TcpStream) {
    stream.set_read_timeout(Some(QUIET)).unwrap();
    let error = stream.read(&mut [0]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
    stream.set_read_timeout(Some(LIMIT)).unwrap();
}
