//! One server on its own.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::TcpStream;
use std::time::Duration;

use zk_server::apache::{Error, Mode, Options, Server};

#[test]
fn serves_dies_and_comes_back_on_its_port() {
    let server = Server::start(&Options::new()).unwrap();
    assert_eq!(server.mode().unwrap(), Mode::Standalone);
    assert!(server.four_letter_word("srvr").unwrap().contains("Node count: 5"));
    let address = server.address();
    assert_eq!(server.connect_string(), address.to_string());

    server.kill();
    assert!(matches!(server.mode(), Err(Error::NoAnswer { .. })));
    assert!(matches!(server.wait_until_serving(), Err(Error::NotRunning { .. })));
    assert!(matches!(server.freeze(), Err(Error::NotRunning { .. })));

    server.restart().unwrap();
    assert_eq!(server.address(), address);
    assert_eq!(server.mode().unwrap(), Mode::Standalone);
}

#[test]
fn answers_nothing_while_frozen() {
    let server = Server::start(&Options::new()).unwrap();
    server.freeze().unwrap();
    assert!(matches!(server.wait_until_serving(), Err(Error::NotRunning { .. })));
    let mut stream = TcpStream::connect(server.address()).unwrap();
    ask_in_vain(&mut stream);
    server.thaw().unwrap();
    assert_eq!(server.wait_until_serving().unwrap(), Mode::Standalone);
}

#[test]
fn takes_its_options() {
    let options = Options::new()
        .tick_time(Duration::from_millis(150))
        .maximum_client_connections(7)
        .maximum_session_timeout(Duration::from_secs(12))
        .superuser("super", "secret");
    let server = Server::start(&options).unwrap();
    let conf = server.four_letter_word("conf").unwrap();
    let envi = server.four_letter_word("envi").unwrap();
    for line in ["tickTime=150", "maxClientCnxns=7", "maxSessionTimeout=12000"] {
        assert!(conf.lines().any(|found| found == line), "{line} is not in {conf}");
    }
    assert!(envi.contains("zookeeper.version=3."), "{envi}");
}

#[test]
fn tells_what_is_wrong_with_a_class_path() {
    let error = Server::start(&Options::new().class_path("/nowhere/*")).unwrap_err();
    assert!(matches!(error, Error::Ended { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("QuorumPeerMain"), "{text}");
    assert!(text.contains("/nowhere/*"), "{text}");
    assert!(text.contains("ClassNotFoundException"), "{text}");
}

#[test]
fn tells_what_is_wrong_with_a_setting() {
    let error = Server::start(&Options::new().setting("maxClientCnxns", "many")).unwrap_err();
    assert!(error.to_string().contains("NumberFormatException"), "{error}");
}

#[test]
fn says_when_it_takes_too_long() {
    let options = Options::new().start_limit(Duration::from_millis(1));
    let error = Server::start(&options).unwrap_err();
    assert!(matches!(error, Error::Late { .. }), "{error:?}");
}

/// Sends a question that a server would answer in a few milliseconds.
fn ask_in_vain(stream: &mut TcpStream) {
    use std::io::{ErrorKind, Read, Write};
    stream.write_all(b"srvr").unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let error = stream.read(&mut [0]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
}
